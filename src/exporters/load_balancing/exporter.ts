import { DeliveryError } from '../../component/delivery-error.js';
import type { Exporter, SignalContext } from '../../component/define.js';
import type { Host } from '../../component/lifecycle.js';
import type { Attempt, Pusher } from '../../component/pusher.js';
import { deliver } from '../../delivery/deliver.js';
import type { Batch } from '../../otlp/batch.js';
import { merge } from '../../otlp/merge.js';
import { partition } from '../../otlp/split.js';
import { Backend, withPort } from './backends.js';
import type { Config } from './config.js';
import { Ring } from './ring.js';
import type { Route } from './routing/route.js';
import { routeBy } from './routing/route-by.js';
import { backends, backendUpdates, resolutions } from './telemetry.js';

/** The Collector bounds an attempt by its exporters' default when no timeout is set. */
const defaultTimeoutMs = 5000;

export function createExporter(config: Config, context: SignalContext): Exporter {
  const fail = (why: string): Error => new Error(`cannot configure loadbalancing ${context.signal} exporter: ${why}`);
  let endpoints: readonly string[];
  let route: Route;
  try {
    endpoints = staticEndpoints(config);
    route = routeBy(config, context.signal, context.random);
  } catch (error) {
    throw fail((error as Error).message);
  }
  const options = {
    queue: config.sending_queue,
    retry: config.retry_on_failure,
    timeoutMs: config.timeout > 0 ? config.timeout : defaultTimeoutMs,
  };
  return deliver(context, options, new Balancer(config, context, route, endpoints));
}

function staticEndpoints({ resolver }: Config): readonly string[] {
  const named = Object.entries(resolver).filter(([, value]) => value !== undefined);
  if (named.length === 0) throw new Error('no resolvers specified for the exporter');
  if (named.length > 1) throw new Error('only one resolver should be specified');
  if (resolver.dns?.hostname === '') throw new Error('no hostname specified to resolve the backends');
  if (resolver.k8s?.service === '') throw new Error('no service specified to resolve the backends');
  if (resolver.aws_cloud_map?.namespace === '') throw new Error('no Cloud Map namespace specified to resolve the backends');
  if (resolver.aws_cloud_map?.service_name === '') throw new Error('no Cloud Map service_name specified to resolve the backends');
  if (resolver.static === undefined) throw new Error(`resolver ${named[0]?.[0]} is not supported yet; use static`);
  if (resolver.static.hostnames.length === 0) throw new Error('no endpoints specified for the static resolver');
  return [...resolver.static.hostnames].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** Cuts each batch into one part per backend and hands the parts on, all at once. */
class Balancer implements Pusher {
  readonly #context: SignalContext;
  readonly #route: Route;
  readonly #ring: Ring;
  /** One per distinct address: `host` and `host:4317` share theirs. */
  readonly #backends: readonly Backend[];
  /** The backend of each endpoint of the ring. */
  readonly #backendOf: Uint16Array;
  #partOf: Int32Array = new Int32Array(1024);

  constructor(config: Config, context: SignalContext, route: Route, endpoints: readonly string[]) {
    this.#context = context;
    this.#route = route;
    this.#ring = new Ring(endpoints);
    const addresses = [...new Set(endpoints.map(withPort))];
    this.#backends = addresses.map((endpoint) => new Backend(endpoint, config.protocol.otlp, context));
    this.#backendOf = Uint16Array.from(endpoints, (endpoint) => addresses.indexOf(withPort(endpoint)));
  }

  async start(host: Host): Promise<void> {
    const { meter } = this.#context;
    for (const backend of this.#backends) await backend.start(host);
    meter.counter(resolutions, { resolver: 'static', success: true }).add(1);
    meter.counter(backendUpdates, { resolver: 'static' }).add(1);
    meter.observe(backends, { resolver: 'static' }, () => this.#ring.endpoints.length);
  }

  async push(batch: Batch, attempt: Attempt): Promise<void> {
    const parts = this.#split(batch, attempt);
    const context = { metadata: attempt.metadata, deadline: attempt.deadline, signal: attempt.signal };
    const failures: { error: DeliveryError; part: Batch }[] = [];
    const running: Promise<void>[] = [];
    parts.forEach((part, i) => {
      if (!part) return;
      const failed = (error: unknown): void => {
        if (!(error instanceof DeliveryError)) throw error;
        failures.push({ error, part: error.notTaken ?? part });
      };
      running.push((this.#backends[i] as Backend).consume(part, context).catch(failed));
    });
    await Promise.all(running);
    if (failures.length > 0) throw this.#joined(batch, failures, attempt);
  }

  async shutdown(deadline: AbortSignal): Promise<void> {
    await Promise.all(this.#backends.map((backend) => backend.shutdown(deadline)));
  }

  #split(batch: Batch, attempt: Attempt): (Batch | undefined)[] {
    const items = batch.itemCount;
    if (this.#partOf.length < items) this.#partOf = new Int32Array(Math.max(items, this.#partOf.length * 2));
    const partOf = this.#partOf;
    const lost = this.#route(batch, this.#ring, partOf);
    if (lost === items && items > 0)
      throw new DeliveryError('Permanent error: unable to get service name from resource metric: it has no attribute service.name', {
        class: 'permanent',
        reason: 'no_route',
      });
    if (lost > 0) {
      this.#context.logger.error('failed to export metric', {
        error: 'unable to get service name from resource metric',
        dropped_items: lost,
      });
      attempt.rejected?.(lost);
    }
    for (let i = 0; i < items; i++) {
      const endpoint = partOf[i] as number;
      if (endpoint >= 0) partOf[i] = this.#backendOf[endpoint] as number;
    }
    return partition(batch, partOf, this.#backends.length);
  }

  /**
   * One error for all parts that failed. What a backend refused for good is given up when others can be tried again, so that
   * one backend's refusal does not take the others' data along.
   */
  #joined(batch: Batch, failures: readonly { error: DeliveryError; part: Batch }[], attempt: Attempt): DeliveryError {
    const first = failures[0] as { error: DeliveryError; part: Batch };
    const again = failures.filter(({ error }) => error.class === 'retryable');
    const final = failures.filter(({ error }) => error.class === 'permanent');
    if (again.length > 0) {
      for (const { error, part } of final) {
        this.#context.logger.error('A backend refused its part for good', { error, dropped_items: part.itemCount });
        attempt.rejected?.(part.itemCount);
      }
    }
    const left = (again.length > 0 ? again : final).map(({ part }) => part);
    const notTaken = left.length === 1 ? left[0] : merge(left);
    if (failures.length === 1 && notTaken === batch) return first.error;
    const lead = again[0] ?? first;
    const waits = again.map(({ error }) => error.retryAfterMs).filter((ms) => ms !== undefined);
    return new DeliveryError(failures.map(({ error }) => error.message).join('; '), {
      class: again.length > 0 ? 'retryable' : 'permanent',
      reason: lead.error.reason,
      status: lead.error.status,
      retryAfterMs: waits.length > 0 ? Math.max(...waits) : undefined,
      ours: failures.every(({ error }) => error.ours),
      notTaken,
      cause: lead.error,
    });
  }
}
