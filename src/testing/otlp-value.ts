import { messages, topMessage, type Field } from '../otlp/fields.js';
import { camelCase } from '../otlp/json/names.js';
import { signals, type Signal } from '../otlp/signal.js';

export type OtlpPath = readonly (string | number)[];

/** A value of a case file that is no OTLP JSON, and where in it. */
export class OtlpValueError extends Error {
  override readonly name = 'OtlpValueError';
  readonly path: OtlpPath;
  /** Set for an unknown key: the keys that there are. */
  readonly known: readonly string[] | undefined;

  constructor(message: string, path: OtlpPath, known?: readonly string[]) {
    super(message);
    this.path = path;
    this.known = known;
  }
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** The signal of an export request, by its one key: `resourceSpans`. Undefined when it has none of them. */
export function signalOf(value: unknown): Signal | undefined {
  if (!isMap(value)) return undefined;
  return signals.find((signal) => {
    const name = messages[topMessage[signal]]?.fields[0]?.name ?? '';
    return name in value || camelCase(name) in value;
  });
}

/**
 * OTLP JSON of a value in which attributes may be a map (`attributes: {http.route: /}`) and values may stand as they
 * are (`body: text`). Unlike a receiver it refuses keys that OTLP does not have: they would be slips. Throws an
 * `OtlpValueError`.
 */
export function otlpJson(signal: Signal, value: unknown): Json {
  return messageOf(topMessage[signal], value, []);
}

function messageOf(number: number, value: unknown, path: OtlpPath): Json {
  if (!isMap(value)) throw new OtlpValueError('expected a map', path);
  const fields = messages[number]?.fields.filter((field) => field.number < 1000) ?? [];
  const made: Record<string, Json> = {};
  for (const [key, inner] of Object.entries(value)) {
    const field = fields.find(({ name }) => name === key || camelCase(name) === key);
    if (field === undefined)
      throw new OtlpValueError(
        `unknown key ${JSON.stringify(key)}`,
        [...path, key],
        fields.map(({ name }) => camelCase(name)),
      );
    made[camelCase(field.name)] = fieldOf(field, inner, [...path, key]);
  }
  return made;
}

function fieldOf(field: Field, value: unknown, path: OtlpPath): Json {
  const kind = messages[field.message]?.name;
  if (field.repeated) {
    if (kind === 'KeyValue' && isMap(value)) return pairsOf(value, path);
    if (!Array.isArray(value)) throw new OtlpValueError('expected a list', path);
    return value.map((item, i) => elementOf(field, item, [...path, i]));
  }
  return elementOf(field, value, path);
}

function elementOf(field: Field, value: unknown, path: OtlpPath): Json {
  if (field.type !== 'message') return scalarOf(field, value, path);
  return messages[field.message]?.name === 'AnyValue' ? anyValueOf(value, path) : messageOf(field.message, value, path);
}

const texts: ReadonlySet<Field['type']> = new Set(['string', 'bytes', 'id8', 'id16']);

function scalarOf({ type }: Field, value: unknown, path: OtlpPath): Json {
  if (value !== null && texts.has(type) && typeof value !== 'string')
    throw new OtlpValueError('expected text: put it in quotes', path);
  if (typeof value === 'bigint') return String(value);
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return value as Json;
  throw new OtlpValueError('expected a single value', path);
}

/**
 * Attributes that were written as a map. `absent` marks those without a value, which an expected part forbids; readers
 * of OTLP JSON skip it.
 */
function pairsOf(value: Readonly<Record<string, unknown>>, path: OtlpPath): Json {
  return Object.entries(value).map(([key, inner]) =>
    inner === null || inner === undefined
      ? { key, value: {}, absent: true }
      : { key, value: anyValueOf(inner, [...path, key]) },
  );
}

const anyValue = messages.findIndex(({ name }) => name === 'AnyValue');
const anyValueKeys = new Set(messages[anyValue]?.fields.flatMap(({ name }) => [name, camelCase(name)]));

function anyValueOf(value: unknown, path: OtlpPath): Json {
  switch (typeof value) {
    case 'string':
      return { stringValue: value };
    case 'boolean':
      return { boolValue: value };
    case 'bigint':
      return { intValue: String(value) };
    case 'number':
      return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
    default:
  }
  if (Array.isArray(value)) return { arrayValue: { values: value.map((item, i) => anyValueOf(item, [...path, i])) } };
  if (!isMap(value)) return {};
  if (Object.keys(value).every((key) => anyValueKeys.has(key))) return messageOf(anyValue, value, path);
  return { kvlistValue: { values: pairsOf(value, path) } };
}

export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
