import type { CancelSignal } from '../../component/cancellation.js';

/** Lets in one after the other, in the order in which they came. */
export class Turnstile {
  #taken = false;
  readonly #waiting: Set<() => void> = new Set();

  /** Resolves with true once it is the caller's turn, which `leave` ends; with false when `signal` was cancelled. */
  enter(signal: CancelSignal): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(false);
    if (!this.#taken) {
      this.#taken = true;
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const go = (): void => {
        signal.removeEventListener('abort', giveUp);
        resolve(true);
      };
      const giveUp = (): void => {
        this.#waiting.delete(go);
        resolve(false);
      };
      this.#waiting.add(go);
      signal.addEventListener('abort', giveUp);
    });
  }

  leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#taken = false;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
