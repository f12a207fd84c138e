import { withoutTrailingZeros } from '../../strconv/zeros.js';
import { stringLike } from '../conversions.js';
import { Duration, Opaque, Time, type Value } from '../value.js';

/** UTF-16 units of a value that a message shows: a sender must not be able to fill a log. */
const longest = 256;

/** A value in a message, close to what Go's `%v` makes of it. */
export function messageText(value: Value): string {
  if (value === undefined) return '<nil>';
  if (value instanceof Time) return timeText(value);
  if (value instanceof Duration) return `${Number(value.nanoseconds) / 1e9}s`;
  if (value instanceof Opaque) return value.type;
  const text = typeof value === 'object' ? 'a list, map or ID' : (stringLike(value) ?? '');
  return text.length > longest ? `${text.slice(0, longest)}...` : text;
}

function timeText({ nanoseconds }: Time): string {
  const milliseconds = nanoseconds / 1_000_000n;
  const date = new Date(Number(milliseconds));
  if (nanoseconds < 0n || Number.isNaN(date.getTime())) return `${nanoseconds}ns since 1970`;
  const fraction = withoutTrailingZeros(String(nanoseconds % 1_000_000_000n).padStart(9, '0'));
  const second = date.toISOString().slice(0, 19).replace('T', ' ');
  return `${second}${fraction === '' ? '' : `.${fraction}`} +0000 UTC`;
}
