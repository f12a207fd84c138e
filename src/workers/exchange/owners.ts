import type { Clock } from '../../component/clock.js';
import type { Consumer, RequestContext } from '../../component/consumer.js';
import { DeliveryError } from '../../component/delivery-error.js';
import type { Batch } from '../../otlp/batch.js';
import type { LinkClient, Outcome } from '../links/client.js';
import type { Links } from '../links/links.js';
import { WorkerAdmission, refusal } from './worker-admission.js';

/** Maximum bytes in flight to one worker for one exchange, and as many may wait behind them. */
const mostBytes = 16 * 1024 * 1024;

/** The worker that owns some keys, whichever process has its number. */
export interface Owner {
  /** True when it is this worker. */
  readonly local: boolean;
  /** Resolves when the worker has taken the batch; rejects with what `consume` rejects with. */
  send(batch: Batch, context: RequestContext): Promise<void>;
  /** A worker came or went, or the set ends. */
  wake(): void;
}

export interface OwnerOptions {
  readonly clock: Clock;
  /** The number of the worker. */
  readonly worker: number;
  /** The workers of the set end, and none is replaced any more. */
  ending(): boolean;
}

/**
 * This worker. Batches wait for a component that starts later than those before it, as what runs `once` does after a
 * reload.
 */
export class LocalOwner implements Owner {
  readonly local = true;
  readonly #admission: WorkerAdmission<Consumer>;
  #component: Consumer | undefined;

  constructor(options: OwnerOptions) {
    this.#admission = new WorkerAdmission({ ...options, mostBytes, find: () => this.#component });
  }

  /** The component has started. */
  open(component: Consumer): void {
    this.#component = component;
    this.wake();
  }

  send(batch: Batch, context: RequestContext): Promise<void> {
    return this.#component ? this.#component.consume(batch, context) : this.#later(batch, context);
  }

  wake(): void {
    this.#admission.wake();
  }

  async #later(batch: Batch, context: RequestContext): Promise<void> {
    const bytes = batch.bytes.byteLength;
    const component = await this.#admission.enter(bytes, context);
    this.#admission.done(bytes);
    await component.consume(batch, context);
  }
}

export interface RemoteOwnerOptions extends OwnerOptions {
  readonly links: Links;
  /** The entry of the exchange. */
  readonly entry: string;
}

/** Another worker. */
export class RemoteOwner implements Owner {
  readonly local = false;
  readonly #options: RemoteOwnerOptions;
  readonly #admission: WorkerAdmission<LinkClient>;

  constructor(options: RemoteOwnerOptions) {
    this.#options = options;
    const { links, worker, entry } = options;
    const find = (): LinkClient | undefined => {
      const client = links.client(worker);
      return client?.accepts(entry) === true ? client : undefined;
    };
    this.#admission = new WorkerAdmission({ ...options, mostBytes, find });
  }

  async send(batch: Batch, context: RequestContext): Promise<void> {
    const { entry, worker } = this.#options;
    const bytes = batch.bytes.byteLength;
    for (;;) {
      const client = await this.#admission.enter(bytes, context);
      const outcome = await client.send(entry, batch, context);
      this.#admission.done(bytes);
      if (outcome.kind === 'taken') return;
      if (outcome.kind === 'failed') throw this.#failure(outcome, batch, client);
      // An entry that closed meanwhile opens again in the worker's replacement.
      if (outcome.why === 'memory') throw refusal(`the queues of worker ${worker} are full`, 'queue_full');
    }
  }

  wake(): void {
    this.#admission.wake();
  }

  #failure({ error, resume }: Outcome & { readonly kind: 'failed' }, batch: Batch, client: LinkClient): DeliveryError {
    if (resume === undefined) return error;
    return new DeliveryError(error.message, {
      ...{
        class: error.class,
        reason: error.reason,
        status: error.status,
        retryAfterMs: error.retryAfterMs,
        local: error.local,
      },
      ...{ remaining: error.remaining, cause: error },
      resume: async (context) => {
        const outcome = await client.resume(resume, batch, context);
        if (outcome.kind === 'failed') throw this.#failure(outcome, batch, client);
        // A batch that the other worker has forgotten is sent as a whole: some of it twice is better than some of it
        // never.
        if (outcome.kind === 'declined') await this.send(error.remaining ?? batch, context);
      },
    });
  }
}
