import { Batch } from '../batch.js';
import type { Signal } from '../signal.js';
import { atOnce, visitedAtOnce, type Work } from '../work.js';
import { migration } from './deprecated-scopes.js';
import { PiecewiseScan } from './piecewise-scan.js';
import { scan } from './scan.js';

/**
 * Visits every field of an export request once, without recursion, and leaves a batch with its index. Accepts what the
 * Collector accepts (test/recorded/otlp): any order, unknown fields, packed or not, over-long varints up to ten bytes,
 * invalid UTF-8.
 * @throws InvalidOtlp with the byte offset and the path of the field.
 */
export function validate(signal: Signal, bytes: Uint8Array): Batch {
  if (bytes.length <= visitedAtOnce) {
    const found = scan(signal, bytes);
    if (!found.reserved) return new Batch(signal, bytes, found.count, found.index);
  }
  const work = new Validation(signal, bytes);
  atOnce(work);
  return work.finish();
}

/** `validate` in pieces, for large requests. `step` throws `InvalidOtlp`. */
export class Validation implements Work {
  readonly #signal: Signal;
  #bytes: Uint8Array;
  #scan: PiecewiseScan;
  /** The copy with the scopes of an old sender moved, while it is made. */
  #migration: Iterator<void, Uint8Array, undefined> | undefined;
  #copied = 0;

  constructor(signal: Signal, bytes: Uint8Array) {
    this.#signal = signal;
    this.#bytes = bytes;
    this.#scan = new PiecewiseScan(signal, bytes);
  }

  /** Bytes that the work takes beside the request: the index, twice while it is put together, and a copy. */
  get memory(): number {
    return this.#scan.indexBytes * 2 + this.#copied;
  }

  step(): boolean {
    if (this.#migration) {
      const { done, value } = this.#migration.next();
      if (done !== true) return true;
      this.#migration = undefined;
      this.#bytes = value;
      this.#scan = new PiecewiseScan(this.#signal, value);
      return true;
    }
    if (this.#scan.step()) return true;
    if (!this.#scan.reserved || this.#copied > 0) return false;
    this.#copied = this.#bytes.length;
    this.#migration = migration(this.#bytes);
    return true;
  }

  /** The batch, once `step` has returned false. */
  finish(): Batch {
    const { index, count } = this.#scan.finish();
    return new Batch(this.#signal, this.#bytes, count, index);
  }
}
