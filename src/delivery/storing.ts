import type { Clock } from '../component/clock.js';
import type { RequestContext } from '../component/consumer.js';
import { DeliveryError } from '../component/delivery-error.js';
import { resultInTurns } from '../component/turn.js';
import type { Batch } from '../otlp/batch.js';
import { isLarge } from '../otlp/large.js';
import { partition, partitioning } from '../otlp/parts/partition.js';
import type { InPieces } from '../otlp/work.js';
import type { Drain } from './drain.js';
import { cancelled } from './send.js';
import { WaitingSenders, type SenderPlace } from './waiting-senders.js';

/** A walk over a batch that stores its items as room is found for them. */
export interface StoringWalk {
  /**
   * Goes on for `most` items: to the end, to a place to pause, or to an item for which there is no room. When it is
   * `full`, room for it can be made; otherwise it comes in time.
   */
  next(most: number): 'done' | 'pause' | 'full' | 'too many resources';
  /** Items that were dealt with. */
  readonly passed: number;
  /**
   * By item: 0 for one that is not stored, because it was not dealt with, or should go on at once. Undefined when there
   * is none.
   */
  remaining(): Int32Array | undefined;
}

/** The items that are not stored. After a failure these are its `remaining`; without one they should go on at once. */
export interface Taken {
  readonly rest?: Batch | undefined;
  readonly failure?: DeliveryError;
}

export interface StoringParts {
  readonly clock: Clock;
  readonly drain: Drain;
  /** The component that stores the items, for refusals. */
  readonly component: string;
  /** Items that are stored in one piece of work: some milliseconds. */
  readonly itemsAtOnce: number;
  /** How long a sender waits for room at most, milliseconds. */
  readonly longestWait: number;
  /** Makes some room; false when it has to be waited for. */
  makeRoom(): boolean;
  /** A piece of a batch was stored. */
  stored?(): void;
}

/** Stores the items of batches in turns of the event loop; senders wait for room where none can be made. */
export class Storing {
  readonly #parts: StoringParts;
  readonly #senders: WaitingSenders = new WaitingSenders();
  /** Those whose resources find no room hold up no others, who may have some that are there. */
  readonly #aside: WaitingSenders = new WaitingSenders();

  constructor(parts: StoringParts) {
    this.#parts = parts;
    parts.drain.onBegin(() => {
      this.#senders.wakeAll();
      this.#aside.wakeAll();
    });
  }

  /** There may be room for those that wait. */
  roomMade(): void {
    this.#senders.roomMade();
  }

  /** There may be room for the resources of those that wait. */
  resourcesForgotten(): void {
    this.#aside.roomMade();
  }

  /** Stores a batch. Never rejects. `longestWait` replaces the usual one. */
  async store(
    batch: Batch,
    walk: StoringWalk,
    context: RequestContext,
    longestWait: number = this.#parts.longestWait,
  ): Promise<Taken> {
    let failure: DeliveryError | undefined;
    try {
      await this.#store(walk, context, longestWait);
    } catch (error) {
      failure = DeliveryError.from(error);
    }
    const partOf = walk.remaining();
    if (!partOf) return {};
    const parts = isLarge(batch) ? await resultInTurns(partitioning(batch, partOf, 1)) : partition(batch, partOf, 1);
    const [rest] = parts;
    if (!failure || !rest) return { rest };
    const { message, class: kind, reason, status, local } = failure;
    return { rest, failure: new DeliveryError(message, { class: kind, reason, status, local, remaining: rest }) };
  }

  async #store(walk: StoringWalk, context: RequestContext, longestWait: number): Promise<void> {
    const { clock } = this.#parts;
    // No batch overtakes those that wait.
    let place = this.#senders.isEmpty ? undefined : this.#senders.join(clock.now());
    try {
      for (;;) {
        if (place) await this.#wait(place, context, longestWait);
        const work = this.#pieces(walk);
        const { passed } = walk;
        // Most batches are one piece.
        const { done, value } = work.next();
        if (place && walk.passed > passed) {
          // It goes on beside the next one, and stands behind all others when it wants more.
          place.leave();
          place = undefined;
        }
        const end = done === true ? value : await resultInTurns(work);
        if (end === 'done') return;
        const line = end === 'full' ? this.#senders : this.#aside;
        if (place?.line === line) continue;
        place?.leave();
        place = line.join(clock.now());
      }
    } finally {
      place?.leave();
    }
  }

  /** Stores what there is room for, or can be made at once; the result says what the rest has to wait for. */
  *#pieces(walk: StoringWalk): InPieces<'done' | 'full' | 'too many resources'> {
    const { drain, component, itemsAtOnce } = this.#parts;
    for (;;) {
      if (drain.begun) throw refusal(`${component} is stopped`, 'shutdown');
      const progress = walk.next(itemsAtOnce);
      this.#parts.stored?.();
      if (progress === 'done' || progress === 'too many resources') return progress;
      if (progress === 'full' && !this.#parts.makeRoom()) return progress;
      yield;
    }
  }

  async #wait(place: SenderPlace, context: RequestContext, longestWait: number): Promise<void> {
    const { clock, drain } = this.#parts;
    if (drain.begun) return;
    const { deadline = Infinity, signal } = context;
    const patience = place.since + longestWait;
    const end = await place.wait({ clock, deadline: Math.min(deadline, patience), signal, drain });
    if (end.by === 'deadline' && patience < deadline) throw refusal('no room for more waiting items', 'pending_full');
    if (end.by !== 'event') throw cancelled(end.by);
  }
}

function refusal(message: string, reason: string): DeliveryError {
  return new DeliveryError(message, { class: 'retryable', reason, local: true });
}
