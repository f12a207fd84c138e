import fs from 'node:fs';
import type { InPieces } from '../../../../otlp/work.js';
import { isMissing } from '../../host/file-reader.js';
import type { ObservedHost } from '../../host/observed-host.js';
import { processesAtOnce } from '../../host/process-table.js';
import { plus, type ProcNumber } from '../../text/proc-number.js';
import { ProcessStatus } from '../../text/process-status.js';

/** Names of a folder that are counted before the event loop goes on. */
const namesAtOnce = 2048;

/** How many names a folder has. Throws when it cannot be read. */
export function* countNames(folder: string): InPieces<number> {
  const open = fs.opendirSync(folder, { bufferSize: 256 });
  try {
    for (let count = 0; ; count++) {
      if (open.readSync() === null) return count;
      if (count % namesAtOnce === namesAtOnce - 1) yield;
    }
  } finally {
    open.closeSync();
  }
}

/** Context switches of all threads of a process. */
export interface ContextSwitches {
  readonly voluntary: ProcNumber;
  readonly involuntary: ProcNumber;
}

const status = new ProcessStatus();

/** Adds up the context switches of a process. Throws when those of a thread that is there cannot be read. */
export function* switchesOf(pid: number, { paths, files }: ObservedHost): InPieces<ContextSwitches> {
  let voluntary: ProcNumber = 0;
  let involuntary: ProcNumber = 0;
  const folder = paths.process(pid, 'task');
  const open = fs.opendirSync(folder, { bufferSize: 256 });
  try {
    for (let count = 0; ; count++) {
      const thread = open.readSync();
      if (thread === null) return { voluntary, involuntary };
      if (count % processesAtOnce === processesAtOnce - 1) yield;
      try {
        files.reader.readWhole(paths.process(thread.name, 'status'));
      } catch (error) {
        // It ended meanwhile.
        if (isMissing(error) && !fs.existsSync(`${folder}/${thread.name}`)) continue;
        throw error;
      }
      status.read(files.columns, files.reader.bytes, files.reader.length);
      voluntary = plus(voluntary, status.voluntarySwitches);
      involuntary = plus(involuntary, status.involuntarySwitches);
    }
  } finally {
    open.closeSync();
  }
}
