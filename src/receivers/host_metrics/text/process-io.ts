import type { Columns } from './columns.js';
import type { ProcNumber } from './proc-number.js';

/** /proc/PID/io; one object for all processes. */
export class ProcessIo {
  /** Bytes that were asked for and given by system calls, whether of disks or not. */
  readBytes: ProcNumber = 0;
  writtenBytes: ProcNumber = 0;
  readCalls: ProcNumber = 0;
  writeCalls: ProcNumber = 0;

  /** Throws for a counter that is no number. */
  read(columns: Columns, bytes: Buffer, length: number): void {
    this.readBytes = this.writtenBytes = this.readCalls = this.writeCalls = 0;
    columns.open(bytes, length);
    while (columns.nextLine()) {
      columns.nextColumn();
      if (columns.is('rchar:')) this.readBytes = counter(columns);
      else if (columns.is('wchar:')) this.writtenBytes = counter(columns);
      else if (columns.is('syscr:')) this.readCalls = counter(columns);
      else if (columns.is('syscw:')) this.writeCalls = counter(columns);
    }
  }
}

function counter(columns: Columns): ProcNumber {
  const value = columns.nextColumn() ? columns.whole() : undefined;
  if (value === undefined) throw new Error(`a counter is no number: ${JSON.stringify(columns.text())}`);
  return value;
}
