import net from 'node:net';
import { detach } from '../runtime/memory/detach.js';

/** Bytes: as much as stays in a core's cache while it is worked off (256 KiB cost a twelfth more on `split-3`). */
const size = 65_536;

/** The buffer that all connections read into, one after the other. */
const shared: Buffer = Buffer.allocUnsafeSlow(size);

type OnBytes = (bytes: Uint8Array) => void;

/** Node's own names for what `net.connect({ onread })` sets up. */
interface Names {
  readonly buffer: symbol;
  readonly callback: symbol;
  readonly generator: symbol;
}

/**
 * Calls `onBytes` with what arrives on `socket`, borrowed until it returns, and in the next turn with what the socket
 * holds already; it must not throw. Plain sockets read into
 * one buffer for all of them: by itself Node takes 64 KiB of fresh memory for each read, and what a gateway reads is
 * most of its garbage.
 *
 * Node lets only connecting sockets choose the buffer (`onread`), not accepted ones, so this sets the fields that
 * `onread` sets. Where a version of Node does it in another way, and over TLS, pieces come as they do for everybody,
 * and their memory is given back at once.
 */
export function readShared(socket: net.Socket, onBytes: OnBytes): void {
  const held = socket.readableLength > 0 ? (socket.read() as Uint8Array | null) : null;
  // Not before the caller is ready for it.
  if (held) process.nextTick(onBytes, held);
  if (readsInto(socket, onBytes)) socket.resume();
  else
    socket.on('data', (chunk: Uint8Array) => {
      onBytes(chunk);
      detach(chunk);
    });
}

/** True when the socket now reads into the shared buffer. */
function readsInto(socket: net.Socket, onBytes: OnBytes): boolean {
  const { _handle: handle } = socket as { _handle?: { useUserBuffer?: unknown } };
  if (!names || 'encrypted' in socket || typeof handle?.useUserBuffer !== 'function') return false;
  Object.assign(socket, {
    [names.buffer]: shared,
    [names.generator]: null,
    [names.callback]: (length: number): boolean => {
      onBytes(shared.subarray(0, length));
      return true;
    },
  });
  handle.useUserBuffer(shared);
  return true;
}

const names: Names | undefined = findNames();

function findNames(): Names | undefined {
  const probe = new net.Socket({
    onread: { buffer: new Uint8Array(1), callback: () => true },
  } as net.SocketConstructorOpts);
  const all = new Map(Object.getOwnPropertySymbols(probe).map((name) => [name.description, name]));
  const [buffer, callback, generator] = [all.get('kBuffer'), all.get('kBufferCb'), all.get('kBufferGen')];
  return buffer && callback && generator ? { buffer, callback, generator } : undefined;
}

/** Whether plain sockets read into the shared buffer on this Node. */
export const sharesBuffers: boolean = names !== undefined;
