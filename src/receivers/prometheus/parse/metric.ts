import { isUtf8 } from 'node:buffer';
import { byteAt } from '../../../otlp/wire/at.js';
import { ExpositionFault, excerpt } from './fault.js';

/** Labels by name, as a sample has them. */
export type LabelMap = Map<string, string>;

/** The label that holds the name of a metric. */
export const nameLabel = '__name__';

const quote = 34;
const backslash = 92;
const open = 123;
const close = 125;
const comma = 44;
const equals = 61;

const isBlank = (byte: number): boolean => byte === 32 || byte === 9;
const isDigit = (byte: number): boolean => byte >= 48 && byte <= 57;
const isLetter = (byte: number): boolean => (byte >= 97 && byte <= 122) || (byte >= 65 && byte <= 90) || byte === 95;

/** The offset behind the characters of a name from `at` on; `colons`: as in names of metrics. */
export function nameEnd(bytes: Buffer, at: number, to: number, colons: boolean): number {
  let end = at;
  while (end < to) {
    const byte = byteAt(bytes, end);
    if (!isLetter(byte) && !(colons && byte === 58) && !(end > at && isDigit(byte))) break;
    end++;
  }
  return end;
}

/**
 * Where the metric that begins at `at` ends: behind its name, or behind the brace that closes its labels. -1 when it
 * does not end before `to`. It says nothing about what is in between.
 */
export function metricEnd(bytes: Buffer, at: number, to: number): number {
  let end = nameEnd(bytes, at, to, true);
  let brace = end;
  while (brace < to && isBlank(byteAt(bytes, brace))) brace++;
  if (brace >= to || byteAt(bytes, brace) !== open) return end;
  for (end = brace + 1; end < to; end++) {
    const byte = byteAt(bytes, end);
    if (byte === close) return end + 1;
    if (byte === quote) {
      end = closingQuote(bytes, end, to);
      if (end < 0) return -1;
    }
  }
  return -1;
}

/** The offset of the quote that closes the one at `at`; -1 when there is none before `to`. */
export function closingQuote(bytes: Buffer, at: number, to: number): number {
  for (let end = at + 1; end < to; end++) {
    const byte = byteAt(bytes, end);
    if (byte === backslash) end++;
    else if (byte === quote) return end;
  }
  return -1;
}

/**
 * The labels of the metric in `bytes[from, to)`, its name among them: `name{a="b"}`, or `{"name",a="b"}` for names with
 * characters beyond the classic ones. Throws an `ExpositionFault`.
 */
export function parseMetric(bytes: Buffer, from: number, to: number): LabelMap {
  const labels: LabelMap = new Map();
  let at = nameEnd(bytes, from, to, true);
  if (at > from) labels.set(nameLabel, bytes.toString('latin1', from, at));
  at = skipBlanks(bytes, at, to);
  if (at < to) {
    if (byteAt(bytes, at) !== open)
      throw new ExpositionFault(`expected value after metric, got ${excerpt(bytes, at, to)}`);
    parseLabels(bytes, at, to, labels, true);
  }
  if (!labels.has(nameLabel))
    throw new ExpositionFault(`expected a valid start token, got ${excerpt(bytes, from, to)}`);
  return labels;
}

/** Adds the labels between the brace at `at` and the one that ends `bytes[at, to)`. `named`: the name may be quoted. */
export function parseLabels(bytes: Buffer, at: number, to: number, labels: LabelMap, named: boolean): void {
  const end = to - 1;
  let next = skipBlanks(bytes, at + 1, end);
  while (next < end) {
    const isQuoted = byteAt(bytes, next) === quote;
    const behind = isQuoted ? closingQuote(bytes, next, end) + 1 : nameEnd(bytes, next, end, false);
    if (behind <= next) throw new ExpositionFault(`expected label name, got ${excerpt(bytes, next, to)}`);
    const name = isQuoted ? unescaped(bytes, next + 1, behind - 1) : bytes.toString('latin1', next, behind);
    next = skipBlanks(bytes, behind, end);
    if (byteAt(bytes, next) === equals && next < end) {
      next = skipBlanks(bytes, next + 1, end);
      const last = next < end && byteAt(bytes, next) === quote ? closingQuote(bytes, next, end) : -1;
      if (last < 0) throw new ExpositionFault(`expected label value, got ${excerpt(bytes, next, to)}`);
      if (labels.has(name))
        throw new ExpositionFault(`label name ${JSON.stringify(name)} is not unique: invalid sample`);
      labels.set(name, unescaped(bytes, next + 1, last));
      next = skipBlanks(bytes, last + 1, end);
    } else if (isQuoted && named && !labels.has(nameLabel)) labels.set(nameLabel, name);
    else throw new ExpositionFault(`expected equal, got ${excerpt(bytes, next, to)}`);
    if (next === end) return;
    if (byteAt(bytes, next) !== comma)
      throw new ExpositionFault(`expected comma or brace close, got ${excerpt(bytes, next, to)}`);
    next = skipBlanks(bytes, next + 1, end);
  }
}

function skipBlanks(bytes: Buffer, at: number, to: number): number {
  let next = at;
  while (next < to && isBlank(byteAt(bytes, next))) next++;
  return next;
}

/** The text between two quotes. */
export function unescaped(bytes: Buffer, from: number, to: number): string {
  if (!isUtf8(bytes.subarray(from, to)))
    throw new ExpositionFault(`invalid UTF-8 label value: ${excerpt(bytes, from, to)}`);
  const text = bytes.toString('utf8', from, to);
  return text.includes('\\') ? text.replace(/\\([\\n"])/g, (_, c: string) => (c === 'n' ? '\n' : c)) : text;
}
