import type { Batch } from '../otlp/batch.js';
import type { CancelSignal } from './cancellation.js';
import type { Lifecycle } from './lifecycle.js';
import type { Span } from './tracer.js';

/** One attempt to push: how long it may take and what travels beside it. */
export interface Attempt {
  /**
   * Cancelled at the attempt's timeout, when the sender of an unqueued request leaves, or at the end of a drain; `cancelledBy`
   * is the reason. `abortSignal` makes an `AbortSignal` of it.
   */
  readonly signal: CancelSignal;
  /** End of this attempt in `Clock.now()` milliseconds; undefined when `timeout` is 0 and the sender set none. */
  readonly deadline: number | undefined;
  readonly metadata: ReadonlyMap<string, readonly string[]>;
  /** The attributes that a server authenticator found for the sender. */
  readonly auth?: ReadonlyMap<string, unknown> | undefined;
  /** The span of ours that this attempt is part of, while tracing is on. */
  readonly span?: Span | undefined;
  /** Books items that the backend rejected while it took the others (partial success); they are not sent again. */
  readonly rejected?: (items: number) => void;
}

/** The last step of a delivery chain: what an exporter itself has to write. */
export interface Pusher extends Lifecycle {
  /** Resolves when the backend has taken the batch; rejects with a `DeliveryError`, naming the part not taken. */
  push(batch: Batch, attempt: Attempt): Promise<void>;
}
