import type { Clock } from '../../component/clock.js';
import type { LogSampling } from '../config/logs.js';

const most = 4096;

/**
 * Lets the first lines of each message and level through in every tick, then each n-th, so that a fault that repeats
 * a thousand times a second does not fill a disk.
 */
export class Sampler {
  readonly #config: LogSampling;
  readonly #clock: Clock;
  readonly #seen: Map<string, { until: number; count: number }> = new Map();

  constructor(config: LogSampling, clock: Clock) {
    this.#config = config;
    this.#clock = clock;
  }

  lets(level: string, message: string): boolean {
    const now = this.#clock.now();
    const key = `${level} ${message}`;
    let seen = this.#seen.get(key);
    if (seen === undefined || now >= seen.until) {
      if (this.#seen.size >= most) this.#seen.clear();
      this.#seen.set(key, (seen = { until: now + this.#config.tick, count: 0 }));
    }
    seen.count++;
    const { initial, thereafter } = this.#config;
    if (seen.count <= initial) return true;
    return thereafter > 0 && (seen.count - initial) % thereafter === 0;
  }
}
