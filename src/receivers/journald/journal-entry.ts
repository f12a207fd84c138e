import { EntryMap } from '../../entries/entry-map.js';
import type { EntryValue } from '../../entries/entry-value.js';
import type { LogEntry } from '../../entries/entry.js';

/** A line of `journalctl --output=json` is no entry of the journal. */
export class JournalFault extends Error {}

const timeField = '__REALTIME_TIMESTAMP';
const cursorField = '__CURSOR';
const messageField = 'MESSAGE';
const perSecond = 1_000_000;

/**
 * Begins an entry with the fields of a journal entry as its body and the time that the journal has for it. Returns its
 * cursor. Throws a `JournalFault`.
 */
export function startJournalEntry(entry: LogEntry, line: string, convertsMessage: boolean): string {
  const fields = parse(line);
  const time = fields.get(timeField);
  const cursor = fields.get(cursorField);
  if (typeof time !== 'string') throw new JournalFault(`journald body missing ${timeField} field`);
  if (typeof cursor !== 'string') throw new JournalFault(`journald body missing ${cursorField} field`);
  // 2^53 microseconds last until the year 2255.
  const micros = /^\d{1,16}$/.test(time) ? Number(time) : NaN;
  if (!Number.isSafeInteger(micros)) throw new JournalFault(`parse timestamp: ${JSON.stringify(time.slice(0, 40))}`);
  fields.delete(timeField);
  const message = fields.get(messageField);
  if (convertsMessage && Array.isArray(message)) fields.set(messageField, textOfBytes(message) ?? message);
  entry.start(fields);
  entry.setTime(Math.floor(micros / perSecond), (micros % perSecond) * 1000);
  return cursor;
}

function parse(line: string): EntryMap {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch (error) {
    throw new JournalFault((error as Error).message);
  }
  const value = valueOf(parsed);
  if (!(value instanceof EntryMap)) throw new JournalFault('the line is no JSON object');
  return value;
}

/** Fields hold texts, bytes as lists of numbers, and lists of these. Deeper values are none, and are left out. */
const deepest = 8;

function valueOf(parsed: unknown, depth = 0): EntryValue {
  if (typeof parsed === 'object' && depth > deepest) return null;
  if (Array.isArray(parsed)) return parsed.map((each) => valueOf(each, depth + 1));
  if (typeof parsed === 'object' && parsed !== null) {
    const fields = new EntryMap();
    for (const [key, value] of Object.entries(parsed)) fields.set(key, valueOf(value, depth + 1));
    return fields;
  }
  if (typeof parsed === 'string' || typeof parsed === 'number' || typeof parsed === 'boolean') return parsed;
  return null;
}

/** The text of a list of bytes; undefined when it is none. */
function textOfBytes(list: readonly EntryValue[]): string | undefined {
  const bytes = Buffer.allocUnsafe(list.length);
  for (const [i, byte] of list.entries()) {
    if (typeof byte !== 'number' || !Number.isInteger(byte) || byte < 0 || byte > 255) return undefined;
    bytes[i] = byte;
  }
  return bytes.toString('utf8');
}
