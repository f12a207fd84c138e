import type { Clock } from '../../component/clock.js';
import type { Counter } from '../../component/telemetry.js';
import type { PageSeries } from './page-series.js';
import type { SeriesStore } from './series-store.js';

/** Series that are removed in one turn at most. */
const mostAtOnce = 2000;
/** Not looked for more often than this, milliseconds. */
const leastMs = 1000;

/** Removes series that got no newer point for too long. A page leaves them out from the very moment on. */
export class Expiry {
  readonly #store: SeriesStore;
  readonly #clock: Clock;
  readonly #expireMs: number;
  readonly #expired: Counter;
  #stop: (() => void) | undefined;

  constructor(store: SeriesStore, clock: Clock, expireMs: number, expired: Counter) {
    this.#store = store;
    this.#clock = clock;
    this.#expireMs = expireMs;
    this.#expired = expired;
    expired.add(0);
  }

  /** Whether a series got no newer point for too long. */
  isExpired({ updated, expired }: PageSeries): boolean {
    return expired || this.#isPast(updated);
  }

  /** Looks again when the next series is due. */
  schedule(): void {
    if (this.#stop) return;
    const { oldest } = this.#store;
    if (!oldest) return;
    const due = oldest.listed + this.#expireMs - this.#clock.now();
    this.#stop = this.#clock.after(Math.max(leastMs, due), () => this.#run());
  }

  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  #run(): void {
    this.#stop = undefined;
    let expired = 0;
    let looked = 0;
    for (let { oldest } = this.#store; oldest && this.#isPast(oldest.listed); { oldest } = this.#store) {
      if (looked++ === mostAtOnce) {
        this.#expired.add(expired);
        this.#stop = this.#clock.after(0, () => this.#run());
        return;
      }
      if (!oldest.expired) expired++;
      // As long as its old points come again they must not bring it back.
      if (this.#isPast(oldest.seen)) this.#store.remove(oldest);
      else this.#store.hide(oldest, this.#clock.now());
    }
    this.#expired.add(expired);
    this.schedule();
  }

  #isPast(time: number): boolean {
    return time + this.#expireMs < this.#clock.now();
  }
}
