import { Cancellation } from '../component/cancellation.js';
import { emptyContext, type Consumer } from '../component/consumer.js';
import type { SignalContext } from '../component/define.js';
import type { Batch } from '../otlp/batch.js';
import { ReceiverEntry } from './receiver-entry.js';
import type { RetryOptions } from './retry-options.js';
import { RetryingConsumer } from './retrying.js';

const retry: RetryOptions = { enabled: true, initial_interval: 1000, max_interval: 30_000, max_elapsed_time: 0 };

/**
 * The way into the pipelines of a receiver that can wait: what they refuse for now is handed on again until they take
 * it, and nothing is read meanwhile. Batches that they refuse for good are dropped.
 */
export class UntilTaken {
  readonly #context: SignalContext;
  readonly #retrying: RetryingConsumer;
  readonly #entry: ReceiverEntry;
  /** Cancels what is under way in the pipelines. */
  readonly #over: Cancellation = new Cancellation();

  constructor(context: SignalContext, next: Consumer) {
    this.#context = context;
    this.#retrying = new RetryingConsumer(next, retry, context);
    this.#entry = new ReceiverEntry(context, this.#retrying);
  }

  /** Resolves with false when the batch was given up, because the receiver ends. */
  async send(batch: Batch): Promise<boolean> {
    const { step } = await this.#entry.submit(batch, { ...emptyContext, signal: this.#over });
    if (step === 'accepted') return true;
    if (this.#retrying.isStopped) return false;
    this.#context.logger.error('The pipelines refused records for good; they are dropped', {
      records: batch.itemCount,
    });
    return true;
  }

  /** Waits for the end of what is read and sent, which is given up when `deadline` aborts. */
  async end(deadline: AbortSignal, reading: () => Promise<void>): Promise<void> {
    const over = (): void => {
      this.#retrying.stop();
      this.#over.abort('drain');
    };
    if (deadline.aborted) over();
    else deadline.addEventListener('abort', over, { once: true });
    await reading();
    deadline.removeEventListener('abort', over);
  }
}
