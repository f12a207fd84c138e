import { isIP } from 'node:net';
import type { Batch } from '../../otlp/batch.js';
import type { RequestContext } from '../../component/consumer.js';
import type { Exporter, SignalContext } from '../../component/define.js';
import type { DeliveryError } from '../../component/delivery-error.js';
import type { Host } from '../../component/lifecycle.js';
import type { Reserved, Room } from '../../component/reservation.js';
import type { Counter, Histogram } from '../../component/telemetry.js';
import type { Attempt, Pusher } from '../../component/pusher.js';
import { deliver } from '../../delivery/deliver.js';
import { endpointAttributes, OtlpGrpcPusher } from '../../net/otlp/grpc-exporter.js';
import type { BackendConfig } from './config.js';
import { backendLatency, backendOutcome } from './telemetry.js';

/** Sends a part to where it belongs now. */
export type Reroute = (part: Batch, attempt: Attempt) => Promise<void>;

/**
 * One backend: its own queue, retries and connection, so that a slow one holds up only its own parts. When it has left
 * the list, what it still holds is routed again instead of being sent to it.
 */
export class Backend {
  readonly endpoint: string;
  /** In the books: they name the backend, so that one sees which of them holds or drops. */
  readonly id: string;
  readonly #exporter: Exporter;
  readonly #pusher: Pusher;
  readonly #context: SignalContext;
  readonly #success: Counter;
  readonly #failure: Counter;
  readonly #latency: Histogram;
  #left = false;

  /**
   * `isStored`: the exporter's own queue has a storage, which keeps a part until the backend has accepted it. The
   * backend's queue then says only what became of it.
   */
  constructor(endpoint: string, config: BackendConfig, context: SignalContext, reroute: Reroute, isStored: boolean) {
    this.endpoint = endpoint;
    this.#context = context;
    this.id = `${context.id} ${endpoint}`;
    const own: SignalContext = {
      ...context,
      id: this.id,
      logger: context.logger.child({ endpoint }),
    };
    const queue = config.sending_queue;
    const options = {
      queue: queue && isStored ? { ...queue, wait_for_result: true } : queue,
      retry: config.retry_on_failure,
      timeoutMs: config.timeout,
      endsWithDrain: isStored,
      attributes: endpointAttributes(endpoint),
      metrics: false,
    };
    const pusher = new OtlpGrpcPusher({ ...config, endpoint }, own);
    this.#pusher = {
      start: (host) => pusher.start(host),
      push: (part, attempt) => (this.#left ? reroute(part, attempt) : pusher.push(part, attempt)),
      shutdown: (deadline) => pusher.shutdown(deadline),
    };
    this.#exporter = deliver(own, options, this.#pusher);
    this.#success = context.meter.counter(backendOutcome, { endpoint, success: true });
    this.#failure = context.meter.counter(backendOutcome, { endpoint, success: false });
    this.#latency = context.meter.histogram(backendLatency, { endpoint });
  }

  /** `room` is what `reserve` granted for the part in this turn, if it was called. */
  consume(part: Batch, context: RequestContext, room?: Room): Promise<void> {
    return this.#counted(() => (room ?? this.#exporter).consume(part, context));
  }

  reserve(part: Batch, context: RequestContext): Reserved {
    const answer = this.#exporter.reserve?.(part, context);
    if (answer?.granted !== false) return answer;
    const { error, whenRoom } = answer;
    const refuse = (reason: DeliveryError): void => {
      this.#failure.add(1);
      this.#latency.record(0);
      answer.refuse(reason);
    };
    return { granted: false, error, whenRoom, refuse };
  }

  /** One attempt past queue and retries, for a part that another backend's chain holds. */
  push(part: Batch, attempt: Attempt): Promise<void> {
    return this.#counted(() => this.#pusher.push(part, attempt));
  }

  async #counted(send: () => Promise<void>): Promise<void> {
    const { clock } = this.#context;
    const began = clock.now();
    try {
      await send();
      this.#success.add(1);
    } catch (error) {
      this.#failure.add(1);
      throw error;
    } finally {
      this.#latency.record(Math.trunc(clock.now() - began));
    }
  }

  async start(host: Host): Promise<void> {
    await this.#exporter.start?.(host);
  }

  /** It is no longer in the list. Resolves when all it held is delivered elsewhere, or `deadline` aborts. */
  async leave(deadline: AbortSignal): Promise<void> {
    this.#left = true;
    await this.shutdown(deadline);
  }

  async shutdown(deadline: AbortSignal): Promise<void> {
    await this.#exporter.shutdown?.(deadline);
  }
}

/**
 * An endpoint without a port has OTLP's. Only for dialling: the ring hashes what the resolver gave
 * (docs/spec/gateway.md#default-port).
 */
export function withPort(endpoint: string): string {
  if (isIP(endpoint) === 6) return `[${endpoint}]:4317`;
  return endpoint.includes(':') && !endpoint.endsWith(']') ? endpoint : `${endpoint}:4317`;
}
