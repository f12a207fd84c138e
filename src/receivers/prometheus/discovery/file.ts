import { watch, type FSWatcher } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { every, type Clock } from '../../../component/clock.js';
import type { Logger } from '../../../component/telemetry.js';
import type { TargetGroup } from '../target/target.js';
import type { Discovery } from './discovery.js';
import { groupsOfJson, groupsOfYaml, mostJson, mostYaml } from './groups.js';

/** After a change the files are read this much later, when all of them are written, milliseconds. */
const settleMs = 50;
/** How often a folder that cannot be watched is looked at, milliseconds. */
const lookEveryMs = 5000;
/** Files of one configuration. */
const mostFiles = 1000;

interface Known {
  readonly version: string;
  readonly groups: readonly TargetGroup[];
}

/** Targets from files, read as soon as they change and every `refreshMs`. A broken file keeps the targets it had. */
export class FileDiscovery implements Discovery {
  readonly #patterns: readonly string[];
  readonly #refreshMs: number;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #watchers: FSWatcher[] = [];
  readonly #timers: (() => void)[] = [];
  #known: Map<string, Known> = new Map();
  #found: (groups: readonly TargetGroup[]) => void = () => {};
  #settling: (() => void) | undefined;
  #reading: Promise<void> = Promise.resolve();
  #stopped = false;
  #reported = false;

  constructor(patterns: readonly string[], refreshMs: number, clock: Clock, logger: Logger) {
    this.#patterns = patterns;
    this.#refreshMs = refreshMs;
    this.#clock = clock;
    this.#logger = logger;
  }

  start(found: (groups: readonly TargetGroup[]) => void): void {
    this.#found = found;
    for (const folder of new Set(this.#patterns.map((pattern) => path.dirname(pattern)))) this.#watch(folder);
    if (this.#refreshMs > 0) this.#timers.push(every(this.#clock, this.#refreshMs, () => this.#read()));
    this.#read();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#settling?.();
    for (const watcher of this.#watchers) watcher.close();
    for (const cancel of this.#timers) cancel();
    await this.#reading;
  }

  #watch(folder: string): void {
    const poll = (): void => void this.#timers.push(every(this.#clock, lookEveryMs, () => this.#read()));
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#changed());
      watcher.on('error', () => {
        watcher.close();
        if (!this.#stopped) poll();
      });
      this.#watchers.push(watcher);
    } catch {
      poll();
    }
  }

  #changed(): void {
    if (this.#stopped || this.#settling) return;
    this.#settling = this.#clock.after(settleMs, () => {
      this.#settling = undefined;
      this.#read();
    });
  }

  #read(): void {
    this.#reading = this.#reading.then(() => this.#readAll());
  }

  async #readAll(): Promise<void> {
    if (this.#stopped) return;
    const known = new Map<string, Known>();
    let changed = !this.#reported;
    for (const file of await this.#files()) {
      const before = this.#known.get(file);
      const now = await this.#readFile(file, before);
      if (now) known.set(file, now);
      changed ||= now?.groups !== before?.groups;
    }
    changed ||= known.size !== this.#known.size;
    this.#known = known;
    if (!changed || this.#stopped) return;
    this.#reported = true;
    this.#found([...known.values()].flatMap(({ groups }) => groups));
  }

  async #files(): Promise<string[]> {
    const files: string[] = [];
    for (const pattern of this.#patterns) {
      if (!pattern.includes('*')) {
        files.push(pattern);
        continue;
      }
      const [before = '', after = ''] = path.basename(pattern).split('*');
      const names = await readdir(path.dirname(pattern)).catch(() => []);
      for (const name of names)
        if (name.length >= before.length + after.length && name.startsWith(before) && name.endsWith(after))
          files.push(path.join(path.dirname(pattern), name));
    }
    return [...new Set(files)].sort().slice(0, mostFiles);
  }

  /** Undefined when the file does not exist. */
  async #readFile(file: string, before: Known | undefined): Promise<Known | undefined> {
    try {
      const { mtimeNs, size, ino } = await stat(file, { bigint: true });
      const version = `${mtimeNs} ${size} ${ino}`;
      if (before?.version === version) return before;
      const json = file.toLowerCase().endsWith('.json');
      if (size > (json ? mostJson : mostYaml)) throw new Error(`it is larger than ${json ? mostJson : mostYaml} bytes`);
      const content = await readFile(file, 'utf8');
      const groups = json ? groupsOfJson(content) : groupsOfYaml(content);
      return {
        version,
        groups: groups.map(({ targets, labels }) => ({ targets, labels: { ...labels, __meta_filepath: file } })),
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      this.#logger.error('Error reading file of targets', { path: file, error });
      return before;
    }
  }
}
