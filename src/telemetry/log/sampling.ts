import { createHash } from 'node:crypto';
import type { Clock } from '../../component/clock.js';
import { formatDuration } from '../../component/schema/duration.js';
import type { LogSampling } from '../config/logs.js';

/** Characters of a message that is kept as it is; of a longer one only its hash is. */
const longest = 256;
/** Messages that are counted at a time; beyond them counting starts again. */
const maxMessages = 4096;

/** The fate of a line; the first of its window that is left out is to be said, so that nobody counts lines. */
export type Thinning = 'shown' | 'first left out' | 'left out';

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

  /** Decides about a line, and counts it. */
  decide(level: string, message: string): Thinning {
    const now = this.#clock.now();
    const key = `${level} ${message.length <= longest ? message : createHash('sha256').update(message).digest('hex')}`;
    let seen = this.#seen.get(key);
    if (seen === undefined || now >= seen.until) {
      if (this.#seen.size >= maxMessages) this.#seen.clear();
      this.#seen.set(key, (seen = { until: now + this.#config.tick, count: 0 }));
    }
    seen.count++;
    const { initial, thereafter } = this.#config;
    const beyond = seen.count - initial;
    if (beyond <= 0 || (thereafter > 0 && beyond % thereafter === 0)) return 'shown';
    return beyond === 1 ? 'first left out' : 'left out';
  }

  /** The rule by which lines are left out, for people. */
  get rule(): string {
    const { tick, initial, thereafter } = this.#config;
    const then = thereafter > 0 ? `, then 1 of ${thereafter}` : '';
    return `in ${formatDuration(tick)} the first ${initial} with one message are shown${then}`;
  }
}
