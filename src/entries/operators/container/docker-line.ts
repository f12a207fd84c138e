import { readJson } from '../../../formats/json.js';
import { EntryMap } from '../../entry-map.js';
import { entryJson } from '../../parse/entry-json.js';
import { formatFailure } from '../../parse/format-failure.js';

const head = Buffer.from('{"log":"');
const streamHead = Buffer.from('","stream":"std');
const timeHead = Buffer.from('","time":"');
const tail = Buffer.from('"}');
const outEnd = Buffer.from('out');
const errEnd = Buffer.from('err');

const backslash = 0x5c;
const letterN = 0x6e;
const quote = 0x22;

/** The members of a line of Docker, for one that is not written as Docker does. Throws a `FormatFailure`. */
export function dockerMembers(text: string): EntryMap {
  const value = readJson(text, entryJson);
  if (!(value instanceof EntryMap)) throw formatFailure('expected { character for map value');
  return value;
}

/**
 * A line as Docker itself writes it, where it lies in the bytes: `{"log":"MESSAGE\n","stream":"stdout","time":"TIME"}`.
 * Makes nothing. A message with other escapes than the `\n` at its end is left to a reader of JSON.
 */
export class DockerLine {
  messageStart = 0;
  /** Of the message without its line end. */
  messageEnd = 0;
  endsLine = false;
  stream: 'stdout' | 'stderr' = 'stdout';
  timeStart = 0;
  timeEnd = 0;

  /** False when `bytes[from, to)` is not written like this. */
  read(bytes: Buffer, from: number, to: number): boolean {
    if (!matchesAt(bytes, from, to, head)) return false;
    const start = from + head.length;
    const close = bytes.indexOf(quote, start);
    if (close < 0 || close >= to) return false;
    this.endsLine = close - start >= 2 && bytes[close - 2] === backslash && bytes[close - 1] === letterN;
    const end = this.endsLine ? close - 2 : close;
    if (hasBackslash(bytes, start, end)) return false;
    let at = close;
    if (!matchesAt(bytes, at, to, streamHead)) return false;
    at += streamHead.length;
    if (matchesAt(bytes, at, to, outEnd)) this.stream = 'stdout';
    else if (matchesAt(bytes, at, to, errEnd)) this.stream = 'stderr';
    else return false;
    at += outEnd.length;
    if (!matchesAt(bytes, at, to, timeHead) || !matchesAt(bytes, to - tail.length, to, tail)) return false;
    this.timeStart = at + timeHead.length;
    this.timeEnd = to - tail.length;
    this.messageStart = start;
    this.messageEnd = end;
    const inTime = bytes.indexOf(quote, this.timeStart);
    return inTime === this.timeEnd;
  }
}

/** `indexOf` would look through all bytes behind as well, for each line anew. */
function hasBackslash(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (bytes[at] === backslash) return true;
  return false;
}

function matchesAt(bytes: Buffer, at: number, to: number, text: Buffer): boolean {
  if (at + text.length > to) return false;
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text[i]) return false;
  return true;
}
