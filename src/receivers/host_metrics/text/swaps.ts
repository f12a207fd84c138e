import type { Columns } from './columns.js';

/** A line of /proc/swaps; bytes. */
export interface Swap {
  /** As the file has it: a blank in the name of a file stays `\040`, as in the Collector. */
  readonly device: string;
  readonly size: number;
  readonly used: number;
}

/** Throws for a size that is no number. */
export function parseSwaps(columns: Columns): readonly Swap[] {
  const swaps: Swap[] = [];
  columns.nextLine();
  while (columns.nextLine()) {
    if (!columns.nextColumn()) continue;
    const device = columns.text();
    const number = (): number => {
      const value = columns.nextColumn() ? columns.whole() : undefined;
      if (value === undefined) throw new Error(`a size of ${device} is no number: ${JSON.stringify(columns.text())}`);
      return Number(value) * 1024;
    };
    columns.nextColumn();
    swaps.push({ device, size: number(), used: number() });
  }
  return swaps;
}
