import type { RequestContext } from '../component/consumer.js';
import type { SignalContext } from '../component/define.js';
import { DeliveryError } from '../component/delivery-error.js';
import type { ComponentLedger } from '../component/ledger.js';
import type { Attributes, Counter, Logger, Meter } from '../component/telemetry.js';
import type { Span, SpanContext, Tracer } from '../component/tracer.js';
import type { Batch } from '../otlp/batch.js';
import type { Signal } from '../otlp/signal.js';
import type { Drain } from './drain.js';
import { errorType } from './error-type.js';
import { enqueueFailed, inFlight, sendFailed, sent } from './metrics.js';
import { type Send } from './send.js';

/** Where items are held, for the ledger. */
export type Place = 'queue' | 'batch' | 'push' | 'retry';

export interface ObserveOptions {
  readonly attributes: Attributes;
  readonly metrics: boolean;
  readonly retries: boolean;
  readonly queued: boolean;
  /** Failures reach the sender: what failed is returned to it, not dropped. */
  readonly answered: boolean;
}

/** The books of one delivery chain: counters, log lines of what failed, and the ledger books, which balances after each call. */
export class Observer {
  readonly books: ComponentLedger;
  readonly #logger: Logger;
  readonly #drain: Drain;
  readonly #answered: boolean;
  readonly #hints: { readonly dropping: string; readonly rejecting: string };
  readonly #tracer: Tracer | undefined;
  readonly #name: string;
  readonly #spanAttributes: Attributes;
  readonly #counters:
    | {
        readonly sent: Counter;
        readonly failed: (error: DeliveryError | undefined) => Counter;
        readonly notEnqueued: Counter;
        readonly inFlight: Counter;
      }
    | undefined;

  constructor(context: SignalContext, options: ObserveOptions, drain: Drain) {
    this.books = context.ledger.component(context.id, context.signal);
    this.#logger = context.logger;
    this.#tracer = context.tracer;
    this.#name = `exporter/${context.id}/${context.signal}`;
    this.#spanAttributes = { exporter: context.id, data_type: context.signal };
    this.#drain = drain;
    this.#answered = options.answered;
    const retryHint = options.retries ? '' : ' Try enabling retry_on_failure config option to retry on retryable errors.';
    const queueHint = options.queued ? '' : ' Try enabling sending_queue to survive temporary failures.';
    this.#hints = {
      dropping: `Exporting failed. Dropping data.${retryHint}`,
      rejecting: `Exporting failed. Rejecting data.${retryHint}${queueHint}`,
    };
    if (!options.metrics) return;
    const { meter, signal } = context;
    const exporter: Attributes = { exporter: context.id };
    const endpoint: Attributes = { ...exporter, ...options.attributes };
    this.#counters = {
      sent: meter.counter(sent(signal), endpoint),
      failed: failures(meter, signal, endpoint),
      notEnqueued: meter.counter(enqueueFailed(signal), exporter),
      inFlight: meter.counter(inFlight, { ...exporter, data_type: signal }),
    };
  }

  /** Items change their place without leaving the books. */
  move(items: number, from: Place, to: Place): void {
    this.books.held(-items, from);
    this.books.held(items, to);
  }

  /** Sends what is held at `from` (or not held yet) and books how it ended; answers the error instead of throwing it. */
  async send(
    next: Send,
    batch: Batch,
    context: RequestContext,
    from: Place | undefined,
    links: readonly SpanContext[] = [],
  ): Promise<DeliveryError | undefined> {
    const { books } = this;
    const items = batch.itemCount;
    if (from !== undefined) books.held(-items, from);
    books.held(items, 'push');
    this.#counters?.inFlight.add(1);
    let rejected = 0;
    let error: DeliveryError | undefined;
    const span = this.#tracer?.start(this.#name, { parent: context.span?.context, links, attributes: this.#spanAttributes });
    try {
      await next(batch, span ? { ...context, span } : context, (count) => (rejected += count));
    } catch (failure) {
      error = DeliveryError.from(failure);
    }
    this.#counters?.inFlight.add(-1);
    const failed = error === undefined ? 0 : Math.min(items, (error.remaining ?? batch).itemCount);
    rejected = Math.min(rejected, items - failed);
    const taken = items - failed - rejected;
    books.held(-items, 'push');
    if (taken > 0) books.out(taken);
    this.#counters?.sent.add(taken);
    if (failed + rejected > 0) this.#counters?.failed(error).add(failed + rejected);
    if (span) end(span, taken, failed + rejected, error);
    // The sender has been told that these were taken, and the backend does not want them again.
    if (rejected > 0) books.dropped(rejected, 'rejected_by_backend');
    if (error === undefined) return undefined;

    const reason = this.#drain.over.aborted ? 'shutdown' : error.reason;
    if (this.#answered) books.returned(failed, reason);
    else books.dropped(failed, reason);
    return error;
  }

  /** The chain gives items up that it had taken over; their sender has its answer already. */
  dropHeld(items: number, from: Place, reason: string): void {
    this.books.held(-items, from);
    this.#counters?.failed(undefined).add(items);
    if (this.#answered) this.books.returned(items, reason);
    else this.books.dropped(items, reason);
  }

  countNotEnqueued(items: number): void {
    this.#counters?.notEnqueued.add(items);
  }

  logDropping(error: DeliveryError, items: number): void {
    this.#logger.error(this.#hints.dropping, { error: error.message, dropped_items: items });
  }

  logRejecting(error: DeliveryError, items: number): void {
    this.#logger.error(this.#hints.rejecting, { error: error.message, rejected_items: items });
  }
}

function end(span: Span, taken: number, failed: number, error: DeliveryError | undefined): void {
  span.set({ 'items.sent': taken, 'items.failed': failed });
  if (error) span.fail(error.message);
  span.end();
}

/** The counter of what failed; at detailed level there is one for each kind of error. */
function failures(meter: Meter, signal: Signal, endpoint: Attributes): (error: DeliveryError | undefined) => Counter {
  const spec = sendFailed(signal);
  if (meter.level !== 'detailed') {
    const counter = meter.counter(spec, endpoint);
    return () => counter;
  }
  return (error) => {
    // What a backend rejected of a request that it took will be rejected again.
    const labels = error ? { 'error.type': errorType(error), 'error.permanent': error.class === 'permanent' } : rejectedByBackend;
    return meter.counter(spec, { ...endpoint, ...labels });
  };
}

const rejectedByBackend: Attributes = { 'error.type': '_OTHER', 'error.permanent': true };
