import type { Clock } from '../component/clock.js';
import { worksUnderWay } from '../component/turn.js';

/** Lets what is under way come to its end: a busy machine does in many turns what another does in one. */
async function settled(): Promise<void> {
  do await new Promise((resolve) => setImmediate(resolve));
  while (worksUnderWay() > 0);
}

/** Not zero, so that a time that was never set is seen. */
const firstNow = 1000;

/** Time stands still until it is moved. */
export class HeldClock implements Clock {
  readonly #beganMs: number;
  #now = firstNow;
  #timers: { readonly at: number; readonly run: () => void }[] = [];

  /** `beganMs`: the wall clock at the beginning, milliseconds since the epoch. */
  constructor(beganMs = 1_700_000_001_000) {
    this.#beganMs = beganMs;
  }

  now(): number {
    return this.#now;
  }

  unixMs(): number {
    return this.#beganMs + this.#now - firstNow;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, ms), run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Lets `ms` pass: timers run in order, and what they set off runs to its end before the next one. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settled();
    for (;;) {
      const next = this.#timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
      await settled();
    }
    this.#now = end;
    await settled();
  }
}
