import type { Columns } from './columns.js';

const colon = 58;

/**
 * /proc/meminfo: bytes, of huge pages numbers of pages; undefined for a field that the kernel does not have. Throws for
 * a value that is no number.
 */
export interface MemoryInfo {
  readonly MemTotal?: number;
  readonly MemFree?: number;
  readonly MemAvailable?: number;
  readonly Buffers?: number;
  readonly Cached?: number;
  readonly Dirty?: number;
  readonly Shmem?: number;
  readonly SReclaimable?: number;
  readonly SUnreclaim?: number;
  readonly 'Active(file)'?: number;
  readonly 'Inactive(file)'?: number;
  readonly HugePages_Total?: number;
  readonly HugePages_Free?: number;
  readonly HugePages_Rsvd?: number;
  readonly HugePages_Surp?: number;
  readonly Hugepagesize?: number;
}

const names: readonly (keyof MemoryInfo)[] = [
  'MemTotal',
  'MemFree',
  'MemAvailable',
  'Buffers',
  'Cached',
  'Dirty',
  'Shmem',
  'SReclaimable',
  'SUnreclaim',
  'Active(file)',
  'Inactive(file)',
  'HugePages_Total',
  'HugePages_Free',
  'HugePages_Rsvd',
  'HugePages_Surp',
  'Hugepagesize',
];

export function parseMemoryInfo(columns: Columns): MemoryInfo {
  const info: { -readonly [K in keyof MemoryInfo]: number } = {};
  while (columns.nextLine()) {
    if (!columns.skipBehindLast(colon)) continue;
    const name = names.find((each) => columns.is(each));
    if (name === undefined) continue;
    columns.nextColumn();
    const value = columns.whole();
    if (value === undefined) throw new Error(`${name} is no number: ${JSON.stringify(columns.text())}`);
    info[name] = columns.nextColumn() && columns.is('kB') ? Number(value) * 1024 : Number(value);
  }
  return info;
}

/** The sum of the low watermarks of /proc/zoneinfo, in pages. */
export function parseLowWatermarks(columns: Columns): number {
  let pages = 0;
  while (columns.nextLine())
    if (columns.nextColumn() && columns.is('low') && columns.nextColumn()) pages += Number(columns.whole() ?? 0);
  return pages;
}
