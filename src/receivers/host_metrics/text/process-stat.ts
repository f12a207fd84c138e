import type { Columns } from './columns.js';

const bracket = 41;
/** The process is a thread of the kernel: it has no program and no command line. */
const kernelThread = 0x20_0000;

/** Fields of /proc/PID/stat by their number, the first is 1. */
const fields = {
  state: 3,
  parent: 4,
  flags: 9,
  minorFaults: 10,
  majorFaults: 12,
  user: 14,
  system: 15,
  start: 22,
  blockedOnDisk: 42,
} as const;
const last = fields.blockedOnDisk;

/** /proc/PID/stat; one object for all processes. CPU times and the start time are in ticks. */
export class ProcessStat {
  /** Number of the state's letter. */
  state = 0;
  parent = 0;
  minorFaults = 0;
  majorFaults = 0;
  user = 0;
  system = 0;
  /** Since the boot. */
  start = 0;
  blockedOnDisk = 0;
  isKernelThread = false;

  /** False for what is no such file. */
  read(columns: Columns, bytes: Buffer, length: number): boolean {
    // The name before it may have brackets, blanks and even line ends.
    const nameEnd = length === 0 ? -1 : bytes.lastIndexOf(bracket, length - 1);
    if (nameEnd < 0) return false;
    columns.open(bytes, length, nameEnd + 1);
    if (!columns.nextLine()) return false;
    this.blockedOnDisk = 0;
    for (let field: number = fields.state; field <= last; field++) {
      if (!columns.nextColumn()) return field > fields.start;
      if (field === fields.state) this.state = columns.first;
      else this.#take(field, Number(columns.whole() ?? 0));
    }
    return true;
  }

  #take(field: number, value: number): void {
    switch (field) {
      case fields.parent:
        this.parent = value;
        return;
      case fields.flags:
        this.isKernelThread = (value & kernelThread) !== 0;
        return;
      case fields.minorFaults:
        this.minorFaults = value;
        return;
      case fields.majorFaults:
        this.majorFaults = value;
        return;
      case fields.user:
        this.user = value;
        return;
      case fields.system:
        this.system = value;
        return;
      case fields.start:
        this.start = value;
        return;
      case fields.blockedOnDisk:
        this.blockedOnDisk = value;
        return;
      default:
    }
  }
}
