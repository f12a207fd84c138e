import { every } from '../../component/clock.js';
import { Cancellation } from '../../component/cancellation.js';
import { emptyContext, type Consumer } from '../../component/consumer.js';
import type { Receiver, SignalContext } from '../../component/define.js';
import { ReceiverEntry } from '../../intake/receiver-entry.js';
import { LogBuilder } from '../../otlp/build/logs.js';

/**
 * Log records that say that the host is there, at start and then at an interval, in the Collector's experimental form
 * of events about entities. A refused one is not sent again: the next one says the same.
 */
export class HostEvents implements Receiver {
  readonly #intervalMs: number;
  readonly #context: SignalContext;
  readonly #entry: ReceiverEntry;
  readonly #over = new Cancellation();
  #stop = (): void => {};
  #sending: Promise<void> | undefined;

  /** `intervalMs` 0: only at start. */
  constructor(intervalMs: number, context: SignalContext, next: Consumer) {
    this.#intervalMs = intervalMs;
    this.#context = context;
    this.#entry = new ReceiverEntry(context, next);
  }

  start(): void {
    this.#send();
    if (this.#intervalMs > 0) this.#stop = every(this.#context.clock, this.#intervalMs, () => this.#send());
  }

  async shutdown(deadline: AbortSignal): Promise<void> {
    this.#stop();
    const over = (): void => this.#over.abort('drain');
    if (deadline.aborted) over();
    else deadline.addEventListener('abort', over, { once: true });
    await this.#sending;
    deadline.removeEventListener('abort', over);
  }

  /** Sends an event, unless the one before is still on its way. */
  #send(): void {
    this.#sending ??= this.#submit().finally(() => (this.#sending = undefined));
  }

  async #submit(): Promise<void> {
    const logs = new LogBuilder();
    logs.resource().scope('').attribute('otel.entity.event_as_log', true);
    logs
      .record(this.#context.clock.unixMs())
      .attribute('otel.entity.event.type', 'entity_state')
      .attribute('otel.entity.type', 'host');
    if (this.#intervalMs > 0) logs.attribute('otel.entity.interval', Math.round(this.#intervalMs));
    await this.#entry.submit(logs.finish(), { ...emptyContext, signal: this.#over });
  }
}
