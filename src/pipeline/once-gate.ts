import type { Clock } from '../component/clock.js';
import type { Consumer, RequestContext } from '../component/consumer.js';
import { DeliveryError } from '../component/delivery-error.js';
import type { Host, Lifecycle } from '../component/lifecycle.js';
import type { Reserved } from '../component/reservation.js';
import { cancelled } from '../delivery/send.js';
import { waitFor } from '../delivery/wait.js';
import type { Batch } from '../otlp/batch.js';

/** When a sender that was refused because the program ends should come back, milliseconds. */
const retryAfterMs = 1000;

/**
 * Stands before a component that runs `once` while the component of the configuration before still has what both need,
 * such as a file. Its batches wait until that one has stopped, each as long as its sender does.
 */
export class OnceGate implements Consumer, Lifecycle {
  readonly #component: Consumer & Lifecycle;
  readonly #clock: Clock;
  #phase: 'closed' | 'open' | 'ended' = 'closed';
  readonly #waiting: Set<(phase: 'open' | 'ended') => void> = new Set();

  constructor(component: Consumer & Lifecycle, clock: Clock) {
    this.#component = component;
    this.#clock = clock;
  }

  async start(host: Host): Promise<void> {
    await this.#component.start?.(host);
    this.#change('open');
  }

  /** It is not started any more: refuses the batches that wait, so that nobody waits for them. */
  giveUp(): void {
    if (this.#phase === 'closed') this.#change('ended');
  }

  async shutdown(deadline: AbortSignal): Promise<void> {
    this.giveUp();
    await this.#component.shutdown?.(deadline);
  }

  consume(batch: Batch, context: RequestContext): Promise<void> {
    return this.#phase === 'open' ? this.#component.consume(batch, context) : this.#later(batch, context);
  }

  reserve(batch: Batch, context: RequestContext): Reserved {
    return this.#phase === 'open' ? this.#component.reserve?.(batch, context) : undefined;
  }

  async #later(batch: Batch, context: RequestContext): Promise<void> {
    const { deadline, signal } = context;
    if (this.#phase === 'closed') {
      const end = await waitFor<'open' | 'ended'>({ clock: this.#clock, deadline, signal }, (changed) => {
        this.#waiting.add(changed);
        return () => this.#waiting.delete(changed);
      });
      if (end.by !== 'event') throw cancelled(end.by);
    }
    if (this.#phase === 'open') return this.#component.consume(batch, context);
    throw new DeliveryError('the component was not started, and the program ends', {
      class: 'retryable',
      reason: 'not_started',
      local: true,
      retryAfterMs,
    });
  }

  #change(phase: 'open' | 'ended'): void {
    this.#phase = phase;
    for (const changed of [...this.#waiting]) changed(phase);
  }
}
