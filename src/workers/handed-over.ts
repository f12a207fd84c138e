import type { Worker } from 'node:cluster';

/** A message of Node's own between the primary and a worker (lib/internal/cluster). */
interface ClusterMessage {
  readonly act?: unknown;
  /** Of a message to a worker. */
  readonly seq?: unknown;
  /** Of the reply: `seq` of what it replies to. */
  readonly ack?: unknown;
}

interface Closable {
  close(): void;
}

/**
 * Closes the connections that a worker was handed and had not taken when it died. The primary accepts connections and
 * hands each to a worker, whose reply closes the primary's own handle. When the worker dies before its reply, Node
 * keeps the handle open for ever: the client is connected to nobody, and waits. Closed, it connects again.
 */
export function closeUntakenAtExit({ process: child }: Worker): void {
  const untaken = new Map<unknown, Closable>();
  const send = child.send.bind(child) as (...args: unknown[]) => boolean;
  child.send = (...args: unknown[]): boolean => {
    const [message, handle] = args as [ClusterMessage, unknown];
    if (message.act === 'newconn' && isClosable(handle)) untaken.set(message.seq, handle);
    return send(...args);
  };
  child.on('internalMessage', ({ ack }: ClusterMessage) => void untaken.delete(ack));
  child.once('exit', () => {
    for (const handle of untaken.values()) handle.close();
    untaken.clear();
  });
}

function isClosable(handle: unknown): handle is Closable {
  return typeof handle === 'object' && handle !== null && 'close' in handle && typeof handle.close === 'function';
}
