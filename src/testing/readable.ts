import { stringify } from 'yaml';
import { isMap, type Json } from './otlp-value.js';

/**
 * OTLP JSON as YAML for people: attributes as a map, values as they are, in the short form of case files, and without
 * what is empty.
 */
export function readable(json: Json): string {
  return stringify(shortened(json), { lineWidth: 0 });
}

function shortened(value: Json): unknown {
  if (Array.isArray(value)) return (value as Json[]).map(shortened);
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value as Record<string, Json>)
      .filter(([, inner]) => !isMap(inner) || Object.keys(inner).length > 0)
      .map(([key, inner]) => {
        if (key === 'attributes' && Array.isArray(inner)) return [key, pairs(inner as Json[])];
        return [key, key === 'body' ? plain(inner) : shortened(inner)];
      }),
  );
}

/** Attributes as a map, unless a key stands twice. */
function pairs(list: readonly Json[]): unknown {
  const entries = list.map((item): [string, unknown] => {
    const { key, value } = item as { readonly key?: string; readonly value?: Json };
    return [key ?? '', plain(value ?? {})];
  });
  const map = new Map(entries);
  return map.size === entries.length ? map : list;
}

function plain(value: Json): unknown {
  if (!isMap(value)) return value;
  const [[key, inner] = ['', null], ...more] = Object.entries(value as Record<string, Json>);
  if (more.length > 0) return shortened(value);
  switch (key) {
    case 'stringValue':
    case 'boolValue':
      return inner;
    case 'intValue':
      return typeof inner === 'string' ? BigInt(inner) : inner;
    case 'doubleValue':
      // A whole number would look like an int.
      return Number.isInteger(inner) ? value : inner;
    case 'arrayValue':
      return ((inner as { readonly values?: readonly Json[] }).values ?? []).map(plain);
    case 'kvlistValue':
      return pairs((inner as { readonly values?: readonly Json[] }).values ?? []);
    default:
      return value;
  }
}
