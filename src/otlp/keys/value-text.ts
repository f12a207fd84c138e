import { byteAt } from '../wire/at.js';
import { skipValue, tagAt, varintAt, varintEnd } from '../wire/varint.js';
import type { Range } from '../view/attribute.js';

/**
 * An attribute value as the Collector's routing prints it (docs/spec/gateway.md#routing-keys): booleans, numbers as
 * JSON writes them, bytes in base64, lists and maps as JSON with sorted keys. For the rare service name that is not
 * text: it makes objects.
 */
export function valueText(bytes: Uint8Array, { start, end }: Range): string {
  const value = decode(bytes, start, end, 0);
  if (value === undefined) return '';
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'bigint':
    case 'boolean':
      return String(value);
    default:
      return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : (json(value) ?? '');
  }
}

type Value = string | number | bigint | boolean | Uint8Array | undefined | Value[] | Map<string, Value>;

/** Values nested deeper than this print as nothing; no service is named by one. */
const deepest = 64;

function decode(bytes: Uint8Array, from: number, to: number, depth: number): Value {
  let result: Value;
  if (depth > deepest) return undefined;
  each(bytes, from, to, (tag, start, end) => {
    switch (tag) {
      case 10:
        result = new TextDecoder().decode(bytes.subarray(start, end));
        break;
      case 16:
        result = varintAt(bytes, start) !== 0;
        break;
      case 24:
        result = int64(bytes, start);
        break;
      case 33:
        result = new DataView(bytes.buffer, bytes.byteOffset + start, 8).getFloat64(0, true);
        break;
      case 42: {
        const list: Value[] = [];
        each(bytes, start, end, (inner, a, b) => {
          if (inner === 10) list.push(decode(bytes, a, b, depth + 1));
        });
        result = list;
        break;
      }
      case 50: {
        const map = new Map<string, Value>();
        each(bytes, start, end, (inner, a, b) => {
          if (inner !== 10) return;
          let name = '';
          let held: Value;
          each(bytes, a, b, (part, c, d) => {
            if (part === 10) name = new TextDecoder().decode(bytes.subarray(c, d));
            else if (part === 18) held = decode(bytes, c, d, depth + 1);
          });
          map.set(name, held);
        });
        result = map;
        break;
      }
      case 58:
        result = bytes.subarray(start, end);
        break;
      default:
    }
  });
  return result;
}

function each(bytes: Uint8Array, from: number, to: number, visit: (tag: number, start: number, end: number) => void): void {
  for (let at = from; at < to;) {
    const tag = tagAt(bytes, at);
    at = varintEnd(bytes, at);
    const end = skipValue(bytes, at, tag % 8);
    visit(tag, tag % 8 === 2 ? varintEnd(bytes, at) : at, end);
    at = end;
  }
}

function int64(bytes: Uint8Array, at: number): bigint {
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    const byte = BigInt(byteAt(bytes, at++));
    value |= (byte & 127n) << shift;
    if (byte < 128n) return BigInt.asIntN(64, value);
  }
}

/** Undefined for a number that JSON has no words for. */
function json(value: Value): string | undefined {
  if (value === undefined) return 'null';
  if (typeof value === 'number') return Number.isFinite(value) ? (Object.is(value, -0) ? '-0' : String(value)) : undefined;
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return JSON.stringify(value).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString('base64'));
  const parts: string[] = [];
  if (Array.isArray(value)) {
    for (const element of value) {
      const part = json(element);
      if (part === undefined) return undefined;
      parts.push(part);
    }
    return `[${parts.join(',')}]`;
  }
  for (const name of [...value.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) {
    const part = json(value.get(name));
    if (part === undefined) return undefined;
    parts.push(`${json(name)}:${part}`);
  }
  return `{${parts.join(',')}}`;
}
