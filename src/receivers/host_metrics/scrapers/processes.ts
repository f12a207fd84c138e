import { hostScraper, type HostScraper } from './host-scraper.js';
import type { KernelStat } from '../text/kernel-stat.js';

interface Reading {
  readonly counts: ReadonlyMap<string, number>;
  readonly stat: KernelStat;
}

/** States by the letter of the kernel; all other letters are unknown. */
const stateNames: ReadonlyMap<string, string> = new Map([
  ['S', 'sleeping'],
  ['D', 'blocked'],
  ['I', 'idle'],
  ['R', 'running'],
  ['T', 'stopped'],
  ['t', 'stopped'],
  ['Z', 'zombies'],
  ['W', 'paging'],
  ['L', 'locked'],
]);

export const processesScraper: HostScraper = hostScraper<object, Reading>({
  name: 'processes',
  options: {},
  metrics: [
    {
      name: 'system.processes.count',
      unit: '{processes}',
      description: 'Total number of processes in each state.',
      kind: 'sum',
      number: 'int',
      attributes: ['status'],
      on: true,
      points({ counts }, to) {
        for (const [status, count] of counts) to.add(count, status);
      },
    },
    {
      name: 'system.processes.created',
      unit: '{processes}',
      description: 'Total number of created processes. Supported on Linux and OpenBSD.',
      kind: 'counter',
      number: 'int',
      attributes: [],
      on: true,
      points({ stat: { created } }, to) {
        if (created !== undefined) to.add(created);
      },
    },
  ],
  reading(_options, { host }, wanted) {
    const wantsCounts = wanted('system.processes.count');
    return async () => {
      const { stat } = host;
      return { stat, counts: wantsCounts ? countsOf(await host.processes, stat) : new Map() };
    };
  },
});

/** The kernel counts what runs and what is blocked itself, with all threads; the Collector takes these numbers. */
function countsOf(
  processes: { readonly length: number; get(row: number, field: 'state'): number },
  { running, blocked }: KernelStat,
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (let row = 0; row < processes.length; row++) {
    const status = stateNames.get(String.fromCharCode(processes.get(row, 'state')));
    if (status !== undefined) counts.set(status, (counts.get(status) ?? 0) + 1);
  }
  if (running !== undefined) counts.set('running', Number(running));
  if (blocked !== undefined) counts.set('blocked', Number(blocked));
  const known = [...counts.values()].reduce((sum, count) => sum + count, 0);
  if (processes.length > known) counts.set('unknown', processes.length - known);
  return counts;
}
