import type { Clock } from '../component/clock.js';

/** How long the oldest request of a queue has been without an outcome: what waits, and what is tried again. */
export class QueueAge {
  readonly #clock: Clock;
  /** In the order in which they came. */
  readonly #since: Map<object, number> = new Map();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A request came in; the same object names it when it leaves. */
  enter(request: object): void {
    this.#since.set(request, this.#clock.now());
  }

  leave(request: object): void {
    this.#since.delete(request);
  }

  /** 0 while there is no request. */
  get seconds(): number {
    for (const since of this.#since.values()) return Math.max(0, this.#clock.now() - since) / 1000;
    return 0;
  }
}
