import type { Socket } from 'node:net';

/**
 * Bytes of the write under way that the kernel has not taken yet: while they do not change, the peer does not read.
 * Node looks at the same number, which has no public name, before it calls a socket idle; without it this is 0.
 */
export function leftOfWrite(socket: Socket): number {
  const { _handle: handle } = socket as { readonly _handle?: { readonly writeQueueSize?: number } | null };
  return handle?.writeQueueSize ?? 0;
}
