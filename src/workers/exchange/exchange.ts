import type { ByteBudget } from '../../component/budget.js';
import type { Clock } from '../../component/clock.js';
import type { Consumer, RequestContext } from '../../component/consumer.js';
import { DeliveryError, failureOf, type Failure } from '../../component/delivery-error.js';
import type { ComponentLedger } from '../../component/ledger.js';
import type { Host, Lifecycle } from '../../component/lifecycle.js';
import type { Counter } from '../../component/telemetry.js';
import { inTurns, resultInTurns } from '../../component/turn.js';
import type { Batch } from '../../otlp/batch.js';
import type { Owners, Route } from '../../otlp/keys/route.js';
import { Routing } from '../../otlp/keys/routing.js';
import { isLarge } from '../../otlp/large.js';
import { partition, partitioning } from '../../otlp/parts/partition.js';
import type { ExchangeEntry } from '../../pipeline/worker-links.js';
import type { Links } from '../links/links.js';
import { exchangedItems } from '../metrics.js';
import { refusal } from './worker-admission.js';
import { LocalOwner, RemoteOwner, type Owner } from './owners.js';
import { evenOwners, partitionRoute } from './partition-route.js';

export interface ExchangeOptions {
  readonly links: Links;
  /** How many workers the set has. */
  readonly workers: number;
  readonly clock: Clock;
  readonly budget: ByteBudget;
}

interface Keys {
  readonly route: Route;
  readonly owners: Owners;
}

/**
 * Stands before a component whose items stay together: cuts each batch by key and hands each part to the worker that
 * owns the key, this one's directly. The request that a batch came with ends when all its parts have.
 */
export class Exchange implements Consumer, Lifecycle {
  readonly #entry: ExchangeEntry;
  readonly #options: ExchangeOptions;
  /** By worker number less 1. */
  readonly #owners: readonly Owner[];
  readonly #local: LocalOwner;
  readonly #books: ComponentLedger;
  readonly #keys: Keys | undefined;
  readonly #stayed: Counter;
  readonly #moved: Counter;
  readonly #stopListening: () => void;
  #partOf: Int32Array = new Int32Array(1024);
  #ending = false;
  /** Parts of other workers in progress. */
  #inProgress = 0;
  #onDone: (() => void) | undefined;

