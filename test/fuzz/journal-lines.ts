import { EntryGroups } from '../../src/entries/entry-groups.js';
import { LogEntry } from '../../src/entries/entry.js';
import { JournalFault, startJournalEntry } from '../../src/receivers/journald/journal-entry.js';
import { validate } from '../../src/otlp/wire/validate.js';
import { law } from './law.js';
import type { Target } from './targets.js';

const cursor = '"__CURSOR":"s=1;i=2"';
const time = '"__REALTIME_TIMESTAMP":"1700000000123456"';

/** Lines of `journalctl --output=json`. The first byte says whether messages that are bytes become text. */
export const journalLines: Target = {
  name: 'journal-lines',
  share: 0.2,
  seeds: [
    `{${cursor},${time},"MESSAGE":"text","PRIORITY":"6","_PID":"1"}`,
    `{${cursor},${time},"MESSAGE":[104,105,255,0],"A":["x","y"],"__proto__":"z"}`,
    `{${cursor},"__REALTIME_TIMESTAMP":"99999999999999999999"}`,
    `{${time},"B":null,"C":[[[[[[[[[[1]]]]]]]]]]}`,
    '[1,2]',
    'null',
    '-- cursor',
  ].map((text, i) => Buffer.from(`${String.fromCodePoint(i % 2)}${text}`)),
  run(input) {
    const entry = new LogEntry();
    try {
      const read = startJournalEntry(entry, input.toString('utf8', 1), ((input[0] ?? 0) & 1) === 1);
      const groups = new EntryGroups();
      groups.add(entry);
      const batch = groups.finish();
      law(validate('logs', batch.bytes).itemCount === 1, 'an entry that is no record');
      law(batch.bytes.length <= 16 * input.length + 200, 'a record out of proportion');
      return `${Math.min(9, read.length)} ${entry.body === null ? '' : typeof entry.body}`;
    } catch (error) {
      if (!(error instanceof JournalFault)) throw error;
      return error.message.replaceAll(/["'].*|\d+/gs, '').slice(0, 50);
    }
  },
};
