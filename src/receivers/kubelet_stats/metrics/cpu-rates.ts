import type { CpuStats, Stat } from '../kubelet/summary.js';

interface Sample {
  readonly nanoseconds: number;
  readonly timeMs: number;
}

/** CPU usage as the rate of CPU time between two scrapes, for each thing that runs. */
export class CpuRates {
  #before: Map<string, Sample> = new Map();
  #now: Map<string, Sample> = new Map();

  /**
   * Cores; undefined where there is nothing to compare with: at first, when the kubelet has measured nothing since, and
   * when the time has begun anew.
   */
  usage(key: string, { usageCoreNanoSeconds, timeMs }: CpuStats): Stat {
    if (usageCoreNanoSeconds === undefined || timeMs === undefined) return undefined;
    const before = this.#before.get(key);
    this.#now.set(key, { nanoseconds: usageCoreNanoSeconds, timeMs });
    if (!before || timeMs <= before.timeMs || usageCoreNanoSeconds < before.nanoseconds) return undefined;
    return (usageCoreNanoSeconds - before.nanoseconds) / 1e6 / (timeMs - before.timeMs);
  }

  /** Ends a scrape: what was not asked for is forgotten. */
  end(): void {
    this.#before = this.#now;
    this.#now = new Map();
  }
}
