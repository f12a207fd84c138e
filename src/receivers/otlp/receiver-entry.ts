import type { Consumer, RequestContext } from '../../component/consumer.js';
import type { SignalContext } from '../../component/define.js';
import { DeliveryError, type GrpcStatus } from '../../component/delivery-error.js';
import type { ReceiverLedger } from '../../component/ledger.js';
import type { Counter } from '../../component/telemetry.js';
import type { Span } from '../../component/tracer.js';
import { code, retryDelayMs, retryInfo, statusText } from '../../net/grpc/status.js';
import type { EncodedBody, Batch } from '../../otlp/batch.js';
import { itemNames, type Signal } from '../../otlp/signal.js';
import { validate } from '../../otlp/wire/validate.js';
import { itemMetrics } from './telemetry.js';

export type Transport = 'grpc' | 'http';

/** How long a sender shall wait that we refused without knowing better, milliseconds. */
const defaultRetryAfterMs = 1000;

interface Counters {
  readonly accepted: Counter;
  readonly refused: Counter;
  readonly failed: Counter;
}

/** How spans of a receiver's work are named. */
const received: Readonly<Record<Signal, string>> = {
  traces: 'TraceDataReceived',
  metrics: 'MetricsReceived',
  logs: 'LogsReceived',
  profiles: 'ProfilesReceived',
};

/** Where the items of one signal enter: they are checked, counted, handed on, and the outcome becomes a status. */
export class ReceiverEntry {
  readonly signal: Signal;
  readonly #context: SignalContext;
  readonly #next: Consumer;
  readonly #ledger: ReceiverLedger;
  readonly #counters: Map<Transport, Counters> = new Map();

  constructor(context: SignalContext, next: Consumer) {
    this.signal = context.signal;
    this.#context = context;
    this.#next = next;
    this.#ledger = context.ledger.receiver(context.id, context.signal);
  }

  /** A batch over `bytes`, which it keeps, and the compressed body that they came in, if any. Throws `InvalidOtlp`. */
  read(bytes: Uint8Array, encodedBody?: EncodedBody): Batch {
    const batch = validate(this.signal, bytes);
    return encodedBody && batch.bytes === bytes ? batch.withEncodedBody(encodedBody) : batch;
  }

  /** Undefined when the pipeline took all of the batch. Never rejects. */
  async take(batch: Batch, context: RequestContext, transport: Transport): Promise<GrpcStatus | undefined> {
    const items = batch.itemCount;
    if (items === 0) return undefined;
    const counters = this.#countersOf(transport);
    const span = this.#span(context, transport);
    try {
      await this.#next.consume(batch, span ? { ...context, span } : context);
    } catch (error) {
      if (span) this.#end(span, 0, items, error as Error);
      counters.accepted.add(0);
      counters.refused.add(items);
      counters.failed.add(0);
      this.#ledger.refused(items, error instanceof DeliveryError ? error.reason : 'pipeline_error');
      return statusOf(error as Error);
    }
    counters.accepted.add(items);
    counters.refused.add(0);
    counters.failed.add(0);
    this.#ledger.accepted(items);
    if (span) this.#end(span, items, 0, undefined);
    return undefined;
  }

  #span(context: RequestContext, transport: Transport): Span | undefined {
    const { tracer, id } = this.#context;
    const attributes = { transport, format: 'protobuf' };
    return tracer?.start(`receiver/${id}/${received[this.signal]}`, { parent: context.span?.context, attributes });
  }

  #end(span: Span, accepted: number, refused: number, error: Error | undefined): void {
    const items = itemNames[this.signal];
    span.set({ [`accepted_${items}`]: accepted, [`refused_${items}`]: refused, [`failed_${items}`]: 0 });
    if (error) span.fail(error.message);
    span.end();
  }

  /** A series appears with the first request of its transport. */
  #countersOf(transport: Transport): Counters {
    let counters = this.#counters.get(transport);
    if (!counters) {
      const { meter, id } = this.#context;
      const counter = (word: keyof Counters): Counter => meter.counter(itemMetrics[word][this.signal], { receiver: id, transport });
      counters = { accepted: counter('accepted'), refused: counter('refused'), failed: counter('failed') };
      this.#counters.set(transport, counters);
    }
    return counters;
  }
}

/** The answer for a pipeline's error (spec core 10.4). A refusal that was decided here says when to come back. */
export function statusOf(error: Error): GrpcStatus {
  if (!(error instanceof DeliveryError)) return { code: code.Internal, message: error.message, details: [] };
  const { status, message } = error;
  if (!status) {
    if (error.class === 'permanent') return { code: code.Internal, message, details: [] };
    return { code: code.Unavailable, message, details: error.local ? [retryInfo(error.retryAfterMs ?? defaultRetryAfterMs)] : [] };
  }
  const wrapped = message !== statusText(status) && message !== status.message;
  const details =
    error.local && retryDelayMs(status.details) === undefined
      ? [...status.details, retryInfo(error.retryAfterMs ?? defaultRetryAfterMs)]
      : status.details;
  return { code: status.code, message: wrapped ? message : status.message, details };
}
