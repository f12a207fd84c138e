import type { Consumer, RequestContext } from '../../component/consumer.js';
import type { ByteShare } from '../../component/budget.js';
import type { PipelineContext } from '../../component/define.js';
import { DeliveryError } from '../../component/delivery-error.js';
import type { ComponentLedger } from '../../component/ledger.js';
import type { NoRoom, Room } from '../../component/reservation.js';
import { Acknowledged } from '../../delivery/acknowledged.js';
import { Accumulator, cutBytes, type BatchLimits, type Departure } from '../../delivery/accumulator.js';
import type { Drain } from '../../delivery/drain.js';
import { cancelled } from '../../delivery/send.js';
import { waitFor } from '../../delivery/wait.js';
import type { Batch } from '../../otlp/batch.js';
import { recordSent, type BatchSeries } from './telemetry.js';

/** Whole batches that may wait, the one being handed on included, before senders have to wait too. */
const backlog = 8;

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
  readonly #acknowledged: Acknowledged;
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
    const { context, next, drain, books } = parts;
    this.#accumulator = new Accumulator<undefined>(parts.limits, {
      clock: context.clock,
      leaves: (departure) => {
        this.#ready.push(departure);
        if (!this.#sending) void this.#sendAll();
      },
    });
    this.#acknowledged = new Acknowledged({
      ...{ context, next, drain, books, place: 'batch' },
      waiting: (items) => {
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

  /** Filling up a batch repeats a few bytes more than were reserved, and it is too late to refuse for them. */
  #correct(reserved: number, keptAlive: number): void {
    if (keptAlive !== reserved) this.#parts.budget.release(reserved - keptAlive);
  }

  #reportIdle(): void {
    if (!this.#sending && this.#accumulator.empty && this.#cutting.size === 0) this.#parts.idle();
  }

  async #sendAll(): Promise<void> {
    this.#sending = true;
    for (let departure = this.#ready[0]; departure; departure = this.#ready[0]) {
      const { batch, trigger } = departure;
      await this.#acknowledged.handOn(batch, this.outgoing, () => recordSent(this.#parts.series, batch, trigger));
      this.#failing = false;
      this.#ready.shift();
      this.#parts.budget.release(departure.keptAlive);
      this.#admit();
    }
    this.#sending = false;
    this.#reportIdle();
    this.#whenSent?.();
  }
}

function refusalOf(message: string, reason: string): DeliveryError {
  return new DeliveryError(message, { class: 'retryable', reason, local: true });
}
