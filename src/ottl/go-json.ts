import { withoutTrailingZeros } from '../strconv/zeros.js';
import { OttlError } from './ottl-error.js';
import { compareText } from './text-order.js';
import { Duration, SpanId, Time, TraceId, TypedList, type MapValue, type Value } from './value.js';

/** A list or a map of which part is written. */
interface Open {
  readonly close: ']' | '}';
  /** Keys in the order of their bytes; undefined for a list. */
  readonly keys: readonly string[] | undefined;
  readonly values: readonly Value[];
  next: number;
}

/**
 * A value as JSON, as Go writes it: keys in order, `<`, `>` and `&` escaped, bytes in base64, durations in nanoseconds.
 * Any depth, without recursion. Throws an `OttlError` for a NaN or an infinity.
 */
export function goJson(value: Value): string {
  const parts: string[] = [];
  const stack: Open[] = [];
  write(value, parts, stack);
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const { keys, values, next } = top;
    if (next === values.length) {
      parts.push(top.close);
      stack.pop();
      continue;
    }
    top.next++;
    if (next > 0) parts.push(',');
    if (keys) parts.push(jsonString(keys[next]!), ':');
    write(values[next], parts, stack);
  }
  return parts.join('');
}

function write(value: Value, parts: string[], stack: Open[]): void {
  const values = listed(value);
  if (values) {
    parts.push('[');
    stack.push({ close: ']', keys: undefined, values, next: 0 });
  } else if (value instanceof Map) {
    const map: MapValue = value;
    const keys = [...map.keys()].sort(compareText);
    parts.push('{');
    stack.push({ close: '}', keys, values: keys.map((key) => map.get(key)), next: 0 });
  } else parts.push(scalar(value));
}

function listed(value: Value): readonly Value[] | undefined {
  if (Array.isArray(value)) return value as readonly Value[];
  if (value instanceof TypedList) return value.values;
  // An ID is an array of bytes, which Go writes as numbers.
  if (value instanceof TraceId || value instanceof SpanId) return Array.from(value.bytes, BigInt);
  return undefined;
}

function scalar(value: Value): string {
  switch (typeof value) {
    case 'undefined':
      return 'null';
    case 'boolean':
    case 'bigint':
      return String(value);
    case 'number':
      return float(value);
    case 'string':
      return jsonString(value);
    default:
  }
  if (value instanceof Uint8Array) return `"${Buffer.from(value).toString('base64')}"`;
  if (value instanceof Duration) return String(value.nanoseconds);
  if (value instanceof Time) return `"${timeText(value)}"`;
  return '{}';
}

/** JavaScript chooses the exponent where Go's JSON does: below 1e-6 and from 1e21 on. */
function float(value: number): string {
  if (!Number.isFinite(value)) throw new OttlError(`json: unsupported value: ${goSpecial(value)}`);
  return Object.is(value, -0) ? '-0' : String(value);
}

function goSpecial(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? '+Inf' : '-Inf';
}

function jsonString(text: string): string {
  return JSON.stringify(text).replaceAll(/\\.|[<>&\u2028\u2029]/g, escaped);
}

function escaped(found: string): string {
  if (found === '\\b') return '\\u0008';
  if (found === '\\f') return '\\u000c';
  return found.length > 1 ? found : `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** RFC 3339 in UTC with as many digits of a second as are needed. */
function timeText(time: Time): string {
  const seconds = time.nanoseconds / 1_000_000_000n - (time.nanoseconds % 1_000_000_000n < 0n ? 1n : 0n);
  const rest = time.nanoseconds - seconds * 1_000_000_000n;
  const date = new Date(Number(seconds) * 1000);
  const year = date.getUTCFullYear();
  if (!(year >= 0 && year <= 9999)) throw new OttlError('Time.MarshalJSON: year outside of range [0,9999]');
  const whole = date.toISOString().slice(0, -5);
  const digits = rest === 0n ? '' : `.${withoutTrailingZeros(String(rest).padStart(9, '0'))}`;
  return `${whole}${digits}Z`;
}
