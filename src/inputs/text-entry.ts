import { RawText } from '../otlp/build/any-value.js';
import type { LogEntry } from '../entries/entry.js';
import type { TextEncoding } from '../lines/text-encoding.js';

/** Begins an entry whose body is `bytes[from, to)`. `isText`: they are valid UTF-8. */
export function startTextEntry(
  entry: LogEntry,
  { form, decode }: TextEncoding,
  bytes: Buffer,
  from: number,
  to: number,
  isText: boolean,
): void {
  switch (form) {
    case 'bytes':
      return entry.start(new Uint8Array(bytes.subarray(from, to)));
    case 'decoded':
      return entry.start(decode(bytes, from, to));
    case 'utf-8':
      return isText ? entry.startLine(bytes, from, to) : entry.start(decode(bytes, from, to));
    case 'utf-8-raw':
      return isText
        ? entry.startLine(bytes, from, to)
        : entry.start(new RawText(Buffer.from(bytes.subarray(from, to))));
  }
}
