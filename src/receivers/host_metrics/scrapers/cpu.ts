import { readdirSync, readFileSync } from 'node:fs';
import { machine } from '../host/machine.js';
import type { ObservedHost } from '../host/observed-host.js';
import type { CpuInfo } from '../text/cpu-info.js';
import { cpuStates, type KernelStat } from '../text/kernel-stat.js';
import type { ScrapeFaults } from './faults.js';
import { hostScraper, type HostScraper, type ScraperType } from './host-scraper.js';

interface Reading {
  readonly stat: KernelStat | undefined;
  /** Shares of the time since the last scrape, by CPU and state; not-a-number for a CPU that is new. */
  readonly utilization: readonly number[];
  readonly logical: number;
  readonly physical: number;
  readonly info: CpuInfo | undefined;
}

const states = cpuStates.length;

const type: ScraperType<object, Reading> = {
  name: 'cpu',
  options: {},
  metrics: [
    {
      name: 'system.cpu.time',
      unit: 's',
      description: 'Total seconds each logical CPU spent on each mode.',
      kind: 'counter',
      number: 'double',
      attributes: ['cpu', 'state'],
      usual: ['state'],
      on: true,
      points({ stat }, to) {
        if (!stat) return;
        for (const [i, ticks] of stat.ticks.entries())
          to.add(ticks / machine.ticksPerSecond, stat.cpus[Math.floor(i / states)], cpuStates[i % states]);
      },
    },
    {
      name: 'system.cpu.utilization',
      unit: '1',
      description:
        'Difference in system.cpu.time since the last measurement per logical CPU, divided by the elapsed time ' +
        '(value in interval [0,1]).',
      kind: 'gauge',
      number: 'double',
      attributes: ['cpu', 'state'],
      usual: ['state'],
      on: false,
      points({ stat, utilization }, to) {
        for (const [i, share] of utilization.entries())
          if (!Number.isNaN(share)) to.add(share, stat?.cpus[Math.floor(i / states)], cpuStates[i % states]);
      },
    },
    {
      name: 'system.cpu.logical.count',
      unit: '{cpu}',
      description: 'Number of available logical CPUs.',
      kind: 'sum',
      number: 'int',
      attributes: [],
      on: true,
      points: ({ logical }, to) => to.add(logical),
    },
    {
      name: 'system.cpu.physical.count',
      unit: '{cpu}',
      description: 'Number of available physical CPUs.',
      kind: 'sum',
      number: 'int',
      attributes: [],
      on: false,
      points: ({ physical }, to) => to.add(physical),
    },
    {
      name: 'system.cpu.frequency',
      unit: 'Hz',
      description: 'Current frequency of the CPU core in Hz.',
      kind: 'gauge',
      number: 'double',
      attributes: ['cpu'],
      on: false,
      points({ info }, to) {
        for (const [i, frequency] of (info?.frequencies ?? []).entries())
          if (frequency !== undefined) to.add(frequency, `cpu${info?.processors[i] ?? i}`);
      },
    },
  ],
  reading(_options, { host }, wanted) {
    const counted = wanted('system.cpu.time', 'system.cpu.utilization');
    const shared = new Utilization();
    return (faults) => {
      const stat = counted ? readStat(host, faults) : undefined;
      return {
        stat,
        utilization: stat && wanted('system.cpu.utilization') ? shared.next(stat) : [],
        logical: wanted('system.cpu.logical.count') ? host.logicalCpus : 0,
        physical: wanted('system.cpu.physical.count') ? physicalCpus(host) : 0,
        info: wanted('system.cpu.frequency') ? readInfo(host, faults) : undefined,
      };
    };
  },
};

export const cpuScraper: HostScraper = hostScraper(type);

function readStat(host: ObservedHost, faults: ScrapeFaults): KernelStat | undefined {
  try {
    const { stat } = host;
    for (const cpu of stat.faulty) faults.add(`the times of ${cpu} are no numbers`);
    return stat;
  } catch (error) {
    faults.add(error, 1);
    return undefined;
  }
}

function readInfo(host: ObservedHost, faults: ScrapeFaults): CpuInfo | undefined {
  try {
    return host.cpuInfo;
  } catch (error) {
    faults.add(error, 1);
    return undefined;
  }
}

/** The shares of states between two scrapes. A CPU that is gone since, or new, takes nothing from the others. */
class Utilization {
  #before = new Map<string, readonly number[]>();

  next({ cpus, ticks }: KernelStat): readonly number[] {
    const now = new Map<string, readonly number[]>();
    const shares: number[] = [];
    for (const [i, cpu] of cpus.entries()) {
      const own = ticks.slice(i * states, (i + 1) * states);
      const before = this.#before.get(cpu);
      const passed = before ? sum(own) - sum(before) : Number.NaN;
      for (const [state, value] of own.entries()) shares.push(shareOf(value - (before?.[state] ?? 0), passed));
      now.set(cpu, own);
    }
    this.#before = now;
    return shares;
  }
}

function shareOf(difference: number, passed: number): number {
  if (Number.isNaN(passed)) return passed;
  return passed > 0 ? Math.min(1, Math.max(0, difference / passed)) : 0;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Cores: logical CPUs that share one say so in /sys, else /proc/cpuinfo has their number. */
function physicalCpus(host: ObservedHost): number {
  const folder = host.paths.sys('devices/system/cpu');
  for (const file of ['core_cpus_list', 'thread_siblings_list']) {
    const cores = new Set<string>();
    for (const name of namesIn(folder)) {
      if (!/^cpu[0-9]+$/.test(name)) continue;
      const siblings = textOf(`${folder}/${name}/topology/${file}`);
      if (siblings !== undefined) cores.add(siblings);
    }
    if (cores.size > 0) return cores.size;
  }
  return host.cpuInfo.cores || host.logicalCpus;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'latin1').trim();
  } catch {
    return undefined;
  }
}
