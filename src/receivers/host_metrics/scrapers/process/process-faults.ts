import { isMissing } from '../../host/file-reader.js';
import type { ScrapeFaults } from '../faults.js';
import type { ProcessOptions } from './process-options.js';

/** The parts of a process that may be unreadable, and the options that mute that. */
const classes = {
  name: ['the name', 'mute_process_name_error'],
  executable: ['the path of the executable', 'mute_process_exe_error'],
  command: ['the command line', undefined],
  owner: ['the owner', 'mute_process_user_error'],
  cgroup: ['the cgroup', 'mute_process_cgroup_error'],
  stat: ['start and CPU time', undefined],
  memory: ['the memory', undefined],
  io: ['the counters of reads and writes', 'mute_process_io_error'],
  descriptors: ['the file descriptors', undefined],
  switches: ['the context switches', undefined],
} as const;
export type ProcessFault = keyof typeof classes;

interface Pending {
  readonly what: ProcessFault;
  readonly error: unknown;
  /** How many are missing. */
  readonly metrics: number;
}

interface Found {
  processes: number;
  metrics: number;
  readonly firstPid: number;
  readonly error: unknown;
}

/**
 * Errors of single processes, counted by what could not be read: a host has hundreds of processes whose files belong to
 * other users, and one line says so.
 */
export class ProcessFaults {
  readonly #options: ProcessOptions;
  /** Of the process that is being read. */
  readonly #pending: Pending[] = [];
  readonly #found = new Map<ProcessFault, Found>();

  constructor(options: ProcessOptions) {
    this.#options = options;
  }

  /** Something of the process that is being read; `metrics`: how many are missing. */
  add(what: ProcessFault, error: unknown, metrics = 0): void {
    this.#pending.push({ what, error, metrics });
  }

  /** The process has been read. False when it has ended meanwhile: what was missing of it is no fault then. */
  settle(pid: number, isThere: () => boolean): boolean {
    const hasEnded = this.#pending.some(({ error }) => isMissing(error)) && !isThere();
    if (!hasEnded) for (const each of this.#pending) this.#count(pid, each);
    this.#pending.length = 0;
    return !hasEnded;
  }

  #count(pid: number, { what, error, metrics }: Pending): void {
    const [, option] = classes[what];
    if (this.#options.mute_process_all_errors || (option !== undefined && this.#options[option])) return;
    const found = this.#found.get(what);
    if (!found) this.#found.set(what, { processes: 1, metrics, firstPid: pid, error });
    else {
      found.processes++;
      found.metrics += metrics;
    }
  }

  /** Hands on what was found, and begins anew. */
  moveTo(faults: ScrapeFaults): void {
    for (const [what, { processes, metrics, firstPid, error }] of this.#found) {
      const [words, option] = classes[what];
      const many = processes === 1 ? `process ${firstPid}` : `${processes} processes, the first is ${firstPid}`;
      const advice = option === undefined ? '' : ` (${option} mutes this)`;
      faults.add(error, metrics, `cannot read ${words} of ${many}${advice}`, `${what} ${codeOf(error)}`);
    }
    this.forget();
  }

  forget(): void {
    this.#pending.length = 0;
    this.#found.clear();
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
