import type { Batch } from '../otlp/batch.js';
import type { CancelSignal } from './cancellation.js';
import type { PartialListener, RequestContext } from './consumer.js';
import type { Lifecycle } from './lifecycle.js';
import type { NoRoom } from './reservation.js';
import type { Span } from './tracer.js';

/** One attempt to push: its limits and the context of the batch. */
export interface Attempt {
  /**
   * Cancelled at the attempt's timeout, when the sender of an unqueued request leaves, or at the end of a drain;
   * `cancelledBy` is the reason. `abortSignal` makes an `AbortSignal` of it.
   */
  readonly signal: CancelSignal;
  /** End of this attempt in `Clock.now()` milliseconds; undefined when `timeout` is 0 and the sender set none. */
  readonly deadline: number | undefined;
  readonly metadata: ReadonlyMap<string, readonly string[]>;
  /** The attributes that a server authenticator found for the sender. */
  readonly auth?: ReadonlyMap<string, unknown> | undefined;
  /** The span of own telemetry that this attempt is part of, while tracing is on. */
  readonly span?: Span | undefined;
  /**
   * Reports items that the backend rejected while it accepted the others (partial success), or, with a reason of the
   * pusher's own, items that it cannot send at all; they are not sent again.
   */
  readonly rejected?: (items: number, reason?: string) => void;
  /** Tells the sender of an unqueued request of a partial success. It books nothing. */
  readonly partial?: PartialListener | undefined;
}

/** As `Room`: room behind a pusher, for the batch of one attempt. */
export interface PushRoom {
  readonly granted: true;
  push(batch: Batch, attempt: Attempt): Promise<void>;
  release(): void;
}

/** The last step of a delivery chain: the part that an exporter itself implements. */
export interface Pusher extends Lifecycle {
  /**
   * Resolves when the backend has accepted the batch; rejects with a `DeliveryError` that names the remaining items.
   */
  push(batch: Batch, attempt: Attempt): Promise<void>;
  /** As `Consumer.reserve`, for a pusher that hands batches on to queues. */
  reserve?(batch: Batch, context: RequestContext): PushRoom | NoRoom | undefined;
  /** The chain begins to drain, until `deadline`; batches are still pushed. `shutdown` follows. */
  drains?(deadline: AbortSignal): void;
}
