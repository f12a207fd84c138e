import type { HostMetric } from '../metrics/host-metric.js';
import { plus, times, type ProcNumber } from '../text/proc-number.js';
import { parseSwaps, type Swap } from '../text/swaps.js';
import { parseVmStat, type VmStat } from '../text/vm-stat.js';
import { hostScraper, type HostScraper } from './host-scraper.js';

interface Reading {
  readonly swaps: readonly Swap[];
  readonly counters: VmStat | undefined;
}

/** The Collector multiplies these counts of events by this; its users have set their thresholds so. */
const factor = 4096;

const usage: readonly HostMetric<Reading>[] = [
  {
    name: 'system.paging.usage',
    unit: 'By',
    description: 'Swap (unix) or pagefile (windows) usage.',
    kind: 'sum',
    number: 'int',
    attributes: ['device', 'state'],
    on: true,
    points({ swaps }, to) {
      for (const { device, size, used } of swaps) {
        to.add(used, device, 'used');
        to.add(size - used, device, 'free');
      }
    },
  },
  {
    name: 'system.paging.utilization',
    unit: '1',
    description: 'Swap (unix) or pagefile (windows) utilization.',
    kind: 'gauge',
    number: 'double',
    attributes: ['device', 'state'],
    on: false,
    points({ swaps }, to) {
      for (const { device, size, used } of swaps) {
        if (size === 0) continue;
        to.add(used / size, device, 'used');
        to.add((size - used) / size, device, 'free');
      }
    },
  },
];

const counters: readonly HostMetric<Reading>[] = [
  {
    name: 'system.paging.operations',
    unit: '{operations}',
    description: 'The number of paging operations.',
    kind: 'counter',
    number: 'int',
    attributes: ['direction', 'type'],
    on: true,
    points({ counters: stat }, to) {
      if (!stat) return;
      to.add(times(stat.pswpin, factor), 'page_in', 'major');
      to.add(times(stat.pswpout, factor), 'page_out', 'major');
      to.add(times(stat.pgpgin, factor), 'page_in', 'minor');
      to.add(times(stat.pgpgout, factor), 'page_out', 'minor');
    },
  },
  {
    name: 'system.paging.faults',
    unit: '{faults}',
    description: 'The number of page faults.',
    kind: 'counter',
    number: 'int',
    attributes: ['type'],
    on: true,
    points({ counters: stat }, to) {
      if (!stat) return;
      to.add(times(stat.pgmajfault, factor), 'major');
      to.add(times(plus(stat.pgfault, negative(stat.pgmajfault)), factor), 'minor');
    },
  },
];

function negative(value: ProcNumber): ProcNumber {
  return typeof value === 'bigint' ? -value : -value;
}

export const pagingScraper: HostScraper = hostScraper<object, Reading>({
  name: 'paging',
  options: {},
  metrics: [...usage, ...counters],
  reading(_options, { host }, wanted) {
    const names = (metrics: readonly HostMetric<Reading>[]): readonly string[] => metrics.map(({ name }) => name);
    const wantsUsage = wanted(...names(usage));
    const wantsCounters = wanted(...names(counters));
    return (faults) => {
      let swaps: readonly Swap[] = [];
      let stat: VmStat | undefined;
      try {
        if (wantsUsage) swaps = host.files.parse(host.paths.proc('swaps'), parseSwaps);
      } catch (error) {
        faults.add(error, 1, 'failed to read the use of swap space');
      }
      try {
        if (wantsCounters) stat = host.files.parse(host.paths.proc('vmstat'), parseVmStat);
      } catch (error) {
        faults.add(error, 2, 'failed to read the counters of paging');
      }
      return { swaps, counters: stat };
    };
  },
});
