import type { ValueView } from '../view/value.js';

/**
 * An attribute value as the Collector's routing prints it (docs/spec/gateway.md#routing-keys): booleans, numbers as
 * JSON writes them, bytes in base64, lists and maps as JSON with sorted keys. For the rare service name that is not
 * text: it makes objects.
 */
export function valueText(view: ValueView): string {
  const value = decode(view, 0);
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

/** Deeper than this a value prints as nothing; no service is named so. */
const deepest = 64;

function decode(view: ValueView, depth: number): Value {
  if (depth > deepest) return undefined;
  switch (view.type) {
    case 'string':
      return view.string.toString();
    case 'bool':
      return view.bool;
    case 'int':
      return view.int.toSignedBigInt();
    case 'double':
      return view.double;
    case 'bytes':
      return view.bytesValue.copy();
    case 'array': {
      const list: Value[] = [];
      for (const element = view.elements(); element.next();) list.push(decode(element, depth + 1));
      return list;
    }
    case 'map': {
      const map = new Map<string, Value>();
      for (const entry = view.entries(); entry.next();) map.set(entry.key.toString(), decode(entry.value, depth + 1));
      return map;
    }
    default:
      return undefined;
  }
}

/** Undefined for a number that JSON has no words for. */
function json(value: Value): string | undefined {
  if (value === undefined) return 'null';
  if (typeof value === 'number')
    return Number.isFinite(value) ? (Object.is(value, -0) ? '-0' : String(value)) : undefined;
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (typeof value === 'string')
    return JSON.stringify(value).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
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
