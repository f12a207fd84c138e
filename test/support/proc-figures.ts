import fs from 'node:fs';
import type { SimulatedHost } from './simulated-hosts.js';

/** Series by name and labels as `host_metrics` and Prometheus name them, such as `system_uptime_seconds{}`. */
export type Figures = ReadonlyMap<string, number>;

/** The figures of /proc at one moment. */
export interface ProcReading {
  /** They only grow. */
  readonly counters: Figures;
  readonly gauges: ReadonlyMap<string, Gauge>;
}

interface Gauge {
  readonly value: number;
  /** How much it may change between two readings beside what they show. */
  readonly slack: number;
}

type Labels = Readonly<Record<string, string>>;

const labels = ['device', 'direction', 'mountpoint', 'protocol', 'state', 'type'];

/** A series with those of its labels that come from the scrapers. */
export function seriesOf(name: string, all: Labels): string {
  const own = labels.filter((key) => all[key] !== undefined).map((key) => `${key}=${all[key]}`);
  return `${name}{${own.join(',')}}`;
}

const sectorBytes = 512;
/** The Collector multiplies counts of events by the size of a page. */
const events = 4096;
const ticksPerSecond = 100;

const rows = (file: string): string[][] =>
  fs
    .readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/[\s:]+/));

/** Reads what a host's /proc says now. */
export function readProc(host: SimulatedHost): ProcReading {
  const counters = new Map<string, number>();
  const gauges = new Map<string, Gauge>();
  const count = (name: string, by: Labels, value: number): void => void counters.set(seriesOf(name, by), value);
  const gauge = (name: string, by: Labels, value: number, slack = 0): void =>
    void gauges.set(seriesOf(name, by), { value, slack });

  // Without the time that is idle or waits, which the kernel puts together anew for each reader. The sum of the CPUs is
  // not their first line, which has lost less to rounding.
  const states = ['user', 'nice', 'system', '', '', 'interrupt', 'softirq', 'steal'];
  const stat = rows('/proc/stat');
  const cpus = stat.filter(([key = '']) => /^cpu\d/.test(key));
  for (const [i, state] of states.entries()) {
    const ticks = cpus.reduce((sum, columns) => sum + Number(columns[i + 1]), 0);
    if (state !== '') count('system_cpu_time_seconds_total', { state }, ticks / ticksPerSecond);
  }
  count('system_processes_created_total', {}, Number(stat.find(([key]) => key === 'processes')?.[1]));
  const vm = new Map(rows('/proc/vmstat').map(([key = '', value]) => [key, Number(value)]));
  const vmOf = (key: string): number => vm.get(key) ?? Number.NaN;
  count('system_paging_faults_total', { type: 'major' }, vmOf('pgmajfault') * events);
  count('system_paging_faults_total', { type: 'minor' }, (vmOf('pgfault') - vmOf('pgmajfault')) * events);
  for (const [, , device = '', ...values] of rows('/proc/diskstats')) {
    // A device that was never used is left out, as by the Collector.
    if (values.every((value) => value === '0')) continue;
    for (const [direction, at] of [['read', 0] as const, ['write', 4] as const]) {
      count('system_disk_operations_total', { device, direction }, Number(values[at]));
      count('system_disk_io_bytes_total', { device, direction }, Number(values[at + 2]) * sectorBytes);
    }
  }
  for (const [device = '', ...values] of rows(`${host.proc}/net/dev`).slice(2)) {
    for (const [direction, at] of [['receive', 0] as const, ['transmit', 8] as const]) {
      count('system_network_io_bytes_total', { device, direction }, Number(values[at]));
      count('system_network_packets_total', { device, direction }, Number(values[at + 1]));
    }
  }

  for (const [i, span] of ['1m', '5m', '15m'].entries())
    gauge(`system_cpu_load_average_${span}`, {}, Number(rows('/proc/loadavg')[0]?.[i]));
  const memory = new Map(rows('/proc/meminfo').map(([key = '', value]) => [key, Number(value) * 1024]));
  const memoryOf = (key: string): number => memory.get(key) ?? Number.NaN;
  const total = memoryOf('MemTotal');
  const ofMemory = (state: string, value: number): void =>
    gauge('system_memory_usage_bytes', { state }, value, total / 50);
  ofMemory('used', total - memoryOf('MemAvailable'));
  ofMemory('free', memoryOf('MemFree'));
  ofMemory('buffered', memoryOf('Buffers'));
  ofMemory('cached', memoryOf('Cached') + memoryOf('SReclaimable'));
  const listens = '0A';
  const sockets = ['tcp', 'tcp6'].flatMap((file) => rows(`${host.proc}/net/${file}`));
  const listening = sockets.filter((columns) => columns[5] === listens).length;
  gauge('system_network_connections', { protocol: 'tcp', state: 'LISTEN' }, listening);
  gauge('system_uptime_seconds', {}, Number(rows('/proc/uptime')[0]?.[0]), 1);
  return { counters, gauges };
}

/**
 * The numbers of two readings between which all shown figures can have been read at one moment; undefined: there was no
 * such moment. Figures that are not shown do not count.
 */
export function momentOf(
  readings: readonly ProcReading[],
  shown: Figures,
): readonly [from: number, to: number] | undefined {
  const every = (reading: ProcReading, fits: (own: number, value: number) => boolean): boolean =>
    [...reading.counters].every(([series, own]) => fits(own, shown.get(series) ?? own));
  // Seconds of several CPUs are summed up, with the errors of doubles.
  const from = readings.findLastIndex((reading) => every(reading, (own, value) => own <= value * (1 + 1e-12)));
  const to = readings.findIndex((reading) => every(reading, (own, value) => own >= value * (1 - 1e-12)));
  if (from < 0 || to < 0) return undefined;
  const between = readings.slice(Math.min(from, to), Math.max(from, to) + 1);
  for (const [series, value] of shown) {
    const own = between.flatMap(({ gauges }) => gauges.get(series) ?? []);
    const fits = own.some(({ slack }) => {
      const values = own.map((each) => each.value);
      return value >= Math.min(...values) - slack && value <= Math.max(...values) + slack;
    });
    if (own.length > 0 && !fits) return undefined;
  }
  return [from, to];
}
