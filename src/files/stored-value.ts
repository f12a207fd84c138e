import { EntryMap } from '../entries/entry-map.js';
import type { EntryValue } from '../entries/entry-value.js';
import { RawText } from '../otlp/build/any-value.js';

/** The writer of a file chooses what its header has: a value that nests deeper is stored as null. */
const deepest = 64;

/** A value as JSON: texts, numbers, booleans, null and lists are themselves, all others have a key that says what. */
export function toStored(value: EntryValue, depth = 0): unknown {
  if (typeof value === 'bigint') return { int: value.toString() };
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof RawText) return { raw: value.bytes.toString('base64') };
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('base64') };
  if (depth >= deepest) return null;
  if (Array.isArray(value)) return value.map((each) => toStored(each, depth + 1));
  return { map: [...value].map(([key, each]) => [key, toStored(each, depth + 1)]) };
}

/** Undefined for what is no stored value. */
export function fromStored(stored: unknown, depth = 0): EntryValue | undefined {
  if (stored === null || ['string', 'number', 'boolean'].includes(typeof stored)) return stored as EntryValue;
  if (typeof stored !== 'object' || depth > deepest) return undefined;
  if (Array.isArray(stored)) return listFrom(stored, depth + 1);
  const { int, raw, bytes, map } = stored as Readonly<Record<string, unknown>>;
  if (typeof int === 'string' && /^-?\d{1,20}$/.test(int)) return BigInt.asIntN(64, BigInt(int));
  if (typeof raw === 'string') return new RawText(Buffer.from(raw, 'base64'));
  if (typeof bytes === 'string') return Buffer.from(bytes, 'base64');
  if (!Array.isArray(map)) return undefined;
  const result = new EntryMap();
  for (const entry of map as readonly unknown[]) {
    if (!Array.isArray(entry) || typeof entry[0] !== 'string') return undefined;
    const value = fromStored(entry[1], depth + 1);
    if (value === undefined) return undefined;
    result.set(entry[0], value);
  }
  return result;
}

function listFrom(stored: readonly unknown[], depth: number): EntryValue | undefined {
  const values = stored.map((each) => fromStored(each, depth));
  return values.includes(undefined) ? undefined : (values as EntryValue[]);
}
