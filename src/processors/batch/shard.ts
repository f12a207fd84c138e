import type { Consumer, RequestContext } from '../../component/consumer.js';
import type { ByteShare } from '../../component/budget.js';
import type { PipelineContext } from '../../component/define.js';
import { DeliveryError } from '../../component/delivery-error.js';
import type { ComponentLedger } from '../../component/ledger.js';
import type { NoRoom, Room } from '../../component/reservation.js';
import { Accumulator, cutBytes, type BatchLimits, type Departure } from '../../delivery/accumulator.js';
import type { RetryConfig } from '../../delivery/config.js';
import type { Drain } from '../../delivery/drain.js';
import { retried } from '../../delivery/retry.js';
import { cancelled, type Send } from '../../delivery/send.js';
import { waitFor } from '../../delivery/wait.js';
import type { Batch } from '../../otlp/batch.js';
import { recordSent, type BatchSeries } from './telemetry.js';

/** Whole batches that may wait, the one being handed on included, before senders have to wait too. */
const backlog = 8;

/**
 * The data has been acknowledged, so a batch that the next component refuses for now is offered again instead of being
 * dropped.
 */
const retry: RetryConfig = {
  enabled: true,
  initial_interval: 1000,
  randomization_factor: 0.5,
  multiplier: 1.5,
  max_interval: 30_000,
  max_elapsed_time: 300_000,
};

export interface ShardParts {
  readonly limits: BatchLimits;
  readonly context: PipelineContext;
  /** The memory of requests that wait here. */
  readonly budget: ByteShare;
  readonly next: Consumer;
  readonly drain: Drain;
  readonly books: ComponentLedger;
  readonly series: BatchSeries;
  /** The context that its batches are handed on with. */
  readonly outgoing: RequestContext;
  /** Called when nothing is left in it. */
  idle(): void;
}

/**
 * The requests with the same values of the metadata keys: batched together, and handed on one batch after the other.
 */
export class Shard {
  readonly outgoing: RequestContext;
  readonly #parts: ShardParts;
  readonly #send: Send;
  readonly #accumulator: Accumulator<undefined>;
  readonly #ready: Departure<undefined>[] = [];
  /** Senders that wait for room, in order of arrival; each call accepts the request or refuses it. */
  readonly #waiting: Set<() => void> = new Set();
  /** Large requests that are being cut. */
  readonly #cutting: Set<Promise<number>> = new Set();
  #sending = false;
  /** The next component refused the batch being handed on, which waits to be offered again. */
  #failing = false;
  #whenSent: (() => void) | undefined;

