export type Level = 'debug' | 'info' | 'warn' | 'error';

/** One log line before it is formatted. */
export interface Line {
  readonly level: Level;
  readonly time: Date;
  readonly caller: string | undefined;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly stack: string | undefined;
  /** The message is a text of many lines, such as one of `debug`. */
  readonly manyLines: boolean;
}

/**
 * The format for people: tab-separated time, level, caller and message, then the fields as one JSON object
 * (docs/spec/core.md#log-lines).
 */
export function consoleLine(line: Line): string {
  const columns = [isoTime(line.time), line.level];
  if (line.caller !== undefined) columns.push(line.caller);
  columns.push(line.manyLines ? escaped(line.message) : escaped(line.message).replaceAll('\n', '\\n'));
  if (Object.keys(line.fields).length > 0) columns.push(escaped(spacedJson(line.fields)));
  return `${columns.join('\t')}\n${line.stack === undefined ? '' : `${line.stack}\n`}`;
}

/**
 * Characters that steer a terminal, turn the direction of text or, as the tab does, separate columns: no text of a peer
 * looks like a line of this log.
 */
// oxlint-disable-next-line no-control-regex
const steering = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/** Escapes as JSON does what is not for the eyes. Line breaks stay. */
export function escaped(text: string): string {
  return text.replace(steering, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** ISO 8601 with milliseconds and the local offset: `2026-01-02T15:04:05.000+0900`, or `Z` at offset 0. */
export function isoTime(time: Date): string {
  const offset = -time.getTimezoneOffset();
  if (offset === 0) return time.toISOString();
  const local = new Date(time.getTime() + offset * 60_000).toISOString().slice(0, -1);
  const size = Math.abs(offset);
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${local}${offset < 0 ? '-' : '+'}${two(Math.floor(size / 60))}${two(size % 60)}`;
}

/** JSON with a space after each comma and colon, as in the Collector's console lines. */
export function spacedJson(value: unknown): string {
  const text = JSON.stringify(value, plain);
  if (text === undefined) return 'null';
  let out = '';
  let inString = false;
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x22) inString = !inString;
    else if (inString && c === 0x5c) i++;
    else if (!inString && (c === 0x2c || c === 0x3a)) {
      out += `${text.slice(from, i + 1)} `;
      from = i + 1;
    }
  }
  return out + text.slice(from);
}

/** A replacer for JSON: an error becomes its message, and a big integer its digits. */
export function plain(_key: string, value: unknown): unknown {
  if (value instanceof Error) return value.message;
  return typeof value === 'bigint' ? value.toString() : value;
}
