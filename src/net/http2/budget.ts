import type { Clock } from '../../component/clock.js';

/**
 * Limits on frames that cost us more than the peer: burst, rate per second, and the allowance that useful work earns.
 */
export class Budget {
  readonly #burst: number;
  readonly #perMs: number;
  readonly #clock: Clock;
  #left: number;
  #at: number;

  constructor(burst: number, perSecond: number, clock: Clock) {
    this.#burst = burst;
    this.#perMs = perSecond / 1000;
    this.#clock = clock;
    this.#left = burst;
    this.#at = clock.now();
  }

  /** False when there is nothing left. */
  spend(): boolean {
    if (this.#left < 1) {
      const now = this.#clock.now();
      this.#left = Math.min(this.#burst, this.#left + (now - this.#at) * this.#perMs);
      this.#at = now;
      if (this.#left < 1) return false;
    }
    this.#left--;
    return true;
  }

  earn(count: number): void {
    this.#left = Math.min(this.#burst, this.#left + count);
  }
}
