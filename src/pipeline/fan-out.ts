import type { Clock } from '../component/clock.js';
import type { Consumer, RequestContext } from '../component/consumer.js';
import { deliveredOf, DeliveryError, failureOf, type Failure } from '../component/delivery-error.js';
import type { Reserved, Room } from '../component/reservation.js';
import { allOrNone } from '../delivery/all-or-none.js';
import type { Batch } from '../otlp/batch.js';

/** A consumer that stands for several. A single one stands for itself. */
export function fanOut(consumers: readonly Consumer[], clock: Clock): Consumer {
  const [only] = consumers;
  if (only !== undefined && consumers.length === 1) return only;
  return new FanOut(consumers, clock);
}

/** The reserved room of each consumer; undefined for those that reserve none. */
type Rooms = readonly (Room | undefined)[];

/**
 * Hands each batch to several consumers, once there is room at all that can reserve it: without room at one of them
 * none is handed the batch, so that a sender that repeats it delivers nothing twice. The others are called one after
 * the other, each even if an earlier one failed (docs/spec/core.md#graph); the joined error can resume those that
 * failed, with what they did not take.
 */
class FanOut implements Consumer {
  readonly #consumers: readonly Consumer[];
  readonly #clock: Clock;
  readonly #reserves: boolean;

  constructor(consumers: readonly Consumer[], clock: Clock) {
    this.#consumers = consumers;
    this.#clock = clock;
    this.#reserves = consumers.some((consumer) => consumer.reserve !== undefined);
  }

  consume(batch: Batch, context: RequestContext): Promise<void> {
    if (!this.#reserves) return this.#handOn(batch, context, undefined);
    return allOrNone(
      () => this.reserve(batch, context),
      (room) => (room ? room.consume(batch, context) : this.#handOn(batch, context, undefined)),
      context,
      this.#clock,
    );
  }

  reserve(batch: Batch, context: RequestContext): Reserved {
    const rooms: (Room | undefined)[] = [];
    let any = false;
    for (const consumer of this.#consumers) {
      const answer = consumer.reserve?.(batch, context);
      if (answer?.granted === false) {
        release(rooms);
        return answer;
      }
      any ||= answer !== undefined;
      rooms.push(answer);
    }
    if (!any) return undefined;
    return {
      granted: true,
      consume: (same, from) => this.#handOn(same, from, rooms),
      release: () => release(rooms),
    };
  }

  async #handOn(batch: Batch, context: RequestContext, rooms: Rooms | undefined): Promise<void> {
    /** By consumer. */
    const failures: (Failure | undefined)[] = [];
    let running: Promise<void>[] | undefined;
    // Room is for this turn, so that these come first, and do not wait for each other.
    if (rooms)
      for (const [i, room] of rooms.entries())
        if (room) (running ??= []).push(this.#one(i, room, batch, context, failures));
    for (const [i, consumer] of this.#consumers.entries())
      if (!rooms?.[i]) await this.#one(i, consumer, batch, context, failures);
    if (running) await Promise.all(running);
    if (failures.length > 0) throw this.#joined(batch, failures);
  }

  /** Never rejects. */
  async #one(
    i: number,
    to: Pick<Consumer, 'consume'>,
    batch: Batch,
    context: RequestContext,
    failures: (Failure | undefined)[],
  ): Promise<void> {
    try {
      await to.consume(batch, context);
    } catch (error) {
      failures[i] = failureOf(error, batch, (rest, later) => this.#again(i, rest, later));
    }
  }

  async #again(i: number, rest: Batch, context: RequestContext): Promise<void> {
    await this.#consumers[i]?.consume(rest, context);
  }

  #joined({ itemCount }: Batch, failures: readonly (Failure | undefined)[]): DeliveryError {
    const failed = failures.filter((failure) => failure !== undefined);
    let delivered = (this.#consumers.length - failed.length) * itemCount;
    // `join` adds the deliveries that the errors name.
    for (const { error } of failed) delivered += deliveredOf(error, itemCount) - error.delivered;
    return DeliveryError.join(failed, 'any-permanent', delivered);
  }
}

function release(rooms: Rooms): void {
  for (const room of rooms) room?.release();
}
