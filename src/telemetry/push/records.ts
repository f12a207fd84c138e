import { sleep, type Clock } from '../../component/clock.js';
import type { Logger } from '../../component/telemetry.js';
import type { Batch } from '../../otlp/batch.js';
import type { Sink } from './destination.js';

/** Times in milliseconds. `delayMs` 0: every record is sent at once. */
export interface RecordsOptions {
  readonly delayMs: number;
  readonly timeoutMs: number;
  readonly maxQueue: number;
  readonly maxBatch: number;
}

/**
 * Sends own records (spans or log lines) in batches. At most `maxQueue` wait; records beyond that are dropped, and each
 * export logs how many. Generic over the record.
 */
export class Records<T> {
  readonly #options: RecordsOptions;
  readonly #sink: Sink;
  readonly #encode: (records: readonly T[]) => Batch;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #what: string;
  #waiting: T[] = [];
  #dropped = 0;
  #sending: Promise<void> | undefined;
  #stopTimer: (() => void) | undefined;
  #closed = false;

  constructor(
    options: RecordsOptions,
    sink: Sink,
    encode: (records: readonly T[]) => Batch,
    parts: { clock: Clock; logger: Logger },
    what: string,
  ) {
    this.#options = options;
    this.#sink = sink;
    this.#encode = encode;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
    this.#what = what;
  }

  add(record: T): void {
    if (this.#closed) return;
    if (this.#waiting.length >= this.#options.maxQueue) {
      this.#dropped++;
      return;
    }
    this.#waiting.push(record);
    if (this.#waiting.length >= this.#options.maxBatch || this.#options.delayMs <= 0) this.#flush();
    else this.#stopTimer ??= this.#clock.after(this.#options.delayMs, () => this.#flush());
  }

  /** Sends the records that wait, for at most `graceMs`, and closes the sink. */
  async close(graceMs: number): Promise<void> {
    this.#closed = true;
    this.#flush();
    const late = sleep(this.#clock, graceMs);
    await Promise.race([this.#sending, late]);
    await this.#sink.close();
  }

  #flush(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined;
    });
  }

  async #send(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, this.#options.maxBatch);
      try {
        await this.#sink.send(this.#encode(batch), this.#options.timeoutMs);
      } catch (error) {
        this.#logger.error(`Failed to export the program's own ${this.#what}`, { error, dropped: batch.length });
      }
    }
    if (this.#dropped === 0) return;
    this.#logger.warn(`Own ${this.#what} were dropped because too many waited to be exported`, {
      dropped: this.#dropped,
    });
    this.#dropped = 0;
  }
}