  constructor(parts: ShardParts) {
    this.#parts = parts;
    this.outgoing = parts.outgoing;
    const { clock, random, logger } = parts.context;
    this.#accumulator = new Accumulator<undefined>(parts.limits, {
      clock,
      leaves: (departure) => {
        this.#ready.push(departure);
        if (!this.#sending) void this.#sendAll();
      },
    });
    this.#send = retried((batch, context) => parts.next.consume(batch, context), retry, {
      clock,
      random,
      logger,
      drain: parts.drain,
      waiting: (items) => {
        parts.books.held(-items, 'batch');
        parts.books.held(items, 'retry');
        if (items < 0) return;
        this.#failing = true;
        this.#admit();
      },
    });
  }

  /**
   * Takes over a request, after waiting while enough batches wait already. Rejects when the next component refuses data
   * meanwhile, when no memory is left, or when the sender's deadline passes or it leaves.
   */
  async add(batch: Batch, { deadline, signal }: RequestContext): Promise<void> {
    let accepted: DeliveryError | Promise<void> | undefined;
    if (this.#mustWait) {
      const end = await waitFor<DeliveryError | Promise<void> | undefined>(
        { clock: this.#parts.context.clock, deadline, signal },
        (decided) => {
          const admit = (): void => decided(this.#accept(batch));
          this.#waiting.add(admit);
          return () => this.#waiting.delete(admit);
        },
      );
      if (end.by !== 'event') throw cancelled(end.by);
      accepted = end.value;
    } else accepted = this.#accept(batch);
    if (accepted instanceof DeliveryError) throw accepted;
    if (accepted) await accepted;
  }

  /** Reserves the memory of a request; `refuse` books that it is refused. */
  reserve(batch: Batch, refuse: NoRoom['refuse']): Room | NoRoom {
    if (this.#mustWait) {
      const whenRoom = (retry: () => void): (() => void) => {
        this.#waiting.add(retry);
        return () => this.#waiting.delete(retry);
      };
      return { granted: false, error: refusalOf('batch processor is full', 'queue_full'), whenRoom, refuse };
    }
    const reserved = this.#bytesOf(batch);
    const error = this.#reserve(reserved);
    if (error) return { granted: false, error, refuse };
    return {
      granted: true,
      consume: (same) => this.#take(same, reserved) ?? Promise.resolve(),
      release: () => this.#parts.budget.withdraw(reserved),
    };
  }

  /** Hands on everything, or gives up when the drain is over. */
  async shutdown(): Promise<void> {
    this.#admit();
    await Promise.all(this.#cutting);
    this.#accumulator.flush('timeout');
    if (this.#sending) await new Promise<void>((resolve) => (this.#whenSent = resolve));
  }

  get #full(): boolean {
    return this.#ready.length >= backlog;
  }

  get #mustWait(): boolean {
    return this.#full && !this.#failing && !this.#parts.drain.begun;
  }

  #admit(): void {
    for (const admit of this.#waiting) {
      if (this.#mustWait) return;
      admit();
    }
  }

  #accept(batch: Batch): DeliveryError | Promise<void> | undefined {
    const reserved = this.#bytesOf(batch);
    return this.#reserve(reserved) ?? this.#take(batch, reserved);
  }

  /** Bytes of memory that a request takes, in parts where it is cut. */
  #bytesOf(batch: Batch): number {
    return batch.ownSize + cutBytes(batch, this.#parts.limits);
  }

  #reserve(bytes: number): DeliveryError | undefined {
    const { drain, budget } = this.#parts;
    if (drain.begun) return refusalOf('batch processor is stopped', 'shutdown');
    if (this.#full || !budget.tryReserve(bytes)) return refusalOf('batch processor is full', 'queue_full');
    return undefined;
  }

  /** Returns undefined, or for a batch that is cut in several turns a promise of their end. */
  #take(batch: Batch, reserved: number): Promise<void> | undefined {
    const { books } = this.#parts;
    books.in(batch.itemCount);
    books.held(batch.itemCount, 'batch');
    const adding = this.#accumulator.add(batch, undefined);
    if (typeof adding !== 'number') return this.#whileCutting(adding, reserved);
    this.#correct(reserved, adding);
    return undefined;
  }

  async #whileCutting(adding: Promise<number>, reserved: number): Promise<void> {
    this.#cutting.add(adding);
    try {
      this.#correct(reserved, await adding);
    } finally {
      this.#cutting.delete(adding);
      this.#reportIdle();
    }
  }

  /** What filling up a batch repeats is few bytes more than was reserved, and it is too late to refuse for them. */
  #correct(reserved: number, keptAlive: number): void {
    if (keptAlive !== reserved) this.#parts.budget.release(reserved - keptAlive);
  }

  #reportIdle(): void {
    if (!this.#sending && this.#accumulator.empty && this.#cutting.size === 0) this.#parts.idle();
  }

  async #sendAll(): Promise<void> {
    this.#sending = true;
    for (let departure = this.#ready[0]; departure; departure = this.#ready[0]) {
      await this.#sendOne(departure);
      this.#ready.shift();
      this.#parts.budget.release(departure.keptAlive);
      this.#admit();
    }
    this.#sending = false;
    this.#reportIdle();
    this.#whenSent?.();
  }

  async #sendOne({ batch, trigger }: Departure<undefined>): Promise<void> {
    const { books, series, context, drain } = this.#parts;
    const items = batch.itemCount;
    let left = 0;
    try {
      if (drain.over.aborted) throw refusalOf('interrupted due to shutdown', 'shutdown');
      // An exporter without a queue ends its attempt with the drain too.
      await this.#send(batch, { ...this.outgoing, signal: drain.over }, () => {});
      recordSent(series, batch, trigger);
      batch.release();
    } catch (failure) {
      const error = DeliveryError.from(failure);
      left = (error.remaining ?? batch).itemCount;
      books.dropped(left, drain.over.aborted ? 'shutdown' : error.reason);
      context.logger.warn('Sender failed', { error: error.message, dropped_items: left });
    }
    this.#failing = false;
    books.held(-items, 'batch');
    if (left < items) books.out(items - left);
  }
}

function refusalOf(message: string, reason: string): DeliveryError {
  return new DeliveryError(message, { class: 'retryable', reason, local: true });
}
