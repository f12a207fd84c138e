import type net from 'node:net';
import { bindFault } from './bind-fault.js';
import { listenTarget, shownTarget } from './listening/address.js';
import { addListening, endUse, handoverNow } from './listening/handover.js';
import { ListeningSocket, type AcceptStatus, type ConnectionTaker, type SocketUse } from './listening/socket.js';
import type { ListenConfig } from './options/server-common.js';

/** A server's hold of a listening socket. */
export interface Listening {
  /** As the operating system gives it; undefined when it is closed. */
  readonly address: net.AddressInfo | string | undefined;
  /** Takes no more connections. May be called again. */
  close(): void;
  unref(): void;
}

/**
 * Lets a server have the connections of an address. Rejects in Go's words: `listen tcp 127.0.0.1:4317: bind: address
 * already in use`.
 */
export async function listen(
  taker: ConnectionTaker,
  config: Pick<ListenConfig, 'endpoint' | 'transport'>,
  status?: AcceptStatus,
): Promise<Listening> {
  const target = await listenTarget(config);
  const use: SocketUse = { taker, status };
  const socket = handoverNow()?.claim(target, use) ?? new ListeningSocket(target, use);
  if (socket.use === use)
    await opened(socket).catch((error: Error) => {
      const shown = shownTarget(target, config.endpoint);
      throw new Error(`listen ${config.transport} ${shown}: ${bindFault(error)}`, { cause: error });
    });
  return {
    get address() {
      return socket.address;
    },
    close: () => endUse(socket, use),
    unref: () => socket.unref(),
  };
}

async function opened(socket: ListeningSocket): Promise<void> {
  try {
    await socket.open();
  } catch (error) {
    const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
    if (!taken || handoverNow()?.makeRoom(socket.target) !== true) throw error;
    await socket.open();
  }
  addListening(socket);
}
