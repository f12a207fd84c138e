import { sleep, type Clock } from '../../component/clock.js';
import type { Logger } from '../../component/telemetry.js';
import type { Batch } from '../../otlp/batch.js';
import type { Sink } from './destination.js';

/**
 * Sends a batch that `collect` makes at every interval, never two at a time, and once more when it closes. Times in
 * milliseconds.
 */
export class Periodic {
  readonly #intervalMs: number;
  readonly #timeoutMs: number;
  readonly #sink: Sink;
  readonly #collect: () => Promise<Batch>;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #stop: (() => void) | undefined;
  #sending: Promise<void> | undefined;

  constructor(
    intervalMs: number,
    timeoutMs: number,
    sink: Sink,
    collect: () => Promise<Batch>,
    parts: { clock: Clock; logger: Logger },
  ) {
    this.#intervalMs = intervalMs;
    this.#timeoutMs = timeoutMs;
    this.#sink = sink;
    this.#collect = collect;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
    this.#schedule();
  }

  async close(graceMs: number): Promise<void> {
    this.#stop?.();
    const late = sleep(this.#clock, graceMs);
    await Promise.race([(this.#sending ?? Promise.resolve()).then(() => this.#send(graceMs)), late]);
    await this.#sink.close();
  }

  #schedule(): void {
    this.#stop = this.#clock.after(this.#intervalMs, () => {
      this.#schedule();
      this.#sending ??= this.#send(this.#timeoutMs).finally(() => {
        this.#sending = undefined;
      });
    });
  }

  async #send(timeoutMs: number): Promise<void> {
    try {
      await this.#sink.send(await this.#collect(), timeoutMs);
    } catch (error) {
      this.#logger.error("Failed to export the program's own metrics", { error });
    }
  }
}
