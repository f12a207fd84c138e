import type { Clock } from './clock.js';
import type { StatusEvent } from './status.js';

/** Time without a failure after which successes count as recovery, milliseconds. */
const settleMs = 1000;

/**
 * The status of something that is tried again and again: a failure is an error at once, and it is over when successes
 * go on for a second.
 */
export class FailureStatus {
  readonly #clock: Clock;
  readonly #report: (event: StatusEvent) => void;
  #failing = false;
  #recovery: (() => void) | undefined;

  constructor(clock: Clock, report: (event: StatusEvent) => void) {
    this.#clock = clock;
    this.#report = report;
  }

  failed(error: Error): void {
    this.#failing = true;
    this.#recovery?.();
    this.#recovery = undefined;
    this.#report({ status: 'recoverable_error', error });
  }

  succeeded(): void {
    if (!this.#failing) return;
    this.#recovery ??= this.#clock.after(settleMs, () => {
      this.#failing = false;
      this.#recovery = undefined;
      this.#report({ status: 'ok' });
    });
  }
}
