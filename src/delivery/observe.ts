import type { RequestContext } from '../component/consumer.js';
import type { SignalContext } from '../component/define.js';
import { DeliveryError } from '../component/delivery-error.js';
import type { ComponentLedger } from '../component/ledger.js';
import type { Attributes, Counter, Logger, Meter } from '../component/telemetry.js';
import type { SpanContext, Tracer } from '../component/tracer.js';
import type { Batch } from '../otlp/batch.js';
import type { Signal } from '../otlp/signal.js';
import type { Drain } from './drain.js';
import { errorType } from './error-type.js';
import { enqueueFailed, inFlight, sendFailed, sent } from './metrics.js';
import type { Rejected, Send } from './send.js';

/** Where items of a chain are held, for the ledger. */
export type HeldAt = 'queue' | 'stored' | 'batch' | 'push' | 'retry';

export interface ObserveOptions {
  readonly attributes: Attributes;
  readonly metrics: boolean;
  readonly retries: boolean;
  readonly queued: boolean;
  /** The sender waits for the outcome, so that failed items are returned to it, not dropped. */
  readonly senderWaits: boolean;
  /** Whether a failure leaves its items in the storage that the queue is kept in. */
  readonly keeps?: (error: DeliveryError) => boolean;
}

/**
 * The records of one delivery chain: counters, spans, log lines of failures, and its ledger, which balances after each
 * call.
 */
export class Observer {
  readonly books: ComponentLedger;
  readonly #logger: Logger;
  readonly #drain: Drain;
  readonly #senderWaits: boolean;
  readonly #keeps: (error: DeliveryError) => boolean;
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
    this.#senderWaits = options.senderWaits;
    this.#keeps = options.keeps ?? (() => false);
    const retryHint = options.retries
      ? ''
      : ' Try enabling retry_on_failure config option to retry on retryable errors.';
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

  /** Items change their place within the chain. */
  move(items: number, from: HeldAt, to: HeldAt): void {
    this.books.held(-items, from);
    this.books.held(items, to);
  }

  /**
   * Sends items that are held at `from` (undefined: nowhere yet) and books their outcome. Returns the error instead of
   * throwing it.
   */
  async send(
    next: Send,
    batch: Batch,
    context: RequestContext,
    from: HeldAt | undefined,
    links: readonly SpanContext[] = [],
  ): Promise<DeliveryError | undefined> {
    const items = batch.itemCount;
    if (from !== undefined) this.books.held(-items, from);
    this.books.held(items, 'push');
    this.#counters?.inFlight.add(1);
    const span = this.#tracer?.start(this.#name, {
      parent: context.span?.context,
      links,
      attributes: this.#spanAttributes,
    });
    let rejected = 0;
    /** Of these, by reasons of the pusher's own. */
    let givenUp: Map<string, number> | undefined;
    let error: DeliveryError | undefined;
    const reject: Rejected = (count, reason) => {
      rejected += count;
      if (reason !== undefined) (givenUp ??= new Map()).set(reason, (givenUp.get(reason) ?? 0) + count);
    };
    try {
      await next(batch, span ? { ...context, span } : context, reject);
    } catch (failure) {
      error = DeliveryError.from(failure);
    }
    this.#counters?.inFlight.add(-1);
    this.books.held(-items, 'push');
    const failed = error === undefined ? 0 : Math.min(items, (error.remaining ?? batch).itemCount);
    rejected = Math.min(rejected, items - failed);
    const accepted = items - failed - rejected;
    this.#bookOutcome(accepted, rejected, failed, error, givenUp);
    if (span) {
      span.set({ 'items.sent': accepted, 'items.failed': failed + rejected });
      if (error) span.fail(error.message);
      span.end();
    }
    return error;
  }

  /** Items that were stored before this process began. */
  restored(items: number): void {
    this.books.created(items);
    this.books.held(items, 'stored');
  }

  /** Items that were delivered stay in the storage beside others of their request, and will be sent again. */
  keptAgain(items: number): void {
    if (items > 0) this.restored(items);
  }

  /** The storage keeps items beyond the end of this chain. */
  leftStored(items: number): void {
    if (items === 0) return;
    this.books.held(-items, 'stored');
    this.books.returned(items, 'stored');
  }

  /** The chain drops items that it had accepted. */
  dropHeld(items: number, from: HeldAt, reason: string): void {
    this.books.held(-items, from);
    this.#counters?.failed(undefined).add(items);
    this.#bookFailed(items, reason);
  }

  /** The chain refuses items that it has not been handed. */
  refuse(items: number, error: DeliveryError): void {
    this.books.in(items);
    this.books.returned(items, error.reason);
    this.#counters?.failed(error).add(items);
    this.logRejecting(error, items);
  }

  countNotEnqueued(items: number): void {
    this.#counters?.notEnqueued.add(items);
  }

  logDropping(error: DeliveryError, items: number): void {
    this.#logger.error(this.#hints.dropping, { error: error.message, dropped_items: items });
  }

  logKeeping(error: DeliveryError, items: number): void {
    this.#logger.info('Exporting was interrupted. The data stays in the storage.', {
      error: error.message,
      kept_items: items,
    });
  }

  logRejecting(error: DeliveryError, items: number): void {
    this.#logger.error(this.#hints.rejecting, { error: error.message, rejected_items: items });
  }

  #bookOutcome(
    accepted: number,
    rejected: number,
    failed: number,
    error: DeliveryError | undefined,
    givenUp: ReadonlyMap<string, number> | undefined,
  ): void {
    if (accepted > 0) this.books.out(accepted);
    this.#counters?.sent.add(accepted);
    const isKept = error !== undefined && this.#keeps(error);
    const given = isKept ? rejected : failed + rejected;
    if (given > 0) this.#counters?.failed(error).add(given);
    let byBackend = rejected;
    for (const [reason, items] of givenUp ?? []) {
      const booked = Math.min(items, byBackend);
      this.books.dropped(booked, reason);
      byBackend -= booked;
    }
    // The backend accepted their request, so that no sender sends them again, and the backend does not want them again.
    if (byBackend > 0) this.books.dropped(byBackend, 'rejected_by_backend');
    if (isKept) this.books.held(failed, 'stored');
    else if (error) this.#bookFailed(failed, this.#drain.over.aborted ? 'shutdown' : error.reason);
  }

  #bookFailed(items: number, reason: string): void {
    if (this.#senderWaits) this.books.returned(items, reason);
    else this.books.dropped(items, reason);
  }
}

/** The counter of failed items; at detailed level there is one for each kind of error. */
function failures(meter: Meter, signal: Signal, endpoint: Attributes): (error: DeliveryError | undefined) => Counter {
  const spec = sendFailed(signal);
  if (meter.level !== 'detailed') {
    const counter = meter.counter(spec, endpoint);
    return () => counter;
  }
  return (error) => {
    // Items that a backend rejected from a request that it accepted would be rejected again.
    const labels = error
      ? { 'error.type': errorType(error), 'error.permanent': error.class === 'permanent' }
      : rejectedByBackend;
    return meter.counter(spec, { ...endpoint, ...labels });
  };
}

const rejectedByBackend: Attributes = { 'error.type': '_OTHER', 'error.permanent': true };
