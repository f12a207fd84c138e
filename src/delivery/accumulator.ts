import type { Clock } from '../component/clock.js';
import { resultInTurns } from '../component/turn.js';
import { Batch } from '../otlp/batch.js';
import { isLarge } from '../otlp/large.js';
import { merge } from '../otlp/parts/merge.js';
import { cuttingByCount } from '../otlp/parts/partition.js';
import { repeatedBytes } from '../otlp/parts/repeated.js';
import { splittingByBytes } from '../otlp/parts/split-by-bytes.js';
import { resultAtOnce, type InPieces } from '../otlp/work.js';
import type { QueueSizer } from './config.js';
import { sizeOf } from './size-of.js';

/** When waiting requests leave as a batch, and how large it may be. Sizes in units of the sizer. */
export interface BatchLimits {
  readonly sizer: QueueSizer;
  /** A batch leaves as soon as it has this size. */
  readonly minSize: number;
  /** No batch is larger: requests are cut, and what waits is filled up to this size; 0 never cuts. */
  readonly maxSize: number;
  readonly timeoutMs: number;
  /**
   * The start of the timeout: the first request that waits (`sending_queue`, docs/spec/core.md#sending-queue), or the
   * last batch that left, and then every `timeoutMs`, so that a request may wait less (the `batch` processor,
   * docs/spec/core.md#batch).
   */
  readonly timer: 'first-waiting' | 'last-departure';
}

/** The part that one source has in a batch; the parts lie in its bytes one after the other. */
export interface SourceShare<S> {
  readonly source: S;
  readonly items: number;
  readonly bytes: number;
}

export interface SharedBatch<S> {
  /** Owned by the receiver of this object, who releases it when it was delivered. */
  readonly batch: Batch;
  readonly shares: readonly SourceShare<S>[];
}

export interface Departure<S> extends SharedBatch<S> {
  /** Bytes that its pieces kept alive, as `add` returned them. */
  readonly keptAlive: number;
  readonly trigger: 'size' | 'timeout';
}

export interface AccumulatorParts<S> {
  readonly clock: Clock;
  /** One more batch will have items of `source`: called for each piece that begins to wait. */
  joins?(source: S): void;
  /** Items that no batch may have, because one alone is above `maxSize`. They do not wait. */
  tooLarge?(source: S, batch: Batch): void;
  leaves(departure: Departure<S>): void;
}

/** Requests that wait to leave together: cut, filled up and merged by `BatchLimits`. */
export class Accumulator<S> {
  readonly #limits: BatchLimits;
  readonly #parts: AccumulatorParts<S>;
  #pieces: Batch[] = [];
  #shares: SourceShare<S>[] = [];
  #size = 0;
  #lastDeparture: number;
  #stopTimer: (() => void) | undefined;

  constructor(limits: BatchLimits, parts: AccumulatorParts<S>) {
    this.#limits = limits;
    this.#parts = parts;
    this.#lastDeparture = parts.clock.now();
  }

  get empty(): boolean {
    return this.#pieces.length === 0;
  }

  /**
   * Makes the items of a borrowed batch its own, and lets every batch leave that is full. Returns the bytes that its
   * pieces keep alive. A large batch is cut in several turns of the event loop, and borrowed until then; requests that
   * come meanwhile join between its pieces.
   */
  add(batch: Batch, source: S): number | Promise<number> {
    const { sizer, maxSize } = this.#limits;
    // A profiles request has one dictionary for all: it neither merges nor splits.
    const alone = batch.signal === 'profiles';
    const size = sizeOf(batch, sizer);
    if (alone || maxSize === 0 || this.#size + size <= maxSize) {
      const keptAlive = this.#join(batch.own(), size, source, alone);
      this.#startTimer();
      return keptAlive;
    }
    const cutting = this.#cutting(batch, source);
    return isLarge(batch) ? resultInTurns(cutting) : resultAtOnce(cutting);
  }

  /** Lets everything leave that waits. */
  flush(trigger: Departure<S>['trigger']): void {
    const pieces = this.#pieces;
    if (pieces.length === 0) return;
    const shares = this.#shares;
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    this.#lastDeparture = this.#parts.clock.now();
    this.#pieces = [];
    this.#shares = [];
    this.#size = 0;
    const keptAlive = pieces.reduce((sum, piece) => sum + piece.keptAlive, 0);
    const batch = merge(pieces);
    if (pieces.length > 1) for (const piece of pieces) piece.release();
    this.#parts.leaves({ batch, shares, keptAlive, trigger });
  }

  /** Adds a batch in parts. */
  *#cutting(batch: Batch, source: S): InPieces<number> {
    const { sizer, maxSize } = this.#limits;
    const room = maxSize - this.#size;
    let keptAlive = 0;
    const join = (part: Batch, last: boolean): void => {
      // A part is a copy, which belongs to the batcher already.
      const own = part === batch ? batch.own() : part;
      keptAlive += this.#join(own, sizeOf(own, sizer), source, !last);
    };
    if (sizer === 'items') {
      const cut = yield* cuttingByCount(batch, room, maxSize);
      for (let i = 0; i < cut.count; i++) {
        join(cut.part(i), i === cut.count - 1);
        yield;
      }
    } else {
      const { parts, tooLarge } = yield* splittingByBytes(batch, room, maxSize);
      if (tooLarge) this.#parts.tooLarge?.(source, tooLarge);
      for (const [i, part] of parts.entries()) {
        join(part, i === parts.length - 1);
        yield;
      }
    }
    this.#startTimer();
    return keptAlive;
  }

  /** Adds a piece that is its own, behind those that wait; with `leaves` nothing waits any more then. */
  #join(piece: Batch, size: number, source: S, leaves: boolean): number {
    const { minSize, maxSize } = this.#limits;
    if (maxSize > 0 && this.#size + size > maxSize) this.flush('size');
    this.#pieces.push(piece);
    this.#shares.push({ source, items: piece.itemCount, bytes: piece.bytes.byteLength });
    this.#size += size;
    this.#parts.joins?.(source);
    if (leaves || this.#size >= minSize) this.flush('size');
    return piece.keptAlive;
  }

  #startTimer(): void {
    if (this.#stopTimer || this.empty) return;
    const { timer, timeoutMs } = this.#limits;
    const passed = timer === 'first-waiting' ? 0 : (this.#parts.clock.now() - this.#lastDeparture) % timeoutMs;
    this.#stopTimer = this.#parts.clock.after(timeoutMs - passed, () => this.flush('timeout'));
  }
}

/**
 * Bytes of memory, at most, that the parts of a request take beyond its own when it is cut by these limits; to be
 * reserved before it is. Filling up a batch may repeat once more what surrounds one item.
 */
export function cutBytes(batch: Batch, { sizer, maxSize }: Pick<BatchLimits, 'sizer' | 'maxSize'>): number {
  if (maxSize === 0 || sizer === 'requests' || batch.signal === 'profiles') return 0;
  if ((sizer === 'items' ? batch.itemCount : batch.bytes.length) <= maxSize) return 0;
  return repeatedBytes(batch, sizer, maxSize);
}

/** The items of each share as a batch of its own, over the bytes of the shared one. */
export function partsOf<S>({ batch, shares }: SharedBatch<S>): Batch[] {
  if (shares.length === 1) return [batch];
  let from = 0;
  return shares.map(({ items, bytes }) => {
    const to = from + bytes;
    const part = new Batch(batch.signal, batch.bytes.subarray(from, to), items);
    from = to;
    return part;
  });
}
