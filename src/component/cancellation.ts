/** The part of an `AbortSignal` that requests need: an `AbortSignal` will do, and so will a `Cancellation`. */
export interface CancelSignal {
  readonly aborted: boolean;
  /** Why, an `Error` as a rule; undefined before. */
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/**
 * An `AbortController` and its signal in one, for a small part of their price: every request has several, and hardly any is used.
 * Listeners run within `abort`, in order, and must not throw.
 */
export class Cancellation implements CancelSignal {
  #aborted = false;
  #reason: unknown;
  #listeners: (() => void)[] | undefined;

  get aborted(): boolean {
    return this.#aborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  /** The first call counts. */
  abort(reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason;
    // One that a listener before it removes is not called.
    for (let next = this.#listeners?.shift(); next; next = this.#listeners?.shift()) next();
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    if (this.#aborted) return;
    const listeners = (this.#listeners ??= []);
    if (!listeners.includes(listener)) listeners.push(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    const at = this.#listeners?.indexOf(listener) ?? -1;
    if (at >= 0) this.#listeners?.splice(at, 1);
  }
}

/** A real `AbortSignal` that follows `signal`, for what takes nothing else: `fetch`, `timers/promises` and most libraries. */
export function abortSignal(signal: CancelSignal): AbortSignal {
  if (signal instanceof AbortSignal) return signal;
  const controller = new AbortController();
  const follow = (): void => controller.abort(signal.reason);
  if (signal.aborted) follow();
  else signal.addEventListener('abort', follow);
  return controller.signal;
}
