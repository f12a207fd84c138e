import type { Clock } from './clock.js';
import type { GrpcStatus } from './delivery-error.js';
import { keepShape } from '../runtime/memory/kept-shape.js';

/**
 * Why a request or an attempt was cancelled: its deadline or timeout passed, its sender left, or the drain of the
 * component that was working on it is over.
 */
export type CancelReason = 'deadline' | 'sender' | 'drain';

/** The reason in the words of Go's `context`, which Collector users know from logs and statuses. */
export function cancelMessage(reason: CancelReason): string {
  return reason === 'deadline' ? 'context deadline exceeded' : 'context canceled';
}

/** The reason as a gRPC status: DEADLINE_EXCEEDED, otherwise CANCELLED. */
export function cancelStatus(reason: CancelReason): GrpcStatus {
  return { code: reason === 'deadline' ? 4 : 1, message: cancelMessage(reason), details: [] };
}

/**
 * The reading side of a `Cancellation`, in the shape of an `AbortSignal`. An `AbortSignal` itself does not do: nothing
 * in its type has the reason, and a timeout must not be guessed from the text of an error.
 */
export interface CancelSignal {
  readonly aborted: boolean;
  /** Undefined until it is cancelled. */
  readonly cancelledBy: CancelReason | undefined;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/**
 * Cancels a request or an attempt. It costs a small part of an `AbortController`: every request has several, and hardly
 * any is used. Listeners run within `abort`, in order, and must not throw.
 */
export class Cancellation implements CancelSignal {
  #cancelledBy: CancelReason | undefined;
  /** Most have one listener; a drain has one for each request in progress. */
  #listeners: (() => void) | Set<() => void> | undefined;

  /** Cancelled by its deadline in `ms` milliseconds, as `AbortSignal.timeout` is. */
  static timeout(clock: Clock, ms: number): Cancellation {
    const cancellation = new Cancellation();
    clock.after(ms, () => cancellation.abort('deadline'));
    return cancellation;
  }

  get aborted(): boolean {
    return this.#cancelledBy !== undefined;
  }

  get cancelledBy(): CancelReason | undefined {
    return this.#cancelledBy;
  }

  /** The first call counts. */
  abort(reason: CancelReason): void {
    if (this.#cancelledBy !== undefined) return;
    this.#cancelledBy = reason;
    const listeners = this.#listeners;
    if (listeners === undefined) return;
    // A listener that an earlier one removes is not called.
    if (typeof listeners === 'function') listeners();
    else for (const listener of listeners) listener();
    this.#listeners = undefined;
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    if (this.aborted) return;
    const before = this.#listeners;
    if (before === undefined) this.#listeners = listener;
    else if (typeof before !== 'function') before.add(listener);
    else if (before !== listener) this.#listeners = new Set([before, listener]);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    if (this.#listeners === listener) this.#listeners = undefined;
    else if (this.#listeners instanceof Set) this.#listeners.delete(listener);
  }
}

/** Thrown in place of the outcome of work that was given up. */
export class Cancelled extends Error {
  readonly reason: CancelReason;

  constructor(reason: CancelReason) {
    super(cancelMessage(reason));
    this.reason = reason;
  }
}

/**
 * The outcome of `work`, or a rejection with `Cancelled` as soon as `signal` is cancelled: for work that cannot be
 * cancelled, or goes on for a while. Its outcome is ignored then.
 */
export function unlessCancelled<T>(work: Promise<T>, signal: CancelSignal | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const cancel = (): void => reject(new Cancelled(signal.cancelledBy ?? 'sender'));
    if (signal.aborted) cancel();
    else signal.addEventListener('abort', cancel);
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', cancel));
  });
}

/**
 * An `AbortSignal` that follows `signal`, for `fetch` and most libraries. Its reason is an `Error`.
 */
export function abortSignal(signal: CancelSignal): AbortSignal {
  const controller = new AbortController();
  const follow = (): void => controller.abort(new Error(cancelMessage(signal.cancelledBy ?? 'sender')));
  if (signal.aborted) follow();
  else signal.addEventListener('abort', follow);
  return controller.signal;
}

keepShape(new Cancellation());
