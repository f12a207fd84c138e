import type { Clock } from '../../component/clock.js';
import type { Consumer, RequestContext } from '../../component/consumer.js';
import { DeliveryError, failureOf, type Failure } from '../../component/delivery-error.js';
import { handOn } from '../../component/hand-on.js';
import type { ComponentLedger } from '../../component/ledger.js';
import type { NoRoom, Room } from '../../component/reservation.js';
import { allOrNone } from '../../delivery/all-or-none.js';
import type { Batch } from '../../otlp/batch.js';
import { releaseGroups, type Group, type Routed } from './groups.js';

export interface GroupParts {
  readonly targets: readonly Consumer[];
  readonly books: ComponentLedger;
  readonly clock: Clock;
}

/** Room for all groups of a batch. */
interface GroupRooms {
  readonly granted: true;
  readonly rooms: readonly (Room | undefined)[];
}

/** Hands the groups of batches to their pipelines: all of them have reserved room, or none is handed anything. */
export class RouteGroups {
  readonly #parts: GroupParts;

  constructor(parts: GroupParts) {
    this.#parts = parts;
  }

  /** Room at all pipelines; undefined when there is nothing to reserve. */
  reserve({ groups }: Routed, context: RequestContext): GroupRooms | NoRoom | undefined {
    const rooms: (Room | undefined)[] = [];
    let any = false;
    for (const { target, batch } of groups) {
      const answer = this.#targetOf(target).reserve?.(batch, context);
      if (answer?.granted === false) {
        releaseRooms(rooms);
        return answer;
      }
      any ||= answer !== undefined;
      rooms.push(answer);
    }
    return any ? { granted: true, rooms } : undefined;
  }

  /** Hands on groups without room, which is reserved first. Their items are in the books. */
  async send(routed: Routed, context: RequestContext): Promise<void> {
    let isHandedOn = false;
    const deliver = (room: GroupRooms | undefined): Promise<void> => {
      isHandedOn = true;
      return this.deliver(routed, context, room?.rooms);
    };
    try {
      await allOrNone(() => this.reserve(routed, context), deliver, context, this.#parts.clock);
    } catch (error) {
      if (isHandedOn) throw error;
      const refusal = DeliveryError.from(error);
      this.#parts.books.returned(itemsOf(routed.groups), refusal.reason);
      releaseGroups(routed);
      throw refusal;
    }
  }

  /** Hands each group to its pipelines, all at once. */
  async deliver(
    routed: Routed,
    context: RequestContext,
    rooms: readonly (Room | undefined)[] | undefined,
  ): Promise<void> {
    const { books } = this.#parts;
    const failures: Failure[] = [];
    const sending = routed.groups.map(async ({ target, batch }, i) => {
      try {
        await handOn(batch, context, rooms?.[i] ?? this.#targetOf(target), books);
      } catch (thrown) {
        failures.push(failureOf(thrown, batch, (rest, later) => this.#again(target, rest, later)));
        return;
      }
      // A group that failed may be handed on again.
      if (batch !== routed.batch) batch.release();
    });
    await Promise.all(sending);
    if (failures.length > 0) throw routed.isPlain ? ofParts(failures, routed) : ofWhole(failures, routed);
  }

  async #again(target: number, rest: Batch, context: RequestContext): Promise<void> {
    this.#parts.books.in(rest.itemCount);
    await handOn(rest, context, this.#targetOf(target), this.#parts.books);
  }

  #targetOf(target: number): Consumer {
    const consumer = this.#parts.targets[target];
    if (!consumer) throw new RangeError(`there is no target ${target}`);
    return consumer;
  }
}

/** The remaining items are those that the pipelines refused: routed again, they come to them. */
function ofParts(failures: readonly Failure[], { dropped }: Routed): DeliveryError {
  return DeliveryError.join(failures, 'any-retryable', -dropped);
}

/**
 * Of copies and of what was changed the sender's items cannot be named: all remain, and a caller that resumes hands the
 * pipelines what they refused.
 */
function ofWhole(failures: readonly Failure[], { groups }: Routed): DeliveryError {
  const resumable = failures.map((failure): Failure => {
    const { error, remaining, again } = failure;
    const [rest] = remaining;
    if (error.resume || !again || !rest) return failure;
    return { ...failure, error: error.resumedBy((later) => again(rest, later), 0) };
  });
  const joined = DeliveryError.join(resumable, 'any-retryable');
  const left = joined.remaining?.itemCount ?? 0;
  const delivered = itemsOf(groups) - left + joined.delivered;
  return new DeliveryError(joined.message, { ...joined, remaining: undefined, delivered, cause: joined });
}

export function itemsOf(groups: readonly Group[]): number {
  return groups.reduce((sum, { batch }) => sum + batch.itemCount, 0);
}

export function releaseRooms(rooms: readonly (Room | undefined)[]): void {
  for (const room of rooms) room?.release();
}
