import type { SignalContext } from '../component/define.js';
import { deliveredOf, DeliveryError } from '../component/delivery-error.js';
import type { ReceiverLedger } from '../component/ledger.js';
import type { Counter } from '../component/telemetry.js';
import type { Span, SpanContext } from '../component/tracer.js';
import { itemNames, type Signal } from '../otlp/signal.js';
import { itemMetrics, repeatedItems } from './metrics.js';

/** How items reached a receiver; empty for one that makes its own data. */
export type Transport = 'grpc' | 'http' | '';

interface Counters {
  readonly accepted: Counter;
  readonly refused: Counter;
  readonly failed: Counter;
  readonly repeated: Counter;
}

/** Names of the spans that cover one request. */
const spanNames: Readonly<Record<Signal, string>> = {
  traces: 'TraceDataReceived',
  metrics: 'MetricsReceived',
  logs: 'LogsReceived',
  profiles: 'ProfilesReceived',
};

/**
 * Counts the requests of one receiver and signal: in the ledger (`received = accepted + refused(reason)`), in the
 * metrics `otelcol_receiver_*`, and as spans.
 */
export class ReceiverBooks {
  readonly #context: SignalContext;
  readonly #ledger: ReceiverLedger;
  readonly #counters: Map<Transport, Counters> = new Map();

  constructor(context: SignalContext) {
    this.#context = context;
    this.#ledger = context.ledger.receiver(context.id, context.signal);
  }

  accepted(items: number, transport: Transport): void {
    const counters = this.#of(transport);
    counters.accepted.add(items);
    counters.refused.add(0);
    counters.failed.add(0);
    this.#ledger.accepted(items);
  }

  refused(items: number, error: unknown, transport: Transport): void {
    const counters = this.#of(transport);
    counters.accepted.add(0);
    counters.refused.add(items);
    counters.failed.add(0);
    this.#ledger.refused(items, error instanceof DeliveryError ? error.reason : 'pipeline_error');
    // No sender repeats what was refused for good.
    if (!(error instanceof DeliveryError) || error.class === 'permanent') return;
    const repeated = deliveredOf(error, items);
    if (repeated > 0) counters.repeated.add(repeated);
  }

  /** The span of one request; undefined while tracing is off. */
  begin(parent: SpanContext | undefined, transport: Transport): Span | undefined {
    const { tracer, id, signal } = this.#context;
    const format = transport === '' ? '' : 'protobuf';
    return tracer?.start(`receiver/${id}/${spanNames[signal]}`, { parent, attributes: { transport, format } });
  }

  end(span: Span, accepted: number, refused: number, error: Error | undefined): void {
    const items = itemNames[this.#context.signal];
    span.set({ [`accepted_${items}`]: accepted, [`refused_${items}`]: refused, [`failed_${items}`]: 0 });
    if (error) span.fail(error.message);
    span.end();
  }

  /** A series appears with the first request of its transport. */
  #of(transport: Transport): Counters {
    let counters = this.#counters.get(transport);
    if (!counters) {
      const { meter, id, signal } = this.#context;
      const counter = (word: keyof typeof itemMetrics): Counter =>
        meter.counter(itemMetrics[word][signal], { receiver: id, transport });
      counters = {
        accepted: counter('accepted'),
        refused: counter('refused'),
        failed: counter('failed'),
        repeated: meter.counter(repeatedItems, { receiver: id, signal, transport }),
      };
      this.#counters.set(transport, counters);
    }
    return counters;
  }
}
