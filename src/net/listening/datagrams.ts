import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import type net from 'node:net';
import { isIP } from 'node:net';
import { guard } from '../../component/fault.js';
import type { Succession } from '../../component/succession.js';
import { bindFault } from '../bind-fault.js';
import { names } from '../lookup.js';
import { readListenAddress } from './listen-fault.js';
import type { AcceptStatus } from './socket.js';

/** Bytes of datagrams that the system keeps while the process is busy; it allows less where its own limit is lower. */
const systemBuffer = 4 * 1024 * 1024;

/** Takes the datagrams of a port; the bytes are its own. */
export type DatagramTaker = (bytes: Buffer, from: RemoteInfo) => void;

/** The hold of a port of UDP. */
export interface DatagramPort {
  /** Undefined when it is closed. */
  readonly address: net.AddressInfo | undefined;
  /** Takes no more datagrams. May be called again. */
  close(): void;
}

/** A socket, what takes its datagrams, and what of the next configuration stands ready to. */
interface Shared {
  readonly socket: Socket;
  taker: DatagramTaker;
  next: DatagramTaker | undefined;
}

/**
 * Takes the datagrams of an address. At a reload the socket passes to the receiver of the next configuration that asks
 * for the same address, when the one before closes: none is lost. Rejects in Go's words.
 */
export async function listenDatagrams(
  taker: DatagramTaker,
  endpoint: string,
  succession: Succession,
  status: AcceptStatus,
): Promise<DatagramPort> {
  const place = `udp ${endpoint}`;
  const isAnyPort = /:0?$/.test(endpoint);
  const standing = isAnyPort ? undefined : succession.standingAt<Shared>(place);
  let shared: Shared;
  if (standing && standing.next === undefined) {
    shared = standing;
    shared.next = taker;
  } else {
    const socket = await bound(endpoint);
    const made: Shared = { socket, taker, next: undefined };
    shared = made;
    succession.enter(place, made);
    socket.on('error', (error) => status.failed(error));
    socket.on(
      'message',
      guard(
        'datagram',
        (bytes: Buffer, from: RemoteInfo) => made.taker(bytes, from),
        () => {},
      ),
    );
  }
  let isOpen = true;
  return {
    get address() {
      return isOpen ? shared.socket.address() : undefined;
    },
    close() {
      if (!isOpen) return;
      isOpen = false;
      if (shared.taker === taker && shared.next === undefined) {
        succession.leave(place, shared);
        shared.socket.close();
        return;
      }
      if (shared.taker === taker) shared.taker = shared.next ?? taker;
      shared.next = undefined;
    },
  };
}

async function bound(endpoint: string): Promise<Socket> {
  const address = readListenAddress(endpoint, 'udp');
  if ('message' in address) throw new Error(address.message);
  const { host, port } = address;
  if (host === '')
    return bind('udp6', endpoint, port).catch((error: Error) => {
      if ((error.cause as NodeJS.ErrnoException | undefined)?.code !== 'EAFNOSUPPORT') throw error;
      return bind('udp4', endpoint, port);
    });
  const bare = host.split('%')[0] ?? '';
  const family = isIP(bare);
  if (family !== 0) return bind(family === 4 ? 'udp4' : 'udp6', endpoint, port, host);
  const [first] = await names.find(host).catch((error: unknown) => {
    throw new Error(`listen udp: lookup ${host}: no such host`, { cause: error });
  });
  return bind(first?.family === 6 ? 'udp6' : 'udp4', endpoint, port, first?.address ?? host);
}

function bind(type: 'udp4' | 'udp6', endpoint: string, port: number, host?: string): Promise<Socket> {
  const socket = createSocket({ type, recvBufferSize: systemBuffer });
  return new Promise((resolve, reject) => {
    socket.once('error', (error) => {
      socket.close();
      reject(new Error(`listen udp ${endpoint}: ${bindFault(error)}`, { cause: error }));
    });
    socket.bind({ port, ...(host === undefined ? {} : { address: host }) }, () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
}
