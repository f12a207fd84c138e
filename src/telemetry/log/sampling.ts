import { createHash } from 'node:crypto';
import type { Clock } from '../../component/clock.js';
import type { LogSampling } from '../config/logs.js';

/** Characters of a message that is kept as it is; of a longer one only its hash is. */
const longest = 256;
/** Messages that are counted at a time; beyond them counting starts again. */
const maxMessages = 4096;

/**
 * Thins out repeated log lines, as zap does (docs/spec/core.md#telemetry-config): per message and level, in each tick
 * the first `initial` lines are logged and then each `thereafter`-th, so that a fault in every request does not fill a
 * disk.
 */
export class LogSampler {
  readonly #config: LogSampling;
  readonly #clock: Clock;
  readonly #seen: Map<string, { until: number; count: number }> = new Map();

  constructor(config: LogSampling, clock: Clock) {
    this.#config = config;
    this.#clock = clock;
  }

  /** Whether this line is logged; counts it. */
  allows(level: string, message: string): boolean {
    const now = this.#clock.now();
    const key = `${level} ${message.length <= longest ? message : createHash('sha256').update(message).digest('hex')}`;
    let seen = this.#seen.get(key);
    if (seen === undefined || now >= seen.until) {
      if (this.#seen.size >= maxMessages) this.#seen.clear();
      this.#seen.set(key, (seen = { until: now + this.#config.tick, count: 0 }));
    }
    seen.count++;
    const { initial, thereafter } = this.#config;
    if (seen.count <= initial) return true;
    return thereafter > 0 && (seen.count - initial) % thereafter === 0;
  }
}
