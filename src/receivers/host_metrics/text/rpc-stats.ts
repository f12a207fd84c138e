import type { Columns } from './columns.js';
import type { ProcNumber } from './proc-number.js';

/** Numbers of one line. */
const mostNumbers = 512;

/** /proc/net/rpc/nfs and nfsd: lines of a name and numbers, by name. Throws for anything else. */
export type RpcStats = ReadonlyMap<string, readonly ProcNumber[]>;

export function parseRpcStats(columns: Columns): RpcStats {
  const stats = new Map<string, ProcNumber[]>();
  while (columns.nextLine()) {
    if (!columns.nextColumn()) continue;
    const name = columns.text();
    const numbers: ProcNumber[] = [];
    while (numbers.length < mostNumbers && columns.nextColumn()) {
      // `th` has times with fractions behind its first number.
      const value = columns.whole() ?? columns.decimal();
      if (value === undefined) throw new Error(`${name}: no number: ${JSON.stringify(columns.text())}`);
      numbers.push(value);
    }
    stats.set(name, numbers);
  }
  return stats;
}