  constructor(entry: ExchangeEntry, options: ExchangeOptions) {
    this.#entry = entry;
    this.#options = options;
    const { links, workers, clock } = options;
    const { id, name, signal, together, ledger, meter } = entry;
    this.#keys =
      together === 'once' ? undefined : { route: partitionRoute(together, signal), owners: evenOwners(workers) };
    const ending = (): boolean => this.#ending || links.ending;
    this.#local = new LocalOwner({ clock, worker: links.number, ending });
    this.#owners = Array.from({ length: workers }, (_, i) =>
      i + 1 === links.number ? this.#local : new RemoteOwner({ clock, worker: i + 1, ending, links, entry: name }),
    );
    this.#books = ledger.component(`exchange/${id}`, signal);
    const labels = { component: id, signal };
    this.#stayed = meter.counter(exchangedItems, { ...labels, moved: false });
    this.#moved = meter.counter(exchangedItems, { ...labels, moved: true });
    this.#stopListening = links.onChange(() => this.#wake());
  }

  /** Starts the component; from then on parts of this worker and of others are handed to it. */
  async start(host: Host): Promise<void> {
    const { component, name, tracer, id } = this.#entry;
    if (!component) return;
    await component.start?.(host);
    this.#local.open(component);
    const busy = (change: number): void => {
      this.#inProgress += change;
      this.#wake();
    };
    this.#options.links.open(name, { next: component, tracer, spanName: `exchange/${id}`, busy });
  }

  async consume(batch: Batch, context: RequestContext): Promise<void> {
    const failures: Failure[] = [];
    const running: Promise<void>[] = [];
    const parts = this.#keys && isLarge(batch) ? await this.#cutInTurns(batch, this.#keys) : this.#cut(batch);
    for (const [i, part] of parts.entries()) {
      const owner = this.#owners[i];
      if (!part || !owner) continue;
      const failed = (error: unknown): void =>
        void failures.push(failureOf(error, part, (rest, later) => owner.send(rest, later)));
      running.push(this.#send(owner, part, batch, context).catch(failed));
    }
    await Promise.all(running);
    this.#settle(batch, failures);
  }

  /**
   * Upstream has stopped in this worker. Stops the component when it has stopped in all others, and what they sent is
   * done, or `deadline` aborts. All workers of a set stop their components in the same order, so that none waits for
   * ever.
   */
  async shutdown(deadline: AbortSignal): Promise<void> {
    const { links } = this.#options;
    const { component, name } = this.#entry;
    if (!this.#ending) {
      this.#ending = true;
      this.#wake();
      links.end(name);
    }
    if (component && !this.#isDone && !deadline.aborted)
      await new Promise<void>((resolve) => {
        this.#onDone = resolve;
        deadline.addEventListener('abort', () => resolve(), { once: true });
      });
    links.close(name);
    this.#stopListening();
    await component?.shutdown?.(deadline);
  }

  get #isDone(): boolean {
    return this.#inProgress === 0 && this.#options.links.hasEnded(this.#entry.name);
  }

  #wake(): void {
    for (const owner of this.#owners) owner.wake();
    if (this.#ending && this.#isDone) this.#onDone?.();
  }

  /** The part of each owner; undefined for owners of nothing. A batch that one of them owns whole stays as it is. */
  #cut(batch: Batch): readonly (Batch | undefined)[] {
    const items = batch.itemCount;
    const own = this.#options.links.number - 1;
    // Components that run once run in the first worker.
    if (!this.#keys || items === 0)
      return this.#owners.map((_, i) => (i === (this.#keys ? own : 0) ? batch : undefined));
    if (this.#partOf.length < items) this.#partOf = new Int32Array(Math.max(items, this.#partOf.length * 2));
    const partOf = this.#partOf;
    this.#keys.route(batch, this.#keys.owners, partOf);
    for (let i = 0; i < items; i++) if (partOf[i] === -1) partOf[i] = own;
    return partition(batch, partOf, this.#owners.length);
  }

  /** The same for a large batch, in several turns of the event loop. */
  async #cutInTurns(batch: Batch, { route, owners }: Keys): Promise<readonly (Batch | undefined)[]> {
    const own = this.#options.links.number - 1;
    const partOf = new Int32Array(batch.itemCount);
    await inTurns(new Routing(route, batch, owners, partOf));
    for (let i = 0; i < partOf.length; i++) if (partOf[i] === -1) partOf[i] = own;
    return resultInTurns(partitioning(batch, partOf, this.#owners.length));
  }

  async #send(owner: Owner, part: Batch, batch: Batch, context: RequestContext): Promise<void> {
    (owner.local ? this.#stayed : this.#moved).add(part.itemCount);
    if (part === batch) return owner.send(part, context);
    const { budget } = this.#options;
    const { keptAlive } = part;
    if (!budget.tryReserve(keptAlive)) throw refusal('no memory is left for the parts of a batch', 'queue_full');
    try {
      await owner.send(part, context);
    } finally {
      budget.release(keptAlive);
    }
    // A part is made here and ends here; what failed may be tried again.
    part.release();
  }

  /** Books what became of a batch, or of what is left of one, and throws one error for all that failed. */
  #settle(batch: Batch, failures: readonly Failure[]): void {
    const items = batch.itemCount;
    this.#books.in(items);
    let left = items;
    const leave = ({ error, remaining }: Failure, book: (items: number, reason: string) => void): void => {
      const count = itemsOf(remaining);
      left -= count;
      book(count, error.reason);
    };
    // A part that one worker refused for good does not take the rest along: it is dropped, so that the rest can be
    // tried again.
    const givenUp = new Set<Failure>();
    const giveUp = (failure: Failure): void => {
      givenUp.add(failure);
      leave(failure, (count, reason) => this.#books.dropped(count, reason));
      const { error, remaining } = failure;
      this.#entry.logger.error('A worker refused its part for good', { error, dropped_items: itemsOf(remaining) });
    };
    const error = failures.length === 0 ? undefined : DeliveryError.join(failures, 'retry-what-can-be', giveUp);
    for (const failure of failures)
      if (!givenUp.has(failure)) leave(failure, (count, reason) => this.#books.returned(count, reason));
    if (left > 0) this.#books.out(left);
    if (error) throw this.#resumable(error);
  }

  /** The same error, whose `resume` is booked, too. */
  #resumable(error: DeliveryError): DeliveryError {
    const { resume, remaining } = error;
    if (!resume || !remaining) return error;
    const booked = async (context: RequestContext): Promise<void> => {
      const failures: Failure[] = [];
      try {
        await resume(context);
      } catch (failure) {
        failures.push(failureOf(failure, remaining));
      }
      this.#settle(remaining, failures);
    };
    const { message, class: kind, reason, status, retryAfterMs, local, delivered } = error;
    return new DeliveryError(message, {
      class: kind,
      reason,
      status,
      retryAfterMs,
      local,
      remaining,
      delivered,
      resume: booked,
      cause: error,
    });
  }
}

function itemsOf(batches: readonly Batch[]): number {
  return batches.reduce((sum, { itemCount }) => sum + itemCount, 0);
}
