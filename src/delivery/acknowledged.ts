import type { Consumer, RequestContext } from '../component/consumer.js';
import type { PipelineContext } from '../component/define.js';
import { DeliveryError } from '../component/delivery-error.js';
import type { ComponentLedger } from '../component/ledger.js';
import type { Batch } from '../otlp/batch.js';
import type { RetryConfig } from './config.js';
import type { Drain } from './drain.js';
import { retried } from './retry.js';
import type { Send } from './send.js';

/** The data has been acknowledged, so a batch that the next component refuses is offered again, not dropped. */
const usualRetry: RetryConfig = {
  enabled: true,
  initial_interval: 1000,
  randomization_factor: 0.5,
  multiplier: 1.5,
  max_interval: 30_000,
  max_elapsed_time: 300_000,
};

export interface AcknowledgedParts {
  readonly context: Pick<PipelineContext, 'clock' | 'random' | 'logger'>;
  readonly next: Consumer;
  readonly drain: Drain;
  readonly books: ComponentLedger;
  /** Where the books hold the items of a batch until its outcome is known. */
  readonly place: string;
  /** How a batch is offered again; for five minutes when it is not set. */
  readonly retry?: RetryConfig;
  /** Items begin (+) or end (-) to wait until they are offered again. */
  waiting?(items: number): void;
}

/** Hands on batches whose senders have their success response. */
export class Acknowledged {
  readonly #parts: AcknowledgedParts;
  readonly #send: Send;

  constructor(parts: AcknowledgedParts) {
    this.#parts = parts;
    const { context, next, drain, books, place, retry = usualRetry } = parts;
    const { clock, random, logger } = context;
    this.#send = retried((batch, to) => next.consume(batch, to), retry, {
      ...{ clock, random, logger, drain },
      waiting: (items) => {
        books.held(-items, place);
        books.held(items, 'retry');
        parts.waiting?.(items);
      },
    });
  }

  /**
   * Offers a batch until the next component accepts it, refuses it for good, or the drain is over, and books its
   * outcome; `accepted` is called before its memory is given back. Never rejects.
   */
  async handOn(batch: Batch, to: RequestContext, accepted?: () => void): Promise<void> {
    const { books, place, drain, context } = this.#parts;
    const items = batch.itemCount;
    let left = 0;
    try {
      if (drain.over.aborted) throw interrupted();
      // An exporter without a queue ends its attempt with the drain too.
      await this.#send(batch, { ...to, signal: drain.over }, () => {});
      accepted?.();
      batch.release();
    } catch (failure) {
      const error = DeliveryError.from(failure);
      left = (error.remaining ?? batch).itemCount;
      books.dropped(left, drain.over.aborted ? 'shutdown' : error.reason);
      context.logger.warn('Sender failed', { error: error.message, dropped_items: left });
    }
    books.held(-items, place);
    if (left < items) books.out(items - left);
  }
}

function interrupted(): DeliveryError {
  return new DeliveryError('interrupted due to shutdown', { class: 'retryable', reason: 'shutdown', local: true });
}
