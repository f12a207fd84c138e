import type { Clock } from '../../../component/clock.js';
import { within } from './within.js';
import type { ScrapeStore } from '../series/store.js';
import type { TargetLoop } from './loop.js';

/** Beyond two intervals, the part of one after which the series of a target that does not come back end. */
const spare = 0.1;

interface Gone {
  readonly loop: TargetLoop;
  readonly cancel: () => void;
}

/**
 * Targets that are not scraped any more. As in Prometheus, the end of their series is reported only when they do not
 * come back within two intervals; then it is as of the scrape that came next. A target that comes back goes on where it
 * was.
 */
export class Departed {
  readonly #clock: Clock;
  readonly #gone: Map<string, Gone> = new Map();
  readonly #ending: Set<Promise<void>> = new Set();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes a loop that has stopped. */
  add(loop: TargetLoop): void {
    const { identity, intervalMs } = loop.target;
    this.take(identity);
    const at = Math.floor(this.#clock.unixMs() + intervalMs);
    const cancel = this.#clock.after(intervalMs * (2 + spare), () => {
      this.#gone.delete(identity);
      const ending = loop.end(at).finally(() => this.#ending.delete(ending));
      this.#ending.add(ending);
    });
    this.#gone.set(identity, { loop, cancel });
  }

  /** The series of a target that comes back. */
  take(identity: string): ScrapeStore | undefined {
    const gone = this.#gone.get(identity);
    if (!gone) return undefined;
    gone.cancel();
    this.#gone.delete(identity);
    return gone.loop.handOver();
  }

  /** Forgets all, and returns the loops. Ends of series under way are waited for until `deadline`. */
  async stop(deadline: AbortSignal): Promise<readonly TargetLoop[]> {
    const loops = [...this.#gone.values()].map(({ loop, cancel }) => {
      cancel();
      return loop;
    });
    this.#gone.clear();
    await within(deadline, Promise.all(this.#ending), () => {});
    return loops;
  }
}
