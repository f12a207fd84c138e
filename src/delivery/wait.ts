import type { CancelReason, CancelSignal } from '../component/cancellation.js';
import type { Clock } from '../component/clock.js';
import type { Drain } from './drain.js';

/** The limits of a wait, or of the work for a request. */
export interface Limits {
  readonly clock: Clock;
  /** In `Clock.now()` milliseconds. */
  readonly deadline?: number | undefined;
  /** Cancelled when the sender leaves. */
  readonly signal?: CancelSignal | undefined;
  /** Ends the wait when this drain is over. */
  readonly drain?: Drain | undefined;
}

/** How a wait ended: by its event, or by the limit that was reached first. */
export type WaitEnd<T> = { readonly by: 'event'; readonly value: T } | { readonly by: CancelReason };

/**
 * Runs `cancel` once, with the reason, when the deadline passes, the sender leaves or the drain is over, whichever is
 * first: within this call when that has happened already. The returned function stops watching.
 */
export function whenCancelled(limits: Limits, cancel: (reason: CancelReason) => void): () => void {
  const { clock, deadline, signal, drain } = limits;
  const already = signal?.cancelledBy ?? drain?.over.cancelledBy;
  if (already !== undefined) {
    cancel(already);
    return () => {};
  }
  const end = (reason: CancelReason): void => {
    stop();
    cancel(reason);
  };
  const left = (): void => end(signal?.cancelledBy ?? 'sender');
  const drained = (): void => end('drain');
  const stopTimer =
    deadline === undefined ? undefined : clock.after(Math.max(0, deadline - clock.now()), () => end('deadline'));
  signal?.addEventListener('abort', left);
  drain?.over.addEventListener('abort', drained);
  const stop = (): void => {
    stopTimer?.();
    signal?.removeEventListener('abort', left);
    drain?.over.removeEventListener('abort', drained);
  };
  return stop;
}

/**
 * Waits for one event within `limits`. `listen` registers for the event and returns a function that withdraws it; that
 * function runs before the event's caller continues, so that whatever is registered is gone at once. An event after the
 * end has no effect.
 */
export function waitFor<T>(limits: Limits, listen: (event: (value: T) => void) => () => void): Promise<WaitEnd<T>> {
  return new Promise((resolve) => {
    let stopListening: (() => void) | undefined;
    let stopWatching: (() => void) | undefined;
    let ended = false;
    const finish = (end: WaitEnd<T>): void => {
      if (ended) return;
      ended = true;
      stopWatching?.();
      stopListening?.();
      resolve(end);
    };
    stopWatching = whenCancelled(limits, (by) => finish({ by }));
    if (ended) return;
    stopListening = listen((value) => finish({ by: 'event', value }));
    // The event came while it was being registered.
    if (ended) stopListening();
  });
}
