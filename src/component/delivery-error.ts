import type { Batch } from '../otlp/batch.js';
import { merge } from '../otlp/parts/merge.js';
import type { RequestContext } from './consumer.js';
import { cutText, mostPeerText } from './peer-text.js';

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
  /** The status that a backend replied with; receivers pass it on (docs/spec/core.md#receiver-errors). */
  readonly status?: GrpcStatus | undefined;
  /** When to come back, in milliseconds, as the refusing side asked. */
  readonly retryAfterMs?: number | undefined;
  /**
   * True when the refusal was decided in this process (queue full, memory limit), not by a backend:
   * the receiver then adds RetryInfo and Retry-After from `retryAfterMs` (default 1000).
   */
  readonly local?: boolean | undefined;
  /** The part of the consumed batch that was not accepted; undefined means all of it. */
  readonly remaining?: Batch | undefined;
  /**
   * Set when only some branches of a fan-out refused, or when a processor has changed the batch: hands each consumer
   * that refused, and no other, its remaining items. Fails as `consume` does. Only for a caller that still owns the
   * batch; it is used instead of consuming again.
   */
  readonly resume?: ((context: RequestContext) => Promise<void>) | undefined;
  /**
   * Items that branches of a fan-out accepted, beside those that `remaining` leaves out: a sender that repeats the
   * whole request delivers them there again. Below 0 when items that are left out were dropped instead. Default 0.
   */
  readonly delivered?: number | undefined;
  readonly cause?: unknown;
}

/** One of several failures that came of one batch. */
export interface Failure {
  readonly error: DeliveryError;
  /**
   * The items that were not accepted because of it. Used in place of `error.remaining`, which may be about a larger
   * batch.
   */
  readonly remaining: readonly Batch[];
  /** Hands a batch to the callee that failed, and to no other. */
  readonly again?: ((batch: Batch, context: RequestContext) => Promise<void>) | undefined;
}

/**
 * How several failures become one error.
 *
 * - `any-permanent`, for branches that each owe the whole batch (a fan-out; docs/spec/core.md#graph): permanent when
 *   one of them is.
 * - `any-retryable`, for the parts of one batch: retryable when one of them is. All parts that failed remain, the
 *   permanent ones too: a sender that heard "permanent" would throw away what can still be delivered.
 * - `retry-what-can-be`, for parts whose permanent failures the caller can settle by itself: as `any-retryable`, but
 *   when a part can be retried, those that were refused for good are given up and do not remain
 *   (docs/spec/gateway.md#load-balancing-failures).
 *
 * The leaders are all failures under `any-permanent`, and otherwise the retryable ones, or all when none is.
 *
 * | field | of the joined error |
 * |---|---|
 * | message | the distinct messages of all failures in order, with `; ` between them, as Go joins errors |
 * | reason, cause | of the first leader |
 * | status | the first that a leader has; of several failures, with their message (docs/spec/core.md#receiver-errors) |
 * | retryAfterMs | the longest that a leader asked for |
 * | local | when all leaders are |
 * | delivered | the sum, and what the caller adds to it |
 * | remaining | the union of the parts' remaining items; undefined for branches, as each has its own |
 * | resume | for branches, and for parts when one of them has one: hands each that failed its remaining items |
 */
export type JoinRule = 'any-permanent' | 'any-retryable' | 'retry-what-can-be';

/** The one way in which `consume` and `push` fail. The message is shown to senders and in logs. */
export class DeliveryError extends Error {
  readonly class: DeliveryErrorClass;
  readonly reason: string;
  readonly status: GrpcStatus | undefined;
  readonly retryAfterMs: number | undefined;
  readonly local: boolean;
  readonly remaining: Batch | undefined;
  readonly resume: ((context: RequestContext) => Promise<void>) | undefined;
  readonly delivered: number;

