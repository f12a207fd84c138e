import fs from 'node:fs';
import { readdir } from 'node:fs/promises';
import type { Clock } from '../../../component/clock.js';
import { floatAt } from '../../../otlp/wire/at.js';
import type { InPieces } from '../../../otlp/work.js';
import { ProcessStat } from '../text/process-stat.js';
import { ProcessStatus } from '../text/process-status.js';
import { isMissing } from './file-reader.js';
import type { HostPaths } from './host-paths.js';
import type { ProcFiles } from './proc-files.js';

/** Processes of which a file is read before the event loop goes on: about a millisecond. */
export const processesAtOnce = 64;

const fields = [
  'pid',
  'state',
  'parent',
  'isKernelThread',
  'minorFaults',
  'majorFaults',
  'user',
  'system',
  'blockedOnDisk',
  'start',
  'readAt',
  'hasStat',
] as const;
/** A field of a process. CPU times and the start time are in ticks, `readAt` in milliseconds of the clock. */
export type ProcessField = (typeof fields)[number];
const width = fields.length;
const places = Object.fromEntries(fields.map((field, i) => [field, i])) as Readonly<Record<ProcessField, number>>;

/** The numbers of all processes, the lowest first. */
export async function readPids(paths: HostPaths): Promise<number[]> {
  const names = await readdir(paths.proc());
  return names
    .filter((name) => /^[1-9][0-9]{0,9}$/.test(name))
    .map(Number)
    .toSorted((a, b) => a - b);
}

/** All processes at one moment, in the order of their numbers: a row of numbers for each, no object. */
export class ProcessTable {
  length = 0;
  #rows: Float64Array = new Float64Array(width * 256);
  readonly #stat = new ProcessStat();
  readonly #status = new ProcessStatus();

  get(row: number, field: ProcessField): number {
    return floatAt(this.#rows, row * width + places[field]);
  }

  /** Reads /proc/PID/stat of all processes. One that ends meanwhile is not there. */
  *read(pids: readonly number[], files: ProcFiles, paths: HostPaths, clock: Clock): InPieces<this> {
    this.length = 0;
    for (let i = 0; i < pids.length; i++) {
      if (i % processesAtOnce === processesAtOnce - 1) yield;
      this.#add(pids[i] ?? 0, files, paths, clock);
    }
    return this;
  }

  #add(pid: number, files: ProcFiles, paths: HostPaths, clock: Clock): void {
    const stat = this.#stat;
    const { reader, columns } = files;
    let hasStat = false;
    try {
      reader.readWhole(paths.process(pid, 'stat'));
      hasStat = stat.read(columns, reader.bytes, reader.length);
    } catch {
      // `status` may say more.
    }
    const state = hasStat ? stat.state : this.#stateOf(pid, files, paths);
    if (state === undefined) return;
    if ((this.length + 1) * width > this.#rows.length) this.#grow();
    const at = this.length * width;
    const rows = this.#rows;
    rows[at + places.pid] = pid;
    rows[at + places.state] = state;
    rows[at + places.parent] = stat.parent;
    rows[at + places.isKernelThread] = stat.isKernelThread ? 1 : 0;
    rows[at + places.minorFaults] = stat.minorFaults;
    rows[at + places.majorFaults] = stat.majorFaults;
    rows[at + places.user] = stat.user;
    rows[at + places.system] = stat.system;
    rows[at + places.blockedOnDisk] = stat.blockedOnDisk;
    rows[at + places.start] = stat.start;
    rows[at + places.readAt] = clock.now();
    rows[at + places.hasStat] = hasStat ? 1 : 0;
    this.length++;
  }

  /** The state of a process whose `stat` cannot be read: 0 when it is unknown, undefined when there is no process. */
  #stateOf(pid: number, { reader, columns }: ProcFiles, paths: HostPaths): number | undefined {
    try {
      reader.readWhole(paths.process(pid, 'status'));
    } catch (error) {
      return isMissing(error) && !fs.existsSync(paths.process(pid, '')) ? undefined : 0;
    }
    this.#status.read(columns, reader.bytes, reader.length);
    return this.#status.state;
  }

  #grow(): void {
    const larger = new Float64Array(this.#rows.length * 2);
    larger.set(this.#rows);
    this.#rows = larger;
  }
}
