import { constants, gunzipSync, inflateSync, type ZlibOptions } from 'node:zlib';
import { OwnedBytes } from '../../otlp/batch.js';
import type { Inflated } from './decompress.js';
import { deflateRatio } from './fast-inflate.js';
import { NoMemory, type Admit } from './no-memory.js';
import { PlainOutput } from './plain-output.js';
import { TooLarge } from './too-large.js';
import { turnFor } from '../../component/turn.js';
import { inflateOnPool, streamMemory } from './zlib-stream.js';

/** The result of zlib with `info: true`; Node's types know only the bytes. */
interface WithEngine {
  readonly buffer: Uint8Array;
  readonly engine: { readonly bytesWritten: number };
}

/** Up to here zlib takes less than a way through the thread pool and back, some 0.2 ms. Plain bytes. */
const zlibAtOnce = 64 * 1024;
/**
 * The largest body for that, bytes: one of tables and nothing else takes 75 ns a byte, however little it inflates to.
 */
const packedAtOnce = 32 * 1024;
/** Work (`turn.ts`) for each byte of such a body: what it usually is, a quarter of what it can be. */
const workPerPacked = 16;

/** Inflates one body with zlib: a small one at once, others on the thread pool. Rejects as `decompress` does. */
export async function unzlib(name: 'gzip' | 'zlib', bytes: Uint8Array, limit: number, admit: Admit): Promise<Inflated> {
  const expected = expectedSize(bytes, limit, name);
  try {
    if (expected <= zlibAtOnce && bytes.length <= packedAtOnce) {
      const small = await atOnce(name, bytes, limit, expected, admit);
      if (small) return small;
    }
    return await onPool(name, bytes, limit, expected, admit);
  } catch (error) {
    if (error instanceof TooLarge || error instanceof NoMemory) throw error;
    throw new Error(`${name}: ${(error as Error).message}`, { cause: error });
  }
}

/** Undefined when more comes out than the body says, but perhaps not too much. */
async function atOnce(
  name: 'gzip' | 'zlib',
  bytes: Uint8Array,
  limit: number,
  expected: number,
  admit: Admit,
): Promise<Inflated | undefined> {
  const largest = Math.min(zlibAtOnce, Math.max(1, limit));
  const turn = turnFor(zlibAtOnce + bytes.length * workPerPacked);
  if (turn) await turn;
  // The memory of zlib itself is there for this one call only.
  if (!admit(largest)) throw new NoMemory();
  const options: ZlibOptions & { readonly info: true } = {
    maxOutputLength: largest,
    // One piece when the body states its size, and a little more room, because zlib must see that nothing follows.
    chunkSize: Math.max(expected + 64, 1024),
    finishFlush: constants.Z_FINISH,
    info: true,
  };
  try {
    const result: unknown = name === 'gzip' ? gunzipSync(bytes, options) : inflateSync(bytes, options);
    const { buffer, engine } = result as WithEngine;
    return { plain: new OwnedBytes(buffer), whole: engine.bytesWritten === bytes.length };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') throw error;
    if (limit <= zlibAtOnce) throw new TooLarge(limit);
    return undefined;
  }
}

async function onPool(
  name: 'gzip' | 'zlib',
  bytes: Uint8Array,
  limit: number,
  expected: number,
  admit: Admit,
): Promise<Inflated> {
  const output = new PlainOutput(limit, admit, bytes.length, expected, streamMemory);
  let whole = false;
  const plain = await output.through(async () => {
    whole = await inflateOnPool(name, bytes, output);
  });
  return { plain, whole };
}

/** The plain size that a body declares, else an estimate; never more than its compressed size allows. */
function expectedSize(bytes: Uint8Array, limit: number, name: 'gzip' | 'zlib'): number {
  const possible = Math.min(bytes.length * deflateRatio, limit);
  if (name === 'zlib' || bytes.length < 18) return Math.min(bytes.length * 4, possible);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Math.min(view.getUint32(bytes.length - 4, true), possible);
}
