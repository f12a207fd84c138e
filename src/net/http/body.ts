import { OwnedBytes } from '../../otlp/batch.js';
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

/** Where a body begins that does not tell its size, bytes. */
const firstSize = 64 * 1024;

/** A body in a buffer of its own, and what of the admission it holds. */
export interface Body {
  readonly owned: OwnedBytes;
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
    const declared = Number(request.headers['content-length'] ?? Number.NaN);
    // Memory that is not touched yet costs nothing, so that who declares much and sends little takes little.
    let owned = OwnedBytes.allocate(declared <= limit ? declared : firstSize);
    let size = 0;
    let taken = 0;
    let over = false;
    const fail = (error: Error): void => {
      if (over) return;
      over = true;
      request.removeAllListeners('data');
      admission.release(taken);
      owned.release();
      reject(error);
    };
    request.on('data', (chunk: Uint8Array) => {
      size += chunk.length;
      if (size > limit) return fail(new TooLarge(limit));
      if (!admission.tryReserve(chunk.length)) return fail(new NoMemory());
      taken += chunk.length;
      if (size > owned.bytes.length) owned = larger(owned, taken - chunk.length, Math.min(limit, Math.max(size, owned.bytes.length * 2)));
      owned.bytes.set(chunk, taken - chunk.length);
    });
    request.once('end', () => {
      if (over) return;
      over = true;
      const spare = owned.bytes.length - taken > owned.bytes.length / 8;
      if (spare) owned = larger(owned, taken, taken);
      resolve({ owned, bytes: owned.bytes.subarray(0, taken), taken });
    });
    const gone = (): void => fail(new Error('unexpected EOF'));
    request.once('aborted', gone);
    request.once('error', gone);
  });
}

/** Other memory with the first `used` bytes of `bytes`. */
function larger(owned: OwnedBytes<Buffer>, used: number, size: number): OwnedBytes<Buffer> {
  const next = OwnedBytes.allocate(size);
  next.bytes.set(owned.bytes.subarray(0, used));
  owned.release();
  return next;
}
