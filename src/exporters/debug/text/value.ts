import type { Dictionary } from './data.js';

/** An AnyValue in OTLP/JSON; empty when nothing is set. */
export interface JsonValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: string;
  readonly doubleValue?: number | string;
  readonly arrayValue?: { readonly values?: readonly JsonValue[] };
  readonly kvlistValue?: { readonly values?: JsonAttributes };
  readonly bytesValue?: string;
  readonly stringValueStrindex?: number;
}

export type JsonAttributes = readonly {
  readonly key?: string;
  readonly keyStrindex?: number;
  readonly value?: JsonValue;
}[];

/** Values deeper than this are cut: showing them would need a stack as deep. */
const deepest = 200;

/** The value as bare text: `x`, `5`, `["x",1]`. */
export function asText(value: JsonValue = {}, dictionary: Dictionary = {}): string {
  if (value.stringValue !== undefined) return value.stringValue;
  if (value.stringValueStrindex !== undefined) return dictionary.stringTable?.[value.stringValueStrindex] ?? '';
  if (value.bytesValue !== undefined) return value.bytesValue;
  if (value.doubleValue !== undefined) return String(value.doubleValue);
  return isEmpty(value) ? '' : json(value, 0);
}

/** The value with its type: `Str(x)`, `Int(5)`, `Slice(["x",1])`. */
export function typed(value: JsonValue = {}, dictionary: Dictionary = {}): string {
  const text = asText(value, dictionary);
  if (value.stringValue !== undefined || value.stringValueStrindex !== undefined) return `Str(${text})`;
  if (value.boolValue !== undefined) return `Bool(${text})`;
  if (value.intValue !== undefined) return `Int(${text})`;
  if (value.doubleValue !== undefined) return `Double(${text})`;
  if (value.arrayValue !== undefined) return `Slice(${text})`;
  if (value.kvlistValue !== undefined) return `Map(${text})`;
  return value.bytesValue === undefined ? 'Empty()' : `Bytes(${text})`;
}

export function keyOf(attribute: JsonAttributes[number], dictionary: Dictionary = {}): string {
  return (
    attribute.key ??
    (attribute.keyStrindex === undefined ? '' : (dictionary.stringTable?.[attribute.keyStrindex] ?? ''))
  );
}

function isEmpty(value: JsonValue): boolean {
  return (
    value.boolValue === undefined &&
    value.intValue === undefined &&
    value.arrayValue === undefined &&
    value.kvlistValue === undefined
  );
}

function json(value: JsonValue, depth: number): string {
  if (depth > deepest) return '"..."';
  if (value.stringValue !== undefined) return quoted(value.stringValue);
  if (value.boolValue !== undefined) return String(value.boolValue);
  if (value.intValue !== undefined) return value.intValue;
  if (value.doubleValue !== undefined)
    return typeof value.doubleValue === 'number' ? String(value.doubleValue) : quoted(value.doubleValue);
  if (value.arrayValue !== undefined)
    return `[${(value.arrayValue.values ?? []).map((item) => json(item, depth + 1)).join(',')}]`;
  if (value.kvlistValue !== undefined) {
    const members = new Map(
      (value.kvlistValue.values ?? []).map((member) => [member.key ?? '', json(member.value ?? {}, depth + 1)]),
    );
    return `{${[...members]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, text]) => `${quoted(key)}:${text}`)
      .join(',')}}`;
  }
  return value.bytesValue === undefined ? 'null' : quoted(value.bytesValue);
}

function quoted(text: string): string {
  // Go's JSON keeps out of the way of HTML.
  return JSON.stringify(text).replace(
    /[<>&\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
