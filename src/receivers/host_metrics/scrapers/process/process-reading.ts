import type { ProcNumber } from '../../text/proc-number.js';

/** The values of one process; one object for all of them. */
export interface ProcessReading {
  pid: number;
  parent: number;
  name: string;
  /** Undefined: it cannot be read. */
  executable: string | undefined;
  /** The first argument, and all of them. */
  command: string | undefined;
  commandLine: string | undefined;
  owner: string | undefined;
  cgroup: string | undefined;
  /** CPU time in seconds. */
  user: number;
  system: number;
  /** Blocked on a disk. */
  wait: number;
  /** Parts of the host's CPU time since the last scrape; undefined at the first one of the process. */
  share: { readonly user: number; readonly system: number; readonly wait: number } | undefined;
  minorFaults: number;
  majorFaults: number;
  /** Bytes; undefined where they cannot be read, as for all that follows. */
  resident: number | undefined;
  virtual: number;
  /** Bytes that the host has; 0 when that is unknown. */
  hostMemory: number;
  readBytes: ProcNumber | undefined;
  writtenBytes: ProcNumber;
  readCalls: ProcNumber;
  writeCalls: ProcNumber;
  threads: ProcNumber;
  pendingSignals: ProcNumber;
  descriptors: number | undefined;
  voluntarySwitches: ProcNumber | undefined;
  involuntarySwitches: ProcNumber;
  /** Seconds since it was started. */
  uptime: number;
}

export function emptyReading(): ProcessReading {
  return {
    pid: 0,
    parent: 0,
    name: '',
    executable: undefined,
    command: undefined,
    commandLine: undefined,
    owner: undefined,
    cgroup: undefined,
    user: 0,
    system: 0,
    wait: 0,
    share: undefined,
    minorFaults: 0,
    majorFaults: 0,
    resident: undefined,
    virtual: 0,
    hostMemory: 0,
    readBytes: undefined,
    writtenBytes: 0,
    readCalls: 0,
    writeCalls: 0,
    threads: 0,
    pendingSignals: 0,
    descriptors: undefined,
    voluntarySwitches: undefined,
    involuntarySwitches: 0,
    uptime: 0,
  };
}
