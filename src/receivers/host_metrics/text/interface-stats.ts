import type { Columns } from './columns.js';
import type { ProcNumber } from './proc-number.js';

const colon = 58;
/** Lines of headings. */
const headings = 2;
/** Columns of a direction that are counted here: bytes, packets, errors, dropped. */
const counted = 4;
/** Columns of the received data before those of the sent data. */
const received = 8;
const width = 2 * counted;

/** /proc/net/dev. */
export class InterfaceStats {
  readonly names: string[] = [];
  readonly #counters: ProcNumber[] = [];

  /** `what`: 0 bytes, 1 packets, 2 errors, 3 dropped. */
  counter(row: number, what: number, direction: 'receive' | 'transmit'): ProcNumber {
    return this.#counters[row * width + what + (direction === 'receive' ? 0 : counted)] ?? 0;
  }

  /** Reads the line at `columns`. Throws for one without the counters. */
  add(columns: Columns): void {
    // The name of an interface may have a colon itself.
    if (!columns.skipBehindLast(colon)) return;
    const name = columns.text().trim();
    if (name === '') return;
    const at = this.#counters.length;
    for (let column = 0; column < received + counted; column++) {
      const value = columns.nextColumn() ? columns.whole() : undefined;
      if (value === undefined) {
        this.#counters.length = at;
        throw new Error(`a counter of ${name} is no number: ${JSON.stringify(columns.text())}`);
      }
      if (column < counted || column >= received) this.#counters.push(value);
    }
    this.names.push(name);
  }
}

export function parseInterfaceStats(columns: Columns): InterfaceStats {
  const stats = new InterfaceStats();
  for (let line = 0; columns.nextLine(); line++) if (line >= headings) stats.add(columns);
  return stats;
}
