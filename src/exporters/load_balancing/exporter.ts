import { DeliveryError, failureOf, type Failure } from '../../component/delivery-error.js';
import { inTurns, resultInTurns } from '../../component/turn.js';
import type { Exporter, SignalContext } from '../../component/define.js';
import type { SendingAddress, Host } from '../../component/lifecycle.js';
import type { RequestContext } from '../../component/consumer.js';
import type { Attempt, Pusher, PushRoom } from '../../component/pusher.js';
import type { NoRoom, Room } from '../../component/reservation.js';
import { allOrNone } from '../../delivery/all-or-none.js';
import { deliver } from '../../delivery/deliver.js';
import { isStored } from '../../delivery/stored.js';
import { StatusParts } from '../../component/status-parts.js';
import type { Batch } from '../../otlp/batch.js';
import { grpcDestinations } from '../../net/otlp/grpc-exporter.js';
import { partition, partitioning } from '../../otlp/parts/partition.js';
import { at32 } from '../../otlp/wire/at.js';
import { backendsPage } from './backends-page.js';
import { Backend, withPort } from './backends.js';
import type { Config } from './config.js';
import { Membership } from './membership.js';
import type { Resolver } from './resolver/resolver.js';
import { resolverOf } from './resolver/resolver-of.js';
import type { Route } from '../../otlp/keys/route.js';
import { Routing } from '../../otlp/keys/routing.js';
import { isLarge } from '../../otlp/large.js';
import { routeBy } from './route-by.js';
import { backends, backendUpdates, listAge } from './telemetry.js';
import { keepShape, unset } from '../../runtime/memory/kept-shape.js';

/** Items whose parts are kept in memory that stays for the next batch. */
const mostKept = 65_536;

/**
 * The Collector bounds an attempt by its exporters' default when no timeout is set. Behind a storage an attempt lasts
 * as long as the backends' own retries: it ends when the data has arrived.
 */
const defaultTimeoutMs = 5000;

export function createExporter(config: Config, context: SignalContext): Exporter {
  const balancer = new Balancer(
    config,
    context,
    resolverOf(config, context),
    routeBy(config, context.signal, context.random),
  );
  const options = {
    queue: config.sending_queue,
    retry: config.retry_on_failure,
    timeoutMs: config.timeout > 0 ? config.timeout : isStored(config.sending_queue) ? 0 : defaultTimeoutMs,
    status: false,
  };
  return deliver(context, options, balancer);
}

/** The parts of a batch. */
interface Cut {
  readonly batch: Batch;
  readonly membership: Membership;
  /** By backend of the membership; undefined for one that gets nothing. */
  readonly parts: readonly (Batch | undefined)[];
  /** Items that belong to no backend. */
  readonly lost: number;
}

/** By backend, as `Cut.parts`. */
type Rooms = readonly (Room | undefined)[];

/**
 * Cuts each batch into one part per backend and hands the parts on, all at once: when the backends have queues, only
 * once there is room in the queue of every part.
 */
class Balancer implements Pusher {
  readonly #config: Config;
  readonly #context: SignalContext;
  readonly #resolver: Resolver;
  readonly #route: Route;
  /** Undefined until the resolver has found a backend. */
  #membership: Membership | undefined;
  /** By address. */
  #backends: ReadonlyMap<string, Backend> = new Map();
  /** Backends that have left and still hold something. */
  readonly #leaving: Set<Promise<void>> = new Set();
  /** The states of the resolver and of each backend make that of the exporter. */
  readonly #status: StatusParts = new StatusParts();
  readonly #ending: AbortController = new AbortController();
  /**
   * No part is handed on unless all can be. Not behind a queue of the exporter's own: nobody repeats its requests, so
   * that parts for which there is room need not wait for the others.
   */
  readonly #whole: boolean;
  /** Large batches that were cut before their room is reserved. The garbage collector frees those that are refused. */
  readonly #prepared: WeakMap<Batch, Cut | 'unroutable'> = new WeakMap();
  #partOf: Int32Array = new Int32Array(1024);

  constructor(config: Config, context: SignalContext, resolver: Resolver, route: Route) {
    this.#config = config;
    this.#context = context;
    this.#resolver = resolver;
    this.#route = route;
    const { sending_queue: own, protocol } = config;
    this.#whole = protocol.otlp.sending_queue !== undefined && (own === undefined || own.wait_for_result);
  }

