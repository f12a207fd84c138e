import type { Batch } from '../otlp/batch.js';
import type { RequestContext } from './consumer.js';

/** A gRPC status as it travels through the pipeline. `details` are encoded google.protobuf.Any messages. */
export interface GrpcStatus {
  readonly code: number;
  readonly message: string;
  readonly details: readonly Uint8Array[];
}

export type DeliveryErrorClass = 'permanent' | 'retryable';

export interface DeliveryErrorOptions {
  readonly class: DeliveryErrorClass;
  /** Why, in one snake_case word for the ledger and metrics: `queue_full`, `memory_limit`, `backend_refused`, ... */
  readonly reason: string;
  /** The status a backend answered with; receivers pass it on (docs/spec/core.md#receiver-errors). */
  readonly status?: GrpcStatus | undefined;
  /** When to come back, in milliseconds, as the refusing side asked. */
  readonly retryAfterMs?: number | undefined;
  /**
   * True when the refusal was decided in this process (queue full, memory limit), not by a backend:
   * the receiver then adds RetryInfo and Retry-After from `retryAfterMs` (default 1000).
   */
  readonly local?: boolean | undefined;
  /** The part of the consumed batch that was not taken; undefined means all of it. */
  readonly remaining?: Batch | undefined;
  /**
   * Set when only some branches of a fan-out refused: hands each of these, and no other, what it did not take. Fails as `consume` does.
   * Only for a caller that still owns the batch; it is used instead of consuming again.
   */
  readonly resume?: ((context: RequestContext) => Promise<void>) | undefined;
  readonly cause?: unknown;
}

/** The one way in which `consume` and `push` fail. The message is shown to senders and in logs. */
export class DeliveryError extends Error {
  readonly class: DeliveryErrorClass;
  readonly reason: string;
  readonly status: GrpcStatus | undefined;
  readonly retryAfterMs: number | undefined;
  readonly local: boolean;
  readonly remaining: Batch | undefined;
  readonly resume: ((context: RequestContext) => Promise<void>) | undefined;

  constructor(message: string, options: DeliveryErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'DeliveryError';
    this.class = options.class;
    this.reason = options.reason;
    this.status = options.status;
    this.retryAfterMs = options.retryAfterMs;
    this.local = options.local ?? false;
    this.remaining = options.remaining;
    this.resume = options.resume;
  }
}
