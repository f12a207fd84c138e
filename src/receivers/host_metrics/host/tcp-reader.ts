import fs from 'node:fs';
import type { InPieces } from '../../../otlp/work.js';
import type { Columns } from '../text/columns.js';
import type { TcpStates } from '../text/tcp-states.js';

/** Bytes that are read before the event loop goes on: some 400 connections, which take the kernel a millisecond. */
const atOnce = 64 << 10;
const newline = 10;

/** Counts the connections of a file, which has megabytes on a busy host. Throws when it cannot be read. */
export function* countConnections(file: string, states: TcpStates, columns: Columns): InPieces<void> {
  const bytes = Buffer.allocUnsafe(atOnce);
  const descriptor = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  try {
    let kept = 0;
    for (;;) {
      const got = fs.readSync(descriptor, bytes, kept, bytes.length - kept, null);
      const length = kept + got;
      // A line that is cut off is read to its end next time; one as long as the buffer is none of this file.
      const cut = got === 0 || length === 0 ? length : bytes.lastIndexOf(newline, length - 1) + 1;
      columns.open(bytes, cut);
      while (columns.nextLine()) states.add(columns);
      if (got === 0) return;
      kept = length - cut === bytes.length ? 0 : length - cut;
      bytes.copyWithin(0, length - kept, length);
      yield;
    }
  } finally {
    fs.closeSync(descriptor);
  }
}
