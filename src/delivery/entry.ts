import type { RequestContext } from '../component/consumer.js';
import type { Failure } from '../component/delivery-error.js';
import type { Batch } from '../otlp/batch.js';
import { keepShape, unset } from '../runtime/memory/kept-shape.js';

/** Receives the failures of an entry's parts, in order; none when all of it was delivered. */
export type Settled = (entry: Entry, failures: readonly Failure[]) => void;

/**
 * One accepted request until the outcome of all its items is known: it may leave in several batches, and share them
 * with others.
 */
export class Entry {
  readonly batch: Batch;
  readonly context: RequestContext;
  /** In units of the queue's sizer. */
  readonly size: number;
  /** Bytes reserved from the budget: what was taken when it came in, whatever is found in its batch since. */
  readonly bytes: number;
  readonly #settled: Settled;
  readonly #failures: Failure[] = [];
  #open = 0;

  constructor(batch: Batch, context: RequestContext, size: number, bytes: number, settled: Settled) {
    this.batch = batch;
    this.context = context;
    this.size = size;
    this.bytes = bytes;
    this.#settled = settled;
  }

  /** One more batch has items of this request. */
  open(): void {
    this.#open++;
  }

  /** The outcome of one of them is known; the last one settles the request. */
  close(failure?: Failure): void {
    if (failure) this.#failures.push(failure);
    if (--this.#open === 0) this.#settled(this, this.#failures);
  }
}

keepShape(new Entry(unset, unset, 0, 0, unset));
