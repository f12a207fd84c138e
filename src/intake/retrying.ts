import type { Clock, Random } from '../component/clock.js';
import type { Consumer, RequestContext } from '../component/consumer.js';
import { DeliveryError } from '../component/delivery-error.js';
import type { Logger } from '../component/telemetry.js';
import type { Batch } from '../otlp/batch.js';
import type { RetryOptions } from './retry-options.js';

/** Factor from one interval to the next, and the part of an interval by which it may be shorter or longer. */
const growth = 1.5;
const spread = 0.5;

export interface RetryingParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/**
 * Stands between a receiver that makes its own data and the pipelines: hands on again what they refused for now, and
 * waits in between, so that the receiver reads nothing meanwhile. It fails with what was refused for good, and when the
 * time is over.
 */
export class RetryingConsumer implements Consumer {
  readonly #next: Consumer;
  readonly #options: RetryOptions;
  readonly #parts: RetryingParts;
  /** Ends the pause of each batch that waits. */
  readonly #waiting: Set<() => void> = new Set();
  #isStopped = false;
  /** How often pauses were cut short. */
  #hurries = 0;

  constructor(next: Consumer, options: RetryOptions, parts: RetryingParts) {
    this.#next = next;
    this.#options = options;
    this.#parts = parts;
  }

  /** Whether the pipelines have refused something that waits. */
  get isWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  /** Nothing is handed on again from now on: what waits fails. */
  stop(): void {
    this.#isStopped = true;
    this.#endPauses();
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Batches that wait are handed on again at once; intervals begin anew, however long they were. */
  hurry(): void {
    this.#hurries++;
    this.#endPauses();
  }

  async consume(batch: Batch, context: RequestContext): Promise<void> {
    const { clock, logger } = this.#parts;
    const { enabled, initial_interval, max_interval, max_elapsed_time } = this.#options;
    const began = clock.now();
    let interval = initial_interval;
    let rest = batch;
    let resume: DeliveryError['resume'];
    for (;;) {
      try {
        return await (resume ? resume(context) : this.#next.consume(rest, context));
      } catch (thrown) {
        const error = DeliveryError.from(thrown);
        if (!enabled || error.class === 'permanent' || this.isStopped) throw error;
        resume = error.resume;
        rest = error.remaining ?? rest;
        const wait = Math.max(interval * (1 - spread + this.#parts.random() * 2 * spread), error.retryAfterMs ?? 0);
        interval = Math.min(interval * growth, max_interval);
        if (max_elapsed_time > 0 && clock.now() + wait - began > max_elapsed_time) throw error;
        logger.warn('The pipelines refused a batch. It is handed on again after the interval.', {
          error: error.message,
          interval_ms: Math.round(wait),
          records: rest.itemCount,
        });
        const hurries = this.#hurries;
        await this.#pause(wait);
        if (this.isStopped) throw error;
        if (this.#hurries > hurries) interval = initial_interval;
      }
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        this.#waiting.delete(end);
        resolve();
      };
      const cancel = this.#parts.clock.after(ms, end);
      this.#waiting.add(end);
    });
  }

  #endPauses(): void {
    for (const end of this.#waiting) end();
  }
}
