import { DeliveryError, failureOf, type Failure } from '../../component/delivery-error.js';
import { ConfigValueError } from '../../component/config-value-error.js';
import type { Exporter, SignalContext } from '../../component/define.js';
import type { Host } from '../../component/lifecycle.js';
import type { Attempt, Pusher } from '../../component/pusher.js';
import { deliver } from '../../delivery/deliver.js';
import { StatusParts } from '../../component/status-parts.js';
import type { Batch } from '../../otlp/batch.js';
import { partition } from '../../otlp/parts/partition.js';
import { at32 } from '../../otlp/wire/at.js';
import { backendsPage } from './backends-page.js';
import { Backend, withPort } from './backends.js';
import type { Config } from './config.js';
import { Membership } from './membership.js';
import type { Resolver } from './resolver/resolver.js';
import { resolverOf } from './resolver/resolver-of.js';
import type { Route } from '../../otlp/keys/route.js';
import { routeBy } from './route-by.js';
import { backends, backendUpdates, listAge } from './telemetry.js';

/** The Collector bounds an attempt by its exporters' default when no timeout is set. */
const defaultTimeoutMs = 5000;

export function createExporter(config: Config, context: SignalContext): Exporter {
  let balancer: Balancer;
  try {
    balancer = new Balancer(
      config,
      context,
      resolverOf(config, context),
      routeBy(config, context.signal, context.random),
    );
  } catch (error) {
    const message = `cannot configure loadbalancing ${context.signal} exporter: ${(error as Error).message}`;
    const { path, hint, at } = error instanceof ConfigValueError ? error : { path: [], hint: undefined, at: undefined };
    throw new ConfigValueError(message, path, hint, { cause: error, at });
  }
  const options = {
    queue: config.sending_queue,
    retry: config.retry_on_failure,
    timeoutMs: config.timeout > 0 ? config.timeout : defaultTimeoutMs,
    status: false,
  };
  return deliver(context, options, balancer);
}

/** Cuts each batch into one part per backend and hands the parts on, all at once. */
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
  #partOf: Int32Array = new Int32Array(1024);

  constructor(config: Config, context: SignalContext, resolver: Resolver, route: Route) {
    this.#config = config;
    this.#context = context;
    this.#resolver = resolver;
    this.#route = route;
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
        backend = new Backend(address, this.#config.protocol.otlp, this.#context, (part, attempt) =>
          this.#reroute(part, attempt),
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
    void gone.then(() => this.#leaving.delete(gone));
  }

  push(batch: Batch, attempt: Attempt): Promise<void> {
    const { metadata, auth, deadline, signal } = attempt;
    return this.#deliver(batch, attempt, (backend, part) =>
      backend.consume(part, { metadata, auth, deadline, signal }),
    );
  }

  /**
   * Sends a part of a backend that has left to those it belongs to now, past their queues: the part stays in the books,
   * the queue and the retries of the one that left until it is delivered, so that it is held and counted once, however
   * full all queues are.
   */
  #reroute(batch: Batch, attempt: Attempt): Promise<void> {
    return this.#deliver(batch, attempt, (backend, part) => backend.push(part, attempt));
  }

  async #deliver(
    batch: Batch,
    attempt: Attempt,
    send: (backend: Backend, part: Batch) => Promise<void>,
  ): Promise<void> {
    const membership = this.#membership;
    if (!membership)
      throw new DeliveryError('couldn\'t find the exporter for the endpoint ""', {
        class: 'retryable',
        reason: 'no_backend',
      });
    const parts = this.#split(batch, attempt, membership);
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
      running.push(send(backend, part).then(accepted, failed));
    });
    await Promise.all(running);
    // One backend's final refusal must not take along the data of backends that can be tried again.
    if (failures.length > 0)
      throw DeliveryError.join(failures, 'retry-what-can-be', (failure) => this.#giveUp(failure, attempt));
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

  #split(batch: Batch, attempt: Attempt, { ring, backends: all, backendOf }: Membership): (Batch | undefined)[] {
    const items = batch.itemCount;
    if (this.#partOf.length < items) this.#partOf = new Int32Array(Math.max(items, this.#partOf.length * 2));
    const partOf = this.#partOf;
    const lost = this.#route(batch, ring, partOf);
    if (lost === items && items > 0)
      throw new DeliveryError(
        'Permanent error: unable to get service name from resource metric: it has no attribute service.name',
        {
          class: 'permanent',
          reason: 'no_route',
        },
      );
    if (lost > 0) {
      this.#context.logger.error('failed to export metric', {
        error: 'unable to get service name from resource metric',
        dropped_items: lost,
      });
      attempt.rejected?.(lost);
    }
    for (let i = 0; i < items; i++) {
      const endpoint = at32(partOf, i);
      if (endpoint >= 0) partOf[i] = at32(backendOf, endpoint);
    }
    return partition(batch, partOf, all.length);
  }

  /** Books a part that its backend refused for good, while other parts of its batch are tried again. */
  #giveUp({ error, remaining }: Failure, attempt: Attempt): void {
    const items = remaining.reduce((sum, { itemCount }) => sum + itemCount, 0);
    this.#context.logger.error('A backend refused its part for good', { error, dropped_items: items });
    attempt.rejected?.(items);
  }
}

function backendPart(address: string): string {
  return `backend ${address}`;
}
