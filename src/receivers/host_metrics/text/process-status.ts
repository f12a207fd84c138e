import type { Columns } from './columns.js';
import { hexDigits, type ProcNumber } from './proc-number.js';

/** /proc/PID/status; one object for all processes. */
export class ProcessStatus {
  /** At most 15 bytes, as the kernel keeps it. */
  name = '';
  /** Number of the state's letter. */
  state = 0;
  /** The real user; -1 where the file does not say. */
  user = -1;
  threads: ProcNumber = 0;
  /** The mask of signals that wait for the process, read as a number. */
  pendingSignals: ProcNumber = 0;
  voluntarySwitches: ProcNumber = 0;
  involuntarySwitches: ProcNumber = 0;

  read(columns: Columns, bytes: Buffer, length: number): void {
    this.name = '';
    this.state = 0;
    this.user = -1;
    this.threads = this.pendingSignals = this.voluntarySwitches = this.involuntarySwitches = 0;
    columns.open(bytes, length);
    while (columns.nextLine()) {
      columns.nextColumn();
      this.#take(columns, bytes);
    }
  }

  #take(columns: Columns, bytes: Buffer): void {
    if (columns.is('Name:')) this.name = columns.rest();
    else if (columns.is('State:')) {
      columns.nextColumn();
      this.state = columns.first;
    } else if (columns.is('Uid:')) {
      columns.nextColumn();
      this.user = Number(columns.whole() ?? -1);
    } else if (columns.is('Threads:')) this.threads = value(columns);
    else if (columns.is('ShdPnd:')) {
      columns.nextColumn();
      const { columnStart, columnEnd } = columns;
      if (isHex(bytes, columnStart, columnEnd)) this.pendingSignals = hexDigits(bytes, columnStart, columnEnd);
    } else if (columns.is('voluntary_ctxt_switches:')) this.voluntarySwitches = value(columns);
    else if (columns.is('nonvoluntary_ctxt_switches:')) this.involuntarySwitches = value(columns);
  }
}

function value(columns: Columns): ProcNumber {
  columns.nextColumn();
  return columns.whole() ?? 0;
}

function isHex(bytes: Buffer, from: number, to: number): boolean {
  return to > from && /^[0-9a-fA-F]+$/.test(bytes.toString('latin1', Math.max(from, to - 16), to));
}
