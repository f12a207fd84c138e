import type { Batch } from '../otlp/batch.js';
import { isLarge } from '../otlp/large.js';
import { resultAtOnce, type InPieces } from '../otlp/work.js';
import type { Consumer, RequestContext } from './consumer.js';
import { DeliveryError } from './delivery-error.js';
import { handOnMade } from './hand-on.js';
import type { ComponentLedger } from './ledger.js';
import type { NoRoom } from './reservation.js';
import { resultInTurns } from './turn.js';

/** A batch after a processor, and how it is booked. */
export interface Changed {
  /** The batch itself when nothing was changed; undefined when nothing is left of it. */
  readonly batch: Batch | undefined;
  /** Books the items of the original batch as received, and those that are gone with their reasons. */
  book(): void;
}

export interface Changing {
  readonly next: Consumer;
  readonly books: ComponentLedger;
  /** Which batches are changed in several turns. Default: those with many rows. */
  readonly isLarge?: (batch: Batch) => boolean;
  /**
   * Makes another batch of one, in pieces of work. `large`: others are changed between the pieces. A `DeliveryError`
   * that it throws refuses the whole batch, and is booked so.
   */
  change(batch: Batch, large: boolean, context: RequestContext): InPieces<Changed>;
  /** Hands on what was made of `batch`, and books how that ended, in place of `handOn` with the books. */
  handOn?(made: Batch, batch: Batch, context: RequestContext, to: Pick<Consumer, 'consume'>): Promise<void>;
}

/**
 * A processor that hands on what it makes of each batch. A large batch is changed in several turns of the event loop.
 * The batch made for a reservation is the one that is handed on later, and a batch that the next component refuses is
 * handed to it again as it is: no batch is changed twice.
 */
export function changing(parts: Changing): Required<Consumer> {
  return new ChangingConsumer(parts);
}

class ChangingConsumer implements Required<Consumer> {
  readonly #parts: Changing;
  /** Made for a reservation; `failed` when that has thrown, as `consume` will. */
  readonly #prepared: WeakMap<Batch, Changed | 'failed'> = new WeakMap();

  constructor(parts: Changing) {
    this.#parts = parts;
  }

  async consume(batch: Batch, context: RequestContext): Promise<void> {
    if (batch.itemCount === 0) return;
    const prepared = this.#prepared.get(batch);
    if (prepared !== undefined && prepared !== 'failed') return this.#handOver(batch, prepared, context, undefined);
    let changed: Changed;
    try {
      changed = this.#isLarge(batch)
        ? await resultInTurns(this.#parts.change(batch, true, context))
        : resultAtOnce(this.#parts.change(batch, false, context));
    } catch (thrown) {
      if (thrown instanceof DeliveryError) this.#refuse(batch, thrown);
      throw thrown;
    }
    return this.#handOver(batch, changed, context, undefined);
  }

  reserve(batch: Batch, context: RequestContext): ReturnType<Required<Consumer>['reserve']> {
    const { next } = this.#parts;
    if (batch.itemCount === 0 || !next.reserve) return undefined;
    let changed = this.#prepared.get(batch);
    if (changed === undefined && this.#isLarge(batch)) return this.#later(batch, context);
    try {
      changed ??= resultAtOnce(this.#parts.change(batch, false, context));
    } catch {
      changed = 'failed';
    }
    this.#prepared.set(batch, changed);
    if (changed === 'failed') return undefined;
    const made = changed;
    const answer = made.batch && next.reserve(made.batch, context);
    if (made.batch && !answer) return undefined;
    if (answer?.granted === false) {
      const { error, whenRoom } = answer;
      const refuse = (refusal: DeliveryError): void => {
        this.#refuse(batch, refusal);
        answer.refuse(refusal);
      };
      return { granted: false, error, whenRoom, refuse };
    }
    return {
      granted: true,
      consume: (same, from) => this.#handOver(same, made, from, answer),
      release: () => answer?.release(),
    };
  }

  #isLarge(batch: Batch): boolean {
    return (this.#parts.isLarge ?? isLarge)(batch);
  }

  /** Hands on what was made of a batch: to `room`, or to the next component when none was reserved. */
  async #handOver(
    batch: Batch,
    changed: Changed,
    context: RequestContext,
    room: Pick<Consumer, 'consume'> | undefined,
  ): Promise<void> {
    this.#prepared.delete(batch);
    changed.book();
    const made = changed.batch;
    if (!made) return;
    const to = room ?? this.#parts.next;
    if (this.#parts.handOn) await this.#parts.handOn(made, batch, context, to);
    else await handOnMade(made, context, to, this.#parts, batch.itemCount - made.itemCount);
    // It is memory of its own, which nothing reads any more. Refused items may be handed on again.
    if (made !== batch) made.release();
  }

  /** The room for a large batch is reserved once it has been changed. */
  #later(batch: Batch, context: RequestContext): NoRoom {
    const error = new DeliveryError('the batch is being processed', {
      class: 'retryable',
      reason: 'queue_full',
      local: true,
    });
    const whenRoom = (retry: () => void): (() => void) => {
      let waits = true;
      const prepared = (changed: Changed | 'failed' | undefined): void => {
        if (!waits || changed === undefined) return;
        this.#prepared.set(batch, changed);
        retry();
      };
      resultInTurns(whileWaiting(this.#parts.change(batch, true, context), () => waits)).then(prepared, () =>
        prepared('failed'),
      );
      return () => {
        waits = false;
      };
    };
    return { granted: false, error, whenRoom, refuse: (refusal) => this.#refuse(batch, refusal) };
  }

  /** None of the batch was handed on, whatever would have been left of it. */
  #refuse({ itemCount }: Batch, { reason }: DeliveryError): void {
    const { books } = this.#parts;
    books.in(itemCount);
    books.returned(itemCount, reason);
  }
}

/** Gives up when nobody waits for the result any more: the memory of the batch may be that of another one by then. */
function* whileWaiting<T>(work: InPieces<T>, waits: () => boolean): InPieces<T | undefined> {
  while (waits()) {
    const { done, value } = work.next();
    if (done === true) return value;
    yield;
  }
  return undefined;
}
