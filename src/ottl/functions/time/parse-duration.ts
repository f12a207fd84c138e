import { OttlError } from '../../ottl-error.js';
import { goQuoted } from '../../../strconv/quoted.js';

const units: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1000n],
  ['µs', 1000n],
  ['μs', 1000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
]);

const limit = 1n << 63n;
/** Digits behind the point beyond these are below a nanosecond in every unit. */
const fractionDigits = 18;

/** Nanoseconds of a text such as `1h30m` or `-1.5s`, as Go reads it. Throws an `OttlError` with Go's words. */
export function durationNanoseconds(text: string): bigint {
  const sign = text.startsWith('-') ? -1n : 1n;
  let at = text.startsWith('-') || text.startsWith('+') ? 1 : 0;
  if (text.slice(at) === '0') return 0n;
  if (at === text.length) return invalid(text);
  let sum = 0n;
  while (at < text.length) {
    const whole = digitsFrom(text, at);
    at += whole.length;
    const hasPoint = text[at] === '.';
    const fraction = hasPoint ? digitsFrom(text, at + 1) : '';
    if (hasPoint) at += 1 + fraction.length;
    // 19 digits are the most that an int64 has.
    if ((whole === '' && fraction === '') || whole.replace(/^0+/, '').length > 19) return invalid(text);
    const unit = unitFrom(text, at);
    if (unit === '') throw new OttlError(`time: missing unit in duration ${goQuoted(text)}`);
    const size = units.get(unit);
    if (size === undefined) throw new OttlError(`time: unknown unit ${goQuoted(unit)} in duration ${goQuoted(text)}`);
    at += unit.length;
    const part = fraction.slice(0, fractionDigits);
    sum += BigInt(whole === '' ? 0 : whole) * size;
    if (part !== '') sum += (BigInt(part) * size) / 10n ** BigInt(part.length);
    if (sum > limit) return invalid(text);
  }
  if (sum === limit && sign === 1n) return invalid(text);
  return sign * sum;
}

function digitsFrom(text: string, from: number): string {
  let end = from;
  while (text.charCodeAt(end) >= 48 && text.charCodeAt(end) <= 57) end++;
  return text.slice(from, end);
}

/** All up to the next digit or point. */
function unitFrom(text: string, from: number): string {
  let end = from;
  while (end < text.length && text[end] !== '.' && !(text.charCodeAt(end) >= 48 && text.charCodeAt(end) <= 57)) end++;
  return text.slice(from, end);
}

function invalid(text: string): never {
  throw new OttlError(`time: invalid duration ${goQuoted(text)}`);
}
