import type { Clock } from '../../component/clock.js';

/** An event that has not changed for this long behind the interval is forgotten, milliseconds. */
const keptMs = 300_000;
/** Events that are remembered: more than the hour has for which a server keeps them. */
const most = 100_000;

/** Decides which changes of an event are sent (`dedup_interval`). */
export class RepeatedChanges {
  readonly #intervalMs: number;
  readonly #clock: Pick<Clock, 'now'>;
  /** When a change was sent last, by the UID of the event, the longest ago first. */
  readonly #sent: Map<string, number> = new Map();

  constructor(intervalMs: number, clock: Pick<Clock, 'now'>) {
    this.#intervalMs = intervalMs;
    this.#clock = clock;
  }

  /** Whether a change that came now is sent; then it counts as the last one. */
  takes(uid: string): boolean {
    if (this.#intervalMs <= 0) return this.#intervalMs === 0;
    const now = this.#clock.now();
    const last = this.#sent.get(uid);
    if (last !== undefined && now - last < this.#intervalMs) return false;
    // Behind the others, which were sent before.
    this.#sent.delete(uid);
    this.#sent.set(uid, now);
    for (const [oldest, at] of this.#sent) {
      if (this.#sent.size <= most && now - at < this.#intervalMs + keptMs) break;
      this.#sent.delete(oldest);
    }
    return true;
  }
}
