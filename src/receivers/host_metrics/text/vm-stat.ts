import type { Columns } from './columns.js';
import type { ProcNumber } from './proc-number.js';

const names = ['pgpgin', 'pgpgout', 'pswpin', 'pswpout', 'pgfault', 'pgmajfault'] as const;

/** Counters of /proc/vmstat; 0 for one that is not there. */
export type VmStat = Readonly<Record<(typeof names)[number], ProcNumber>>;

export function parseVmStat(columns: Columns): VmStat {
  const stat: Record<(typeof names)[number], ProcNumber> = {
    pgpgin: 0,
    pgpgout: 0,
    pswpin: 0,
    pswpout: 0,
    pgfault: 0,
    pgmajfault: 0,
  };
  while (columns.nextLine()) {
    columns.nextColumn();
    const name = names.find((each) => columns.is(each));
    if (name !== undefined && columns.nextColumn()) stat[name] = columns.whole() ?? 0;
  }
  return stat;
}
