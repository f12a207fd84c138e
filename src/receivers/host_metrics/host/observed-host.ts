import os from 'node:os';
import type { Clock } from '../../../component/clock.js';
import { resultInTurns } from '../../../component/turn.js';
import type { Scrape } from '../../../intake/scrape/scraper.js';
import { parseCpuInfo, type CpuInfo } from '../text/cpu-info.js';
import { parseKernelStat, type KernelStat } from '../text/kernel-stat.js';
import { parseMemoryInfo, type MemoryInfo } from '../text/memory-info.js';
import type { HostPaths } from './host-paths.js';
import { ProcFiles } from './proc-files.js';
import { ProcessTable, readPids } from './process-table.js';
import { UserNames } from './user-names.js';

/** The outcome of reading something once. */
type Outcome<T> = { readonly value: T } | { readonly error: unknown };

/**
 * The observed host. Files for several scrapers are read once per scrape, and they all see the same moment; a file that
 * cannot be read is the same failure for each of them.
 */
export class ObservedHost {
  readonly paths: HostPaths;
  readonly clock: Clock;
  readonly files: ProcFiles = new ProcFiles();
  readonly users: UserNames;
  readonly #processes = new ProcessTable();
  #scrape: Scrape | undefined;
  #known = new Map<string, Outcome<unknown>>();
  #bootTimeMs: number | undefined;

  constructor(paths: HostPaths, clock: Clock) {
    this.paths = paths;
    this.clock = clock;
    this.users = new UserNames(this.files, paths.etc('passwd'));
  }

  /** Before each scraper of a scrape reads: the first one begins a new moment. */
  begin(scrape: Scrape): void {
    if (scrape === this.#scrape) return;
    this.#scrape = scrape;
    this.#known = new Map();
  }

  /** /proc/stat. */
  get stat(): KernelStat {
    return this.#once('stat', () => this.files.parse(this.paths.proc('stat'), parseKernelStat));
  }

  /** /proc/meminfo. */
  get memory(): MemoryInfo {
    return this.#once('meminfo', () => this.files.parse(this.paths.proc('meminfo'), parseMemoryInfo));
  }

  /** /proc/cpuinfo. */
  get cpuInfo(): CpuInfo {
    return this.#once('cpuinfo', () => this.files.parse(this.paths.proc('cpuinfo'), parseCpuInfo));
  }

  /** From `cpuinfo`, else from `stat`, else the CPUs that this process sees. */
  get logicalCpus(): number {
    return lengthOf(() => this.cpuInfo.processors) || lengthOf(() => this.stat.cpus) || Math.max(1, os.cpus().length);
  }

  /** The processes of this scrape. Rejects when /proc cannot be read. */
  get processes(): Promise<ProcessTable> {
    return this.#once('processes', async () => {
      const pids = await readPids(this.paths);
      return resultInTurns(this.#processes.read(pids, this.files, this.paths, this.clock));
    });
  }

  /** When the host was booted, milliseconds since the epoch; the same for the whole run. */
  get bootTimeMs(): number {
    return (this.#bootTimeMs ??= this.#readBootTime());
  }

  #readBootTime(): number {
    let seconds: number | undefined;
    try {
      seconds = Number(this.stat.bootTime ?? 0);
    } catch {
      // Then from the time that this kernel has been up.
    }
    return seconds ? seconds * 1000 : Math.round(this.clock.unixMs() - os.uptime() * 1000);
  }

  #once<T>(what: string, read: () => T): T {
    let outcome = this.#known.get(what) as Outcome<T> | undefined;
    if (!outcome) {
      outcome = attempt(read);
      this.#known.set(what, outcome);
    }
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  }
}

function attempt<T>(read: () => T): Outcome<T> {
  try {
    return { value: read() };
  } catch (error) {
    return { error };
  }
}

function lengthOf(read: () => { readonly length: number }): number {
  try {
    return read().length;
  } catch {
    return 0;
  }
}
