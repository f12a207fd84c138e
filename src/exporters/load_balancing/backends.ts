import type { Batch } from '../../otlp/batch.js';
import type { RequestContext } from '../../component/consumer.js';
import type { Exporter, SignalContext } from '../../component/define.js';
import type { Host } from '../../component/lifecycle.js';
import type { Counter, Histogram } from '../../component/telemetry.js';
import { deliver } from '../../delivery/deliver.js';
import { endpointAttributes, OtlpGrpcPusher } from '../../net/otlp/grpc-exporter.js';
import type { BackendConfig } from './config.js';
import { backendLatency, backendOutcome } from './telemetry.js';

/** One backend: its own queue, retries and connection, so that a slow one holds up only its own parts. */
export class Backend {
  readonly endpoint: string;
  readonly #exporter: Exporter;
  readonly #context: SignalContext;
  readonly #success: Counter;
  readonly #failure: Counter;
  readonly #latency: Histogram;

  constructor(endpoint: string, config: BackendConfig, context: SignalContext) {
    this.endpoint = endpoint;
    this.#context = context;
    // The books name the backend, so that one sees which of them holds or drops.
    const own: SignalContext = { ...context, id: `${context.id} ${endpoint}`, logger: context.logger.child({ endpoint }) };
    const options = {
      queue: config.sending_queue,
      retry: config.retry_on_failure,
      timeoutMs: config.timeout,
      attributes: endpointAttributes(endpoint),
      metrics: false,
    };
    this.#exporter = deliver(own, options, new OtlpGrpcPusher({ ...config, endpoint }, own));
    this.#success = context.meter.counter(backendOutcome, { endpoint, success: true });
    this.#failure = context.meter.counter(backendOutcome, { endpoint, success: false });
    this.#latency = context.meter.histogram(backendLatency, { endpoint });
  }

  async consume(part: Batch, context: RequestContext): Promise<void> {
    const { clock } = this.#context;
    const began = clock.now();
    try {
      await this.#exporter.consume(part, context);
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

  async shutdown(deadline: AbortSignal): Promise<void> {
    await this.#exporter.shutdown?.(deadline);
  }
}

/** An endpoint without a port has OTLP's. Only for dialling: the ring hashes what the resolver gave (spec gateway-components 1.5). */
export function withPort(endpoint: string): string {
  return endpoint.includes(':') ? endpoint : `${endpoint}:4317`;
}
