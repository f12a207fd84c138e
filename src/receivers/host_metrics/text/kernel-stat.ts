import type { Columns } from './columns.js';
import type { ProcNumber } from './proc-number.js';

/** The times that a CPU spends in each state, in the order of the columns; guest times are parts of the first two. */
export const cpuStates = ['user', 'nice', 'system', 'idle', 'wait', 'interrupt', 'softirq', 'steal'] as const;
/** Before Linux 2.6.11 there was no `steal`. */
const fewestStates = 7;

/** /proc/stat. */
export interface KernelStat {
  /** Names of the CPUs: `cpu0`. */
  readonly cpus: readonly string[];
  /** Ticks by CPU and state. */
  readonly ticks: readonly number[];
  /** When the host was booted, seconds since the epoch. */
  readonly bootTime: ProcNumber | undefined;
  /** Processes that were started since then. */
  readonly created: ProcNumber | undefined;
  readonly running: ProcNumber | undefined;
  readonly blocked: ProcNumber | undefined;
  /** CPUs whose line has no times. */
  readonly faulty: readonly string[];
}

export function parseKernelStat(columns: Columns): KernelStat {
  const cpus: string[] = [];
  const ticks: number[] = [];
  const faulty: string[] = [];
  const numbers: { bootTime?: ProcNumber; created?: ProcNumber; running?: ProcNumber; blocked?: ProcNumber } = {};
  while (columns.nextLine()) {
    columns.nextColumn();
    if (columns.startsWith('cpu')) {
      // The line without a number has the sums of the others.
      if (columns.width === 3) continue;
      const cpu = columns.text();
      const before = ticks.length;
      if (readTicks(columns, ticks)) cpus.push(cpu);
      else {
        ticks.length = before;
        faulty.push(cpu);
      }
      continue;
    }
    const key = keyOf(columns);
    if (key === undefined || !columns.nextColumn()) continue;
    const value = columns.whole();
    if (value !== undefined) numbers[key] = value;
  }
  const { bootTime, created, running, blocked } = numbers;
  return { cpus, ticks, faulty, bootTime, created, running, blocked };
}

function keyOf(columns: Columns): 'bootTime' | 'created' | 'running' | 'blocked' | undefined {
  if (columns.is('btime')) return 'bootTime';
  if (columns.is('processes')) return 'created';
  if (columns.is('procs_running')) return 'running';
  return columns.is('procs_blocked') ? 'blocked' : undefined;
}

function readTicks(columns: Columns, ticks: number[]): boolean {
  for (let i = 0; i < cpuStates.length; i++) {
    if (!columns.nextColumn()) {
      if (i < fewestStates) return false;
      ticks.push(0);
      continue;
    }
    const value = columns.whole();
    if (value === undefined) return false;
    ticks.push(Number(value));
  }
  return true;
}
