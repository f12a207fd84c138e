import type { Clock } from '../../../component/clock.js';

/** Limits what passes in a second on average, and at once to what the bucket holds. It starts full. */
export class TokenBucket {
  readonly #clock: Clock;
  readonly #perSecond: number;
  readonly #capacity: number;
  #tokens: number;
  #filledAt: number;

  /** @param burst - what the bucket holds; 0 means what two seconds bring */
  constructor(clock: Clock, perSecond: number, burst: number) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#capacity = burst === 0 ? perSecond * 2 : burst;
    this.#tokens = this.#capacity;
    this.#filledAt = clock.now();
  }

  /** Takes all of it or nothing. */
  take(amount: number): boolean {
    const now = this.#clock.now();
    const arrived = ((now - this.#filledAt) / 1000) * this.#perSecond;
    this.#tokens = Math.min(this.#capacity, this.#tokens + arrived);
    this.#filledAt = now;
    if (amount > this.#tokens) return false;
    this.#tokens -= amount;
    return true;
  }
}
