import type { Batch } from '../otlp/batch.js';
import type { RequestContext } from './consumer.js';
import type { DeliveryError } from './delivery-error.js';

/**
 * Room that a consumer keeps for one batch. One of its two methods is called, once, in the turn of the event loop in
 * which the room was reserved: whoever waits holds no room, so that no two requests wait for each other.
 */
export interface Room {
  readonly granted: true;
  /** As `Consumer.consume`, with the batch that the room was reserved for: it is not refused for lack of room. */
  consume(batch: Batch, context: RequestContext): Promise<void>;
  /** Gives the room back. Nobody who waits for room is woken: nothing has changed for them. */
  release(): void;
}

/** A consumer has no room for a batch. */
export interface NoRoom {
  readonly granted: false;
  /** The error with which `consume` would reject. */
  readonly error: DeliveryError;
  /**
   * Set where senders wait for room instead of being refused: calls `retry` once, when there may be room, and within
   * that call the room is kept for a reservation. The returned function stops waiting.
   */
  readonly whenRoom?: ((retry: () => void) => () => void) | undefined;
  /**
   * Books the refusal of the batch with `error` as `consume` would have booked it. Called at most once, and only when
   * the request is refused because of this consumer.
   */
  refuse(error: DeliveryError): void;
}

/** Undefined: there is nothing to reserve, and `consume` may still refuse. */
export type Reserved = Room | NoRoom | undefined;

/**
 * The answer of a step that hands the batch on to `next` as it is: what `next` answered, with the step's own work
 * before it. `refuse` books a refusal of `next` in the step's books.
 */
export function passing(
  next: Reserved,
  consume: (batch: Batch, context: RequestContext, to: Pick<Room, 'consume'>) => Promise<void>,
  refuse: (error: DeliveryError) => void,
): Reserved {
  if (next === undefined) return undefined;
  if (next.granted)
    return {
      granted: true,
      consume: (batch, context) => consume(batch, context, next),
      release: () => next.release(),
    };
  return {
    granted: false,
    error: next.error,
    whenRoom: next.whenRoom,
    refuse: (error) => {
      refuse(error);
      next.refuse(error);
    },
  };
}
