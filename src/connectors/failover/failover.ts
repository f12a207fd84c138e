import type { Clock } from '../../component/clock.js';
import type { Consumer, RequestContext } from '../../component/consumer.js';
import { deliveredOf, DeliveryError } from '../../component/delivery-error.js';
import { handOn } from '../../component/hand-on.js';
import type { ComponentLedger } from '../../component/ledger.js';
import type { NoRoom, Reserved, Room } from '../../component/reservation.js';
import { isOfBackend } from '../../delivery/of-backend.js';
import type { Batch } from '../../otlp/batch.js';
import { allRefused, levelsDown } from './errors.js';
import type { Levels } from './levels.js';

/** A level without room, which did not take a batch for that reason. */
interface Passed {
  readonly level: number;
  readonly answer: NoRoom;
}

/** The state of the levels in this turn, found before a batch was handed on. */
interface Found {
  readonly passed: readonly Passed[];
  /** The level that is to get the batch, with the room that it has reserved. */
  readonly at: { readonly level: number; readonly room: Room | undefined } | undefined;
}

const nothing: Found = { passed: [], at: undefined };

/** Levels that took a part of a batch: how the rest of their branches get what remains. */
type Resumes = Map<number, { readonly rest: Batch; readonly resume: NonNullable<DeliveryError['resume']> }>;

export interface FailoverParts {
  readonly levels: Levels;
  /** The levels, the best first. */
  readonly consumers: readonly Consumer[];
  readonly clock: Clock;
  /** Undefined when a queue before it books. */
  readonly books: ComponentLedger | undefined;
}

/**
 * Hands each batch to the current level, and what that does not take to the levels below, one after the other. No item
 * that a level has taken is handed to another one.
 */
export class Failover implements Consumer {
  readonly #levels: Levels;
  readonly #consumers: readonly Consumer[];
  readonly #clock: Clock;
  readonly #books: ComponentLedger | undefined;

  constructor({ levels, consumers, clock, books }: FailoverParts) {
    this.#levels = levels;
    this.#consumers = consumers;
    this.#clock = clock;
    this.#books = books;
  }

  consume(batch: Batch, context: RequestContext): Promise<void> {
    return this.#enter(batch, context, nothing, new Map());
  }

  /**
   * Room at the first level that has some. A level that would refuse is passed over, as when it is handed the batch;
   * where it would wait, the sender waits.
   */
  reserve(batch: Batch, context: RequestContext): Reserved {
    const way = this.#levels.peek();
    const passed: Passed[] = [];
    for (let level = way.from; level < this.#consumers.length; level = this.#levels.after(level, way)) {
      const answer = this.#consumers[level]?.reserve?.(batch, context);
      if (answer === undefined && passed.length === 0) return undefined;
      if (answer === undefined || answer.granted)
        return {
          granted: true,
          consume: (same, from) => this.#enter(same, from, { passed, at: { level, room: answer } }, new Map()),
          release: () => answer?.release(),
        };
      if (answer.whenRoom)
        return {
          granted: false,
          error: answer.error,
          whenRoom: answer.whenRoom,
          refuse: (error) => {
            this.#refuse(batch, error, passed);
            answer.refuse(error);
          },
        };
      passed.push({ level, answer });
    }
    const error =
      passed.length === 0 ? levelsDown(this.#levels.untilProbe) : allRefused(passed.map(({ answer }) => answer.error));
    return { granted: false, error, refuse: (refusal) => this.#refuse(batch, refusal, passed) };
  }

  #enter(batch: Batch, context: RequestContext, found: Found, resumes: Resumes): Promise<void> {
    const next = { consume: (same: Batch, from: RequestContext) => this.#handOn(same, from, found, resumes) };
    if (!this.#books) return next.consume(batch, context);
    this.#books.in(batch.itemCount);
    return handOn(batch, context, next, this.#books);
  }

  async #handOn(batch: Batch, context: RequestContext, { passed, at }: Found, resumes: Resumes): Promise<void> {
    const levels = this.#levels;
    const way = levels.begin();
    const errors = passed.map(({ answer }) => answer.error);
    this.#pass(passed);
    let rest = batch;
    try {
      for (let level = at?.level ?? way.from; level < this.#consumers.length; level = levels.after(level, way)) {
        const before = resumes.get(level);
        const resume = before?.rest === rest ? before.resume : undefined;
        resumes.delete(level);
        const to = (at?.level === level ? at.room : undefined) ?? this.#consumers[level];
        const error = await failureOf(() => (resume ? resume(context) : to?.consume(rest, context)));
        if (!error) return levels.accepted(level, way);
        errors.push(error);
        const isPart = deliveredOf(error, rest.itemCount) !== 0;
        // Where nothing was taken, what remains may be what a processor of the level has made of it.
        if (isPart) rest = error.remaining ?? rest;
        if (error.resume && (isPart || resume)) resumes.set(level, { rest, resume: error.resume });
        if (this.#isGivenUp(context)) {
          levels.givenUp(level, error);
          break;
        }
        if (isOfBackend(error)) levels.failed(level, error);
      }
    } finally {
      levels.end(way);
    }
    if (errors.length === 0) throw levelsDown(levels.untilProbe);
    throw allRefused(errors, {
      remaining: rest === batch ? undefined : rest,
      // Where no level took a part, to hand it in again does the same.
      resume: resumes.size === 0 ? undefined : (later) => this.#enter(rest, later, nothing, new Map(resumes)),
    });
  }

  #refuse({ itemCount }: Batch, error: DeliveryError, passed: readonly Passed[]): void {
    this.#books?.in(itemCount);
    this.#books?.returned(itemCount, error.reason);
    this.#pass(passed);
  }

  /** Levels without room have failed, and book that they did not take the batch. */
  #pass(passed: readonly Passed[]): void {
    for (const { level, answer } of passed) {
      answer.refuse(answer.error);
      this.#levels.failed(level, answer.error);
    }
  }

  /** Its sender no longer waits, so that no level is to blame, and none is to be tried. */
  #isGivenUp({ signal, deadline }: RequestContext): boolean {
    return signal?.aborted === true || (deadline !== undefined && deadline <= this.#clock.now());
  }
}

/** The error that `run` ends with; undefined when it succeeds. Calls it at once: room is for this turn. */
async function failureOf(run: () => Promise<void> | undefined): Promise<DeliveryError | undefined> {
  try {
    await run();
    return undefined;
  } catch (failure) {
    return DeliveryError.from(failure);
  }
}
