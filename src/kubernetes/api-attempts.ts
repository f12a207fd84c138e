import { Cancellation, type CancelSignal } from '../component/cancellation.js';
import { sleep, type Clock, type Random } from '../component/clock.js';
import { ApiError } from './api-error.js';

const firstPauseMs = 500;
const longestPauseMs = 30_000;

/** The requests of something that asks again and again: each has a time limit, and a pause follows a failure. */
export class ApiAttempts {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #stopping: Cancellation = new Cancellation();
  #failures = 0;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  get areOver(): boolean {
    return this.#stopping.aborted;
  }

  /** ApiAttempts that have failed since the last success. */
  get failures(): number {
    return this.#failures;
  }

  /** Cancels what is under way, and ends every pause. */
  stop(): void {
    this.#stopping.abort('drain');
  }

  succeeded(): void {
    this.#failures = 0;
  }

  failed(): void {
    this.#failures++;
  }

  /** Waits after a failure: longer each time, up to 30 s, or as long as the server asks. */
  async pauseAfter(error: Error): Promise<void> {
    const asked = error instanceof ApiError ? error.retryAfterMs : undefined;
    await this.pause(asked ?? Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(this.#failures - 1, 16)));
  }

  /** Waits about `ms`, everyone a little else, or until `stop`. */
  async pause(ms: number = firstPauseMs): Promise<void> {
    const over = new AbortController();
    const stop = (): void => over.abort();
    if (this.areOver) return;
    this.#stopping.addEventListener('abort', stop);
    await sleep(this.#clock, ms * (0.5 + this.#random() / 2), over.signal);
    this.#stopping.removeEventListener('abort', stop);
  }

  /** Runs `work` with a signal that is cancelled after `ms`, by the `cancel` that it gets, or by `stop`. */
  async within<T>(ms: number, work: (signal: CancelSignal, cancel: () => void) => Promise<T>): Promise<T> {
    const cancellation = new Cancellation();
    const stop = (): void => cancellation.abort('drain');
    if (this.areOver) stop();
    const cancelTimer = this.#clock.after(ms, () => cancellation.abort('deadline'));
    this.#stopping.addEventListener('abort', stop);
    try {
      return await work(cancellation, stop);
    } finally {
      cancelTimer();
      this.#stopping.removeEventListener('abort', stop);
    }
  }
}
