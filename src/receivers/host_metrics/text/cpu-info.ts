import type { Columns } from './columns.js';

/** /proc/cpuinfo. */
export interface CpuInfo {
  /** Numbers of the logical CPUs. */
  readonly processors: readonly number[];
  /** Hz by processor; undefined where the architecture does not say. */
  readonly frequencies: readonly (number | undefined)[];
  /** The sum of the cores that each socket says it has; 0 where there are none. */
  readonly cores: number;
}

export function parseCpuInfo(columns: Columns): CpuInfo {
  const processors: number[] = [];
  const frequencies: (number | undefined)[] = [];
  const coresOf = new Map<number, number>();
  let socket = 0;
  while (columns.nextLine()) {
    columns.nextColumn();
    if (columns.is('processor') && behindColon(columns)) {
      const number = columns.whole();
      // Some architectures also have the model's name under this key.
      if (number === undefined) continue;
      processors.push(Number(number));
      frequencies.push(undefined);
      socket = 0;
    } else if (columns.is('cpu') && columns.nextColumn()) {
      if (columns.is('MHz') && behindColon(columns)) {
        const value = columns.decimal();
        if (processors.length > 0) frequencies[processors.length - 1] = value === undefined ? undefined : value * 1e6;
      } else if (columns.is('cores') && behindColon(columns)) coresOf.set(socket, Number(columns.whole() ?? 0));
    } else if (columns.is('physical') && columns.nextColumn() && columns.is('id') && behindColon(columns))
      socket = Number(columns.whole() ?? 0);
  }
  return { processors, frequencies, cores: [...coresOf.values()].reduce((sum, cores) => sum + cores, 0) };
}

/** Moves to the value. */
function behindColon(columns: Columns): boolean {
  return columns.nextColumn() && columns.is(':') && columns.nextColumn();
}
