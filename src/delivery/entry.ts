import type { RequestContext } from '../component/consumer.js';
import { DeliveryError } from '../component/delivery-error.js';
import type { Batch } from '../otlp/batch.js';

/** One accepted request until all that became of it is settled: it may leave in several batches, and share them with others. */
export class Entry {
  readonly batch: Batch;
  readonly context: RequestContext;
  /** In units of the queue's sizer. */
  readonly size: number;
  /** Bytes taken from the budget. */
  readonly bytes: number;
  readonly #settled: (entry: Entry, error: DeliveryError | undefined) => void;
  #open = 0;
  #errors: DeliveryError[] = [];

  constructor(batch: Batch, context: RequestContext, size: number, settled: (entry: Entry, error: DeliveryError | undefined) => void) {
    this.batch = batch;
    this.context = context;
    this.size = size;
    this.bytes = batch.keptAlive;
    this.#settled = settled;
  }

  /** One more batch holds items of this request. */
  open(): void {
    this.#open++;
  }

  /** One of them is done; the last one settles the request. */
  close(error?: DeliveryError): void {
    if (error) this.#errors.push(error);
    if (--this.#open === 0) this.#settled(this, joined(this.#errors));
  }
}

/** Several failures as one. It is retryable when any is: a sender told otherwise would throw away what can still be delivered. */
function joined(errors: readonly DeliveryError[]): DeliveryError | undefined {
  if (errors.length <= 1) return errors[0];
  const first = errors.find((error) => error.class === 'retryable') ?? (errors[0] as DeliveryError);
  return new DeliveryError([...new Set(errors.map((error) => error.message))].join('\n'), {
    class: first.class,
    reason: first.reason,
    status: first.status,
    retryAfterMs: first.retryAfterMs,
    local: first.local,
    cause: first,
  });
}