  constructor(message: string, options: DeliveryErrorOptions) {
    super(cutText(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'DeliveryError';
    this.class = options.class;
    this.reason = options.reason;
    this.status = bounded(options.status);
    this.retryAfterMs = options.retryAfterMs;
    this.local = options.local ?? false;
    this.remaining = options.remaining;
    this.resume = options.resume;
    this.delivered = options.delivered ?? 0;
  }

  /**
   * Any failure as a `DeliveryError`. One of another type is a defect of this program, and trying again would not mend
   * it.
   */
  static from(error: unknown): DeliveryError {
    if (error instanceof DeliveryError) return error;
    const message = error instanceof Error ? error.message : String(error);
    return new DeliveryError(`Permanent error: ${message}`, {
      class: 'permanent',
      reason: 'internal_error',
      cause: error,
    });
  }

  /**
   * The same failure of a batch that a processor has made of another one: `resume` is called in place of consuming the
   * remaining items again. `gone`: by how many items that batch had more, none of which was delivered.
   */
  resumedBy(resume: NonNullable<DeliveryErrorOptions['resume']>, gone: number): DeliveryError {
    return new DeliveryError(this.message, { ...this, resume, delivered: this.delivered - gone, cause: this });
  }

  /**
   * One error for `failures`, at least one of them, by a `JoinRule`. `giveUp` is called for each part that no longer
   * remains. `delivered`: items that the branches of a fan-out accepted.
   */
  static join(failures: readonly Failure[], rule: 'any-permanent' | 'any-retryable', delivered?: number): DeliveryError;
  static join(
    failures: readonly Failure[],
    rule: 'retry-what-can-be',
    giveUp: (failure: Failure) => void,
  ): DeliveryError;
  static join(
    failures: readonly Failure[],
    rule: JoinRule,
    more?: ((failure: Failure) => void) | number,
  ): DeliveryError {
    const giveUp = typeof more === 'function' ? more : undefined;
    const deliveredHere = typeof more === 'number' ? more : 0;
    const retryable = failures.filter(({ error }) => error.class === 'retryable');
    const branches = rule === 'any-permanent';
    const leaders = branches || retryable.length === 0 ? failures : retryable;
    const [first] = leaders;
    if (first === undefined) throw new Error('no failures to join');
    const remaining = rule === 'retry-what-can-be' ? leaders : failures;
    if (giveUp && remaining !== failures) failures.filter(({ error }) => error.class === 'permanent').forEach(giveUp);
    const status = leaders.find(({ error }) => error.status !== undefined)?.error.status;
    const waits = leaders.map(({ error }) => error.retryAfterMs).filter((ms) => ms !== undefined);
    const message = [...new Set(failures.map(({ error }) => error.message))].join('; ');
    return new DeliveryError(message, {
      class: retryable.length === 0 || (branches && retryable.length < failures.length) ? 'permanent' : 'retryable',
      reason: first.error.reason,
      status: status && failures.length > 1 ? { ...status, message } : status,
      retryAfterMs: waits.length > 0 ? Math.max(...waits) : undefined,
      local: leaders.every(({ error }) => error.local),
      remaining: branches ? undefined : merge(remaining.flatMap((failure) => failure.remaining)),
      resume: resumeOf(remaining, rule),
      delivered: failures.reduce((sum, { error }) => sum + error.delivered, deliveredHere),
      cause: first.error,
    });
  }
}

/** How many items of a request of `items` its sender delivers again when it repeats the request after `error`. */
export function deliveredOf(error: DeliveryError, items: number): number {
  return error.delivered + (error.remaining ? items - error.remaining.itemCount : 0);
}

/** A backend chooses the length of its message. */
function bounded(status: GrpcStatus | undefined): GrpcStatus | undefined {
  if (status === undefined || status.message.length <= mostPeerText) return status;
  return { ...status, message: cutText(status.message) };
}

/** A failure of handing on `batch`: the remaining items are those that the error names, or all. */
export function failureOf(thrown: unknown, batch: Batch, again?: Failure['again']): Failure {
  const error = DeliveryError.from(thrown);
  return { error, remaining: [error.remaining ?? batch], again };
}

/** Undefined where consuming `remaining` again does the same. */
function resumeOf(failures: readonly Failure[], rule: JoinRule): DeliveryErrorOptions['resume'] {
  if (rule !== 'any-permanent' && failures.every(({ error }) => error.resume === undefined)) return undefined;
  if (failures.some(({ error, again }) => error.resume === undefined && again === undefined)) return undefined;
  return async (context) => {
    const stillFailing: Failure[] = [];
    for (const { error, remaining, again } of failures) {
      const rest = merge(remaining);
      try {
        await (error.resume ? error.resume(context) : again?.(rest, context));
      } catch (failure) {
        stillFailing.push(failureOf(failure, rest, again));
      }
    }
    if (stillFailing.length > 0)
      throw DeliveryError.join(stillFailing, rule === 'any-permanent' ? rule : 'any-retryable');
  };
}
