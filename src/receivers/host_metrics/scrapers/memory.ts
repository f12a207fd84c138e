import { machine } from '../host/machine.js';
import type { ObservedHost } from '../host/observed-host.js';
import type { HostMetric } from '../metrics/host-metric.js';
import { parseLowWatermarks, type MemoryInfo } from '../text/memory-info.js';
import { hostScraper, type HostScraper } from './host-scraper.js';

/** Bytes by state, and the fields of /proc/meminfo. */
interface Reading {
  readonly info: MemoryInfo;
  readonly available: number;
  readonly states: readonly (readonly [state: string, bytes: number])[];
}

const hugePageState = 'system.memory.linux.hugepages.state';

/** A sum or gauge of one field. */
const single = (
  name: string,
  unit: string,
  description: string,
  kind: 'gauge' | 'sum',
  value: (reading: Reading) => number,
): HostMetric<Reading> => ({
  name,
  unit,
  description,
  kind,
  number: 'int',
  attributes: [],
  on: false,
  points: (reading, to) => to.add(value(reading)),
});

const hugePages = ({ info }: Reading): readonly (readonly [state: string, pages: number])[] => {
  const free = info.HugePages_Free ?? 0;
  return [
    ['free', free],
    ['used', (info.HugePages_Total ?? 0) - free],
  ];
};

const metrics: readonly HostMetric<Reading>[] = [
  {
    name: 'system.memory.usage',
    unit: 'By',
    description: 'Bytes of memory in use.',
    kind: 'sum',
    number: 'int',
    attributes: ['state'],
    on: true,
    points({ states }, to) {
      for (const [state, bytes] of states) to.add(bytes, state);
    },
  },
  {
    name: 'system.memory.utilization',
    unit: '1',
    description: 'Percentage of memory bytes in use.',
    kind: 'gauge',
    number: 'double',
    attributes: ['state'],
    on: false,
    points({ states, info }, to) {
      if (!info.MemTotal) return;
      for (const [state, bytes] of states) to.add(bytes / info.MemTotal, state);
    },
  },
  single('system.memory.limit', 'By', 'Total bytes of memory available.', 'sum', ({ info }) => info.MemTotal ?? 0),
  single(
    'system.memory.page_size',
    'By',
    "A constant value for the system's configured page size.",
    'gauge',
    () => machine.pageSize,
  ),
  single(
    'system.linux.memory.available',
    'By',
    'An estimate of how much memory is available for starting new applications, without swapping. This is a more ' +
      'accurate alternative than system.memory.usage with state=free. (Linux only)',
    'sum',
    ({ available }) => available,
  ),
  single(
    'system.linux.memory.dirty',
    'By',
    'The amount of dirty memory according to `/proc/meminfo`.',
    'sum',
    ({ info }) => info.Dirty ?? 0,
  ),
  single(
    'system.memory.linux.shared',
    'By',
    'Shared memory usage, including tmpfs filesystems and System V/POSIX shared memory. Only supported on Linux.',
    'sum',
    ({ info }) => info.Shmem ?? 0,
  ),
  single(
    'system.memory.linux.hugepages.limit',
    '{page}',
    'Total number of hugepages available.',
    'sum',
    ({ info }) => info.HugePages_Total ?? 0,
  ),
  single(
    'system.memory.linux.hugepages.page_size',
    'By',
    'System hugepage size in bytes.',
    'sum',
    ({ info }) => info.Hugepagesize ?? 0,
  ),
  single(
    'system.memory.linux.hugepages.reserved',
    '{page}',
    'Number of reserved hugepages (hugepages for which a commitment to allocate has been made, but no allocation has ' +
      'yet been made). This is reported as a separate metric rather than a usage state because reserved pages are ' +
      'already counted in free pages - they represent a subset of free pages that cannot be used for non-reserved ' +
      'allocations.',
    'sum',
    ({ info }) => info.HugePages_Rsvd ?? 0,
  ),
  single(
    'system.memory.linux.hugepages.surplus',
    '{page}',
    'Number of surplus hugepages (overcommitted hugepages beyond the persistent pool). This is reported as a ' +
      'separate metric rather than a usage state because surplus pages can be in either used or free state, and ' +
      'including them would break the semantic convention that usage states must sum to the limit.',
    'sum',
    ({ info }) => info.HugePages_Surp ?? 0,
  ),
  {
    name: 'system.memory.linux.hugepages.usage',
    unit: '{page}',
    description: 'Number of hugepages in use by state.',
    kind: 'sum',
    number: 'int',
    attributes: [hugePageState],
    on: false,
    points(reading, to) {
      for (const [state, pages] of hugePages(reading)) to.add(pages, state);
    },
  },
  {
    name: 'system.memory.linux.hugepages.utilization',
    unit: '1',
    description: 'Percentage of hugepages in use by state.',
    kind: 'gauge',
    number: 'double',
    attributes: [hugePageState],
    on: false,
    points(reading, to) {
      const total = reading.info.HugePages_Total ?? 0;
      if (total > 0) for (const [state, pages] of hugePages(reading)) to.add(pages / total, state);
    },
  },
];

/** Off: `used` is what is neither free nor in a cache. */
const usedByAvailable = 'receiver.hostmetricsreceiver.UseLinuxMemAvailable';

export const memoryScraper: HostScraper = hostScraper<object, Reading>({
  name: 'memory',
  options: {},
  metrics,
  reading(_options, { host, gates }) {
    return () => {
      const info = host.memory;
      const { MemTotal: total = 0, MemFree: free = 0, Buffers: buffers = 0, SReclaimable: reclaimable = 0 } = info;
      const cached = (info.Cached ?? 0) + reclaimable;
      const available = availableMemory(info, cached, host);
      const used = gates.has(usedByAvailable) ? total - available : total - free - buffers - cached;
      return {
        info,
        available,
        states: [
          ['used', used],
          ['free', free],
          ['buffered', buffers],
          ['cached', cached],
          ['slab_reclaimable', reclaimable],
          ['slab_unreclaimable', info.SUnreclaim ?? 0],
        ],
      };
    };
  },
});

/**
 * Bytes that programs can still have. Kernels before 3.14 do not say: then, as the kernel reckons it, free memory and
 * half of what is cached, or all of it above the low watermarks; without these all of what is cached.
 */
function availableMemory(info: MemoryInfo, cached: number, host: ObservedHost): number {
  if (info.MemAvailable !== undefined) return info.MemAvailable;
  const { MemFree: free = 0, 'Active(file)': active, 'Inactive(file)': inactive, SReclaimable: reclaimable } = info;
  if (active === undefined || inactive === undefined || reclaimable === undefined) return free + cached;
  let watermark: number;
  try {
    watermark = host.files.parse(host.paths.proc('zoneinfo'), parseLowWatermarks) * machine.pageSize;
  } catch {
    return free + cached;
  }
  const files = active + inactive;
  const above = (bytes: number): number => bytes - Math.min(bytes / 2, watermark);
  return Math.max(0, Math.trunc(free - watermark + above(files) + above(reclaimable)));
}
