import type { HostMetric } from '../metrics/host-metric.js';
import { diskColumns, parseDiskStats, type DiskStats } from '../text/disk-stats.js';
import { times } from '../text/proc-number.js';
import { hostScraper, type HostScraper } from './host-scraper.js';
import { nameFilter, nameMatch, type NameMatch } from './name-filter.js';

interface Options {
  readonly include: NameMatch<'devices'>;
  readonly exclude: NameMatch<'devices'>;
}

interface Reading {
  readonly stats: DiskStats;
  /** Rows of the devices that are reported. */
  readonly rows: readonly number[];
}

const sectorBytes = 512;
type Column = keyof typeof diskColumns;

/** A counter of reads and of writes. */
const perDirection = (
  name: string,
  unit: string,
  description: string,
  number: 'int' | 'double',
  read: Column,
  write: Column,
): HostMetric<Reading> => ({
  name,
  unit,
  description,
  kind: 'counter',
  number,
  attributes: ['device', 'direction'],
  on: true,
  points({ stats, rows }, to) {
    for (const row of rows) {
      const device = stats.devices[row];
      to.add(valueOf(stats, row, read), device, 'read');
      to.add(valueOf(stats, row, write), device, 'write');
    }
  },
});

/** A counter, or a number of now, of the device. */
const perDevice = (
  name: string,
  unit: string,
  description: string,
  kind: 'counter' | 'sum',
  column: Column,
): HostMetric<Reading> => ({
  name,
  unit,
  description,
  kind,
  number: unit === 's' ? 'double' : 'int',
  attributes: ['device'],
  on: true,
  points({ stats, rows }, to) {
    for (const row of rows) to.add(valueOf(stats, row, column), stats.devices[row]);
  },
});

/** In bytes, seconds or operations. */
function valueOf(stats: DiskStats, row: number, column: Column): number | bigint {
  const value = stats.counter(row, diskColumns[column]);
  if (column === 'sectorsRead' || column === 'sectorsWritten') return times(value, sectorBytes);
  return column.endsWith('Time') ? Number(value) / 1000 : value;
}

export const diskScraper: HostScraper = hostScraper<Options, Reading>({
  name: 'disk',
  options: {
    include: nameMatch('devices', 'Devices that are reported; none: all'),
    exclude: nameMatch('devices', 'Devices that are left out'),
  },
  metrics: [
    perDirection('system.disk.io', 'By', 'Disk bytes transferred.', 'int', 'sectorsRead', 'sectorsWritten'),
    perDirection('system.disk.operations', '{operations}', 'Disk operations count.', 'int', 'reads', 'writes'),
    perDirection(
      'system.disk.merged',
      '{operations}',
      'The number of disk reads/writes merged into single physical disk access operations.',
      'int',
      'readsMerged',
      'writesMerged',
    ),
    perDirection(
      'system.disk.operation_time',
      's',
      'Time spent in disk operations.',
      'double',
      'readTime',
      'writeTime',
    ),
    perDevice(
      'system.disk.io_time',
      's',
      'Time disk spent activated. On Windows, this is calculated as the inverse of disk idle time.',
      'counter',
      'ioTime',
    ),
    perDevice(
      'system.disk.weighted_io_time',
      's',
      'Time disk spent activated multiplied by the queue length.',
      'counter',
      'weightedIoTime',
    ),
    perDevice(
      'system.disk.pending_operations',
      '{operations}',
      'The queue size of pending I/O operations.',
      'sum',
      'inProgress',
    ),
  ],
  reading({ include, exclude }, { host }) {
    const isReported = nameFilter('devices', include, exclude);
    return () => {
      const stats = host.files.parse(host.paths.proc('diskstats'), parseDiskStats);
      return { stats, rows: [...stats.devices.keys()].filter((row) => isReported(stats.devices[row] ?? '')) };
    };
  },
});
