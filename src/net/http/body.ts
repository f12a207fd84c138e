import { TooLarge } from '../compression/too-large.js';
import type { Admission } from '../grpc/server.js';
import type { HttpRequest } from './server.js';

/** No memory for a body just now: the sender shall come back. */
export class NoMemory extends Error {
  constructor() {
    super('the memory for receiving is exhausted');
    this.name = 'NoMemory';
  }
}

/** A body in a buffer of its own, and what of the admission it holds. */
export interface Body {
  readonly bytes: Uint8Array;
  /** How much was read before it was given up or ended. */
  readonly taken: number;
}

/**
 * Reads a whole body. Rejects with `TooLarge` as soon as more than `limit` bytes came, with `NoMemory` when `admission`
 * has no room, and with the connection's fault when the sender went.
 */
export function readBody(request: HttpRequest, limit: number, admission: Admission): Promise<Body> {
  return new Promise((resolve, reject) => {
    const parts: Uint8Array[] = [];
    let size = 0;
    let taken = 0;
    const fail = (error: Error): void => {
      request.removeAllListeners('data');
      admission.give(taken);
      taken = 0;
      parts.length = 0;
      reject(error);
    };
    request.on('data', (chunk: Uint8Array) => {
      size += chunk.length;
      if (size > limit) return fail(new TooLarge(limit));
      if (!admission.tryTake(chunk.length)) return fail(new NoMemory());
      taken += chunk.length;
      parts.push(chunk);
    });
    request.once('end', () => {
      const bytes = Buffer.allocUnsafeSlow(taken);
      let at = 0;
      for (const part of parts) {
        bytes.set(part, at);
        at += part.length;
      }
      resolve({ bytes, taken });
    });
    const gone = (): void => fail(new Error('unexpected EOF'));
    request.once('aborted', gone);
    request.once('error', gone);
  });
}
