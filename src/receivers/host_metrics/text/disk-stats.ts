import type { Columns } from './columns.js';
import type { ProcNumber } from './proc-number.js';

/** Columns of /proc/diskstats behind the name. Times in milliseconds, sectors of 512 bytes. */
export const diskColumns = {
  reads: 0,
  readsMerged: 1,
  sectorsRead: 2,
  readTime: 3,
  writes: 4,
  writesMerged: 5,
  sectorsWritten: 6,
  writeTime: 7,
  inProgress: 8,
  ioTime: 9,
  weightedIoTime: 10,
} as const;
const width = 11;

/** /proc/diskstats without devices that have never been used. */
export class DiskStats {
  readonly devices: string[] = [];
  readonly #counters: ProcNumber[] = [];
  readonly #rowOf = new Map<string, number>();

  counter(row: number, column: number): ProcNumber {
    return this.#counters[row * width + column] ?? 0;
  }

  /** Reads the line at `columns`. Throws for a counter that is no number. */
  add(columns: Columns): void {
    if (!columns.skip(3)) return;
    const device = columns.text();
    // The second line of a device is the one that counts.
    const known = this.#rowOf.get(device);
    const at = known === undefined ? this.#counters.length : known * width;
    const fresh: ProcNumber[] = [];
    while (fresh.length < width && columns.nextColumn()) {
      const value = columns.whole();
      if (value === undefined)
        throw new Error(`a counter of ${device} is no number: ${JSON.stringify(columns.text())}`);
      fresh.push(value);
    }
    if (fresh.length < width || fresh.every((value) => value === 0)) return;
    for (const [i, value] of fresh.entries()) this.#counters[at + i] = value;
    if (known !== undefined) return;
    this.#rowOf.set(device, this.devices.length);
    this.devices.push(device);
  }
}

export function parseDiskStats(columns: Columns): DiskStats {
  const stats = new DiskStats();
  while (columns.nextLine()) stats.add(columns);
  return stats;
}