  async start(host: Host): Promise<void> {
    this.#status.attach((event) => host.report(event));
    host.addPage(backendsPage(this.#context, this.#resolver, () => this.#membership?.ring.endpoints ?? []));
    await this.#resolver.start((endpoints) => this.#use(endpoints, host), this.#status.part('resolver'));
  }

  /**
   * Applies a new list: new backends start first, then all routes change at once, then removed backends send on what
   * they hold.
   */
  async #use(endpoints: readonly string[], host: Host): Promise<void> {
    const { meter, logger, clock } = this.#context;
    const { name } = this.#resolver;
    const next = new Map<string, Backend>();
    for (const address of new Set(endpoints.map(withPort))) {
      let backend = this.#backends.get(address);
      if (!backend) {
        backend = new Backend(
          address,
          this.#config.protocol.otlp,
          this.#context,
          (part, attempt) => this.#reroute(part, attempt),
          isStored(this.#config.sending_queue),
        );
        await backend.start({ ...host, report: this.#reportOf(address, backend) });
      }
      next.set(address, backend);
    }
    const before = this.#backends;
    const first = this.#membership === undefined;
    this.#membership = new Membership(endpoints, next, this.#config.ring_version);
    this.#backends = next;
    meter.counter(backendUpdates, { resolver: name }).add(1);
    if (first) {
      meter.observe(backends, { resolver: name }, () => this.#membership?.ring.endpoints.length ?? 0);
      if (this.#resolver.confirmedAt !== undefined)
        meter.observe(listAge, { resolver: name }, () => (clock.now() - (this.#resolver.confirmedAt ?? 0)) / 1000);
    } else logger.info('The list of backends changed', { backends: endpoints });
    for (const [address, backend] of before)
      if (next.get(address) !== backend) {
        this.#status.remove(backendPart(address));
        this.#retire(backend);
      }
  }

  /** One that has left, and still sends on what it holds, is no longer a part of the exporter's state. */
  #reportOf(address: string, backend: Backend): Host['report'] {
    const report = this.#status.part(backendPart(address));
    return (event) => {
      if (this.#backends.get(address) === backend) report(event);
    };
  }

  #retire(backend: Backend): void {
    const gone = backend.leave(this.#ending.signal).catch((error: unknown) => {
      this.#context.logger.error('A backend that left could not be closed', { endpoint: backend.endpoint, error });
    });
    this.#leaving.add(gone);
    void gone.then(() => {
      this.#leaving.delete(gone);
      // Its address may have come back meanwhile, with the same books.
      if (!this.#backends.has(backend.endpoint)) this.#context.ledger.retire(backend.id, this.#context.signal);
    });
  }

  async push(batch: Batch, attempt: Attempt): Promise<void> {
    let cut = isLarge(batch) ? await this.#cutLarge(batch) : this.#cut(batch);
    // A batch that one backend gets whole has no other part.
    if (!this.#whole || cut.parts.includes(batch)) return this.#handOn(cut, attempt, undefined);
    const reserve = (): CutRoom | NoRoom => {
      if (cut.membership !== this.#membership) {
        const prepared = this.#prepared.get(batch);
        if (isLarge(batch) && !isCutFor(this.#membership, prepared)) return this.#later(batch);
        releaseParts(cut);
        cut = isCutFor(this.#membership, prepared) ? prepared : this.#cut(batch);
      }
      return this.#reserve(cut, attempt);
    };
    let handedOn = false;
    const handOn = async (room: CutRoom | undefined): Promise<void> => {
      handedOn = true;
      await room?.push(batch, attempt);
    };
    try {
      await allOrNone(reserve, handOn, attempt, this.#context.clock);
    } finally {
      if (!handedOn) {
        this.#prepared.delete(batch);
        releaseParts(cut);
      }
    }
  }

  reserve(batch: Batch, context: RequestContext): PushRoom | NoRoom | undefined {
    if (!this.#membership) return { granted: false, error: noBackend(), refuse: () => {} };
    const prepared = this.#prepared.get(batch);
    if (!this.#whole || prepared === 'unroutable') return undefined;
    if (isCutFor(this.#membership, prepared)) return this.#reserve(prepared, context);
    if (isLarge(batch)) return this.#later(batch);
    let cut: Cut;
    try {
      cut = this.#cut(batch);
    } catch {
      // A batch that is refused for good must still be handed to other exporters.
      return undefined;
    }
    const answer = this.#reserve(cut, context);
    if (!answer.granted) releaseParts(cut);
    return answer;
  }

  /** A large batch is cut in several turns; then its room is reserved. */
  #later(batch: Batch): NoRoom {
    const whenRoom = (retry: () => void): (() => void) => {
      let waits = true;
      const prepared = (cut: Cut | 'unroutable'): void => {
        this.#prepared.set(batch, cut);
        if (waits) retry();
      };
      this.#cutInTurns(batch).then(prepared, () => prepared('unroutable'));
      return () => {
        waits = false;
      };
    };
    const error = new DeliveryError('the parts of the batch are not known yet', {
      class: 'retryable',
      reason: 'queue_full',
      local: true,
    });
    return { granted: false, error, whenRoom, refuse: () => {} };
  }

  /**
   * Sends a part of a backend that has left to those it belongs to now, past their queues: the part stays in the books,
   * the queue and the retries of the one that left until it is delivered, so that it is held and counted once, however
   * full all queues are.
   */
  async #reroute(batch: Batch, attempt: Attempt): Promise<void> {
    const cut = isLarge(batch) ? await this.#cutLarge(batch) : this.#cut(batch);
    await this.#deliver(cut, attempt, (backend, part) => backend.push(part, attempt));
  }

  /** The parts of a large batch, for the backends that there are when they are made. */
  async #cutLarge(batch: Batch): Promise<Cut> {
    for (;;) {
      const cut = await this.#cutInTurns(batch);
      if (cut.membership === this.#membership) return cut;
      // The list changed meanwhile.
      releaseParts(cut);
    }
  }

  /** Room for every part in the queue of its backend, or for none. The caller keeps the parts of a refused batch. */
  #reserve(cut: Cut, context: Pick<RequestContext, 'metadata'>): CutRoom | NoRoom {
    const rooms: (Room | undefined)[] = [];
    for (const [i, part] of cut.parts.entries()) {
      const answer = part && cut.membership.backends[i]?.reserve(part, context);
      if (answer?.granted === false) {
        releaseRooms(rooms);
        return answer;
      }
      rooms.push(answer);
    }
    return new CutRoom(rooms, {
      push: (attempt) => {
        this.#prepared.delete(cut.batch);
        return this.#handOn(cut, attempt, rooms);
      },
      released: () => {
        // The parts of a large batch are kept for the next time.
        if (this.#prepared.get(cut.batch) !== cut) releaseParts(cut);
      },
    });
  }

  #handOn(cut: Cut, attempt: Attempt, rooms: Rooms | undefined): Promise<void> {
    const { metadata, auth, deadline, signal, partial } = attempt;
    const context: RequestContext = { metadata, auth, deadline, signal, partial };
    return this.#deliver(cut, attempt, (backend, part, i) => backend.consume(part, context, rooms?.[i]));
  }

  async #deliver(
    { batch, membership, parts, lost }: Cut,
    attempt: Attempt,
    send: (backend: Backend, part: Batch, i: number) => Promise<void>,
  ): Promise<void> {
    if (lost > 0) {
      this.#context.logger.error('failed to export metric', {
        error: 'unable to get service name from resource metric',
        dropped_items: lost,
      });
      attempt.rejected?.(lost);
    }
    const failures: Failure[] = [];
    const running: Promise<void>[] = [];
    parts.forEach((part, i) => {
      const backend = membership.backends[i];
      if (!part || !backend) return;
      const failed = (error: unknown): void => void failures.push(failureOf(error, part));
      // A part is made here and released here; one that failed may be sent again.
      const accepted = (): void => {
        if (part !== batch) part.release();
      };
      running.push(send(backend, part, i).then(accepted, failed));
    });
    await Promise.all(running);
    // One backend's final refusal must not take along the data of backends that can be tried again.
    if (failures.length > 0)
      throw DeliveryError.join(failures, 'retry-what-can-be', (failure) => this.#giveUp(failure, attempt));
  }

  sendsTo(): readonly SendingAddress[] {
    return [...this.#backends.keys()].flatMap(grpcDestinations);
  }

  /** Behind a storage nothing is tried again: what the backends have not accepted stays there. */
  drains(deadline: AbortSignal): void {
    if (isStored(this.#config.sending_queue))
      for (const backend of this.#backends.values()) backend.shutdown(deadline).catch(() => {});
  }

  async shutdown(deadline: AbortSignal): Promise<void> {
    this.#resolver.stop();
    const end = (): void => this.#ending.abort();
    if (deadline.aborted) end();
    else deadline.addEventListener('abort', end, { once: true });
    // Removed backends send their items through the others, so these shut down last.
    await Promise.all(this.#leaving);
    await Promise.all([...this.#backends.values()].map((backend) => backend.shutdown(deadline)));
    deadline.removeEventListener('abort', end);
  }

  #cut(batch: Batch): Cut {
    const membership = this.#known;
    const { ring, backends: all } = membership;
    const items = batch.itemCount;
    // The memory for one large batch must not be kept for good.
    const partOf = items > mostKept ? new Int32Array(items) : this.#roomFor(items);
    const lost = this.#route(batch, ring, partOf);
    this.#toBackends(membership, batch, partOf, lost);
    return { batch, membership, parts: partition(batch, partOf, all.length), lost };
  }

  /** The same for a large batch, in several turns of the event loop. */
  async #cutInTurns(batch: Batch): Promise<Cut> {
    const membership = this.#known;
    const { ring, backends: all } = membership;
    const partOf = new Int32Array(batch.itemCount);
    const routing = new Routing(this.#route, batch, ring, partOf);
    await inTurns(routing);
    const { lost } = routing;
    this.#toBackends(membership, batch, partOf, lost);
    const parts = await resultInTurns(partitioning(batch, partOf, all.length));
    return { batch, membership, parts, lost };
  }

  get #known(): Membership {
    if (this.#membership) return this.#membership;
    throw noBackend();
  }

  #roomFor(items: number): Int32Array {
    if (this.#partOf.length < items) this.#partOf = new Int32Array(Math.max(items, this.#partOf.length * 2));
    return this.#partOf;
  }

  /** Replaces the endpoint of each item by its backend. Throws when no item has a key; `lost` have none. */
  #toBackends({ backendOf }: Membership, { itemCount }: Batch, partOf: Int32Array, lost: number): void {
    if (lost === itemCount && itemCount > 0)
      throw new DeliveryError(
        'Permanent error: unable to get service name from resource metric: it has no attribute service.name',
        {
          class: 'permanent',
          reason: 'no_route',
        },
      );
    for (let i = 0; i < itemCount; i++) {
      const endpoint = at32(partOf, i);
      if (endpoint >= 0) partOf[i] = at32(backendOf, endpoint);
    }
  }

  /** Books a part that its backend refused for good, while other parts of its batch are tried again. */
  #giveUp({ error, remaining }: Failure, attempt: Attempt): void {
    const items = remaining.reduce((sum, { itemCount }) => sum + itemCount, 0);
    this.#context.logger.error('A backend refused its part for good', { error, dropped_items: items });
    attempt.rejected?.(items);
  }
}

/** Room for all parts of a batch. */
class CutRoom implements PushRoom {
  readonly granted = true;
  readonly #rooms: Rooms;
  readonly #use: { push(attempt: Attempt): Promise<void>; released(): void };

  constructor(rooms: Rooms, use: { push(attempt: Attempt): Promise<void>; released(): void }) {
    this.#rooms = rooms;
    this.#use = use;
  }

  push(_batch: Batch, attempt: Attempt): Promise<void> {
    return this.#use.push(attempt);
  }

  release(): void {
    releaseRooms(this.#rooms);
    this.#use.released();
  }
}

function isCutFor(membership: Membership | undefined, cut: Cut | 'unroutable' | undefined): cut is Cut {
  return cut !== undefined && cut !== 'unroutable' && cut.membership === membership;
}

function noBackend(): DeliveryError {
  return new DeliveryError('couldn\'t find the exporter for the endpoint ""', {
    class: 'retryable',
    reason: 'no_backend',
  });
}

function releaseRooms(rooms: Rooms): void {
  for (const room of rooms) room?.release();
}

/** Parts that were handed to nobody. */
function releaseParts({ batch, parts }: Cut): void {
  for (const part of parts) if (part !== batch) part?.release();
}

function backendPart(address: string): string {
  return `backend ${address}`;
}

keepShape(new CutRoom(unset, unset));
