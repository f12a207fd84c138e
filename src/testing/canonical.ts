import type { Batch } from '../otlp/batch.js';
import { jsonToProto } from '../otlp/json/decode.js';
import { jsonText } from '../otlp/json/encode.js';
import type { Signal } from '../otlp/signal.js';
import { validate } from '../otlp/wire/validate.js';
import { isMap, type Json } from './otlp-value.js';

/** A batch of OTLP JSON. Throws an `InvalidJson` or `InvalidOtlp`. */
export function batchOfJson(signal: Signal, json: string | Uint8Array): Batch {
  return validate(signal, jsonToProto(signal, typeof json === 'string' ? Buffer.from(json) : json));
}

/** The items of a batch in the one form that equal data has: as the encoder writes it. */
export function jsonOfBatch({ signal, bytes }: Batch): Json {
  return JSON.parse(jsonText(signal, bytes)) as Json;
}

/**
 * The items of several batches of one signal, as one request. Throws an `Error` for profiles with different
 * dictionaries.
 */
export function joined(parts: readonly Json[]): Json {
  const all: Record<string, Json> = {};
  for (const part of parts)
    for (const [key, value] of Object.entries(isMap(part) ? (part as Record<string, Json>) : {})) {
      const earlier = all[key];
      if (Array.isArray(earlier) && Array.isArray(value)) all[key] = [...(earlier as Json[]), ...(value as Json[])];
      else if (earlier === undefined || JSON.stringify(earlier) === JSON.stringify(value)) all[key] = value;
      else throw new Error('several requests of profiles came out of one step: give each a step of its own');
    }
  return all;
}

/** The same with attributes sorted by their keys. */
export function inKeyOrder(json: Json): Json {
  if (Array.isArray(json)) return (json as Json[]).map(inKeyOrder);
  if (!isMap(json)) return json;
  return Object.fromEntries(
    Object.entries(json as Record<string, Json>).map(([key, value]) => {
      const inner = inKeyOrder(value);
      return [key, key === 'attributes' && Array.isArray(inner) ? (inner as Json[]).toSorted(byKey) : inner];
    }),
  );
}

function byKey(a: Json, b: Json): number {
  const keyOf = (item: Json): string => (isMap(item) && typeof item['key'] === 'string' ? item['key'] : '');
  return keyOf(a) < keyOf(b) ? -1 : Number(keyOf(a) > keyOf(b));
}

/**
 * An expected part in the form of `jsonOfBatch`. Fields that it gives as zero or empty, and attributes that it forbids,
 * which that form leaves out, stand as null.
 */
export function expectedPart(signal: Signal, given: Json): Json {
  return withAbsent(given, jsonOfBatch(batchOfJson(signal, JSON.stringify(given))));
}

function withAbsent(given: Json, canonical: Json): Json {
  if (Array.isArray(given) && Array.isArray(canonical))
    return (canonical as Json[]).map((item, i) => withAbsent((given as Json[])[i] ?? null, item));
  if (!isMap(given) || !isMap(canonical)) return canonical;
  const made: Record<string, Json> = { ...(canonical as Record<string, Json>) };
  for (const [key, value] of Object.entries(given as Record<string, Json>)) {
    const known = made[key];
    if (known !== undefined) made[key] = withAbsent(value, known);
    else if (value !== null) made[key] = null;
  }
  return made;
}
