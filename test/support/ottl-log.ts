import type { Batch } from '../../src/otlp/batch.js';
import { jsonToProto } from '../../src/otlp/json/decode.js';
import { protoToJson } from '../../src/otlp/json/encode.js';
import { validate } from '../../src/otlp/wire/validate.js';
import { resultAtOnce } from '../../src/otlp/work.js';
import { contexts } from '../../src/ottl/contexts/contexts.js';
import { functionTable } from '../../src/ottl/environment.js';
import { standardFunctions } from '../../src/ottl/functions/standard.js';
import { compileStatement } from '../../src/ottl/statement.js';
import { ChangingWalk } from '../../src/ottl/walk/changing-walk.js';

/** A log record; whole numbers are ints. */
export interface PlainLog {
  readonly body?: unknown;
  readonly attributes?: Readonly<Record<string, unknown>>;
}

const functions = functionTable(standardFunctions);

export function logBatch({ body, attributes = {} }: PlainLog): Batch {
  const record = { body: anyValue(body), attributes: keyValues(attributes) };
  const json = { resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] };
  return validate('logs', jsonToProto('logs', Buffer.from(JSON.stringify(json))));
}

/** Runs statements of the context `log`, one after the other. */
export function runStatements(
  batch: Batch,
  statements: readonly string[],
): { readonly batch: Batch; readonly attributes: Record<string, unknown> } {
  const services = { now: () => 0n, randomBytes: (bytes: Uint8Array) => void bytes.fill(7) };
  const environment = { context: contexts.log, functions, services, shortPaths: false };
  const compiled = statements.map((text) => compileStatement(text, environment));
  const changed = resultAtOnce(
    new ChangingWalk('log').changing(batch, undefined, (scene) => {
      for (const statement of compiled) statement.run(scene);
    }),
  );
  return { batch: changed, attributes: attributesOf(changed) };
}

/** The value of a converter's call at a log record. */
export function valueOfCall(call: string, log: PlainLog = {}): unknown {
  return runStatements(logBatch(log), [`set(log.attributes["out"], ${call})`]).attributes['out'];
}

interface JsonValue {
  readonly kvlistValue?: { readonly values?: readonly JsonEntry[] };
  readonly arrayValue?: { readonly values?: readonly JsonValue[] };
  readonly intValue?: string;
  readonly [other: string]: unknown;
}

interface JsonEntry {
  /** Left out when it is ''. */
  readonly key?: string;
  readonly value?: JsonValue;
}

interface JsonLogs {
  readonly resourceLogs: readonly { scopeLogs: readonly { logRecords: readonly { attributes?: JsonEntry[] }[] }[] }[];
}

function attributesOf(batch: Batch): Record<string, unknown> {
  const json = JSON.parse(Buffer.from(protoToJson('logs', batch.bytes)).toString()) as JsonLogs;
  return plainMap(json.resourceLogs[0]?.scopeLogs[0]?.logRecords[0]?.attributes ?? []);
}

function plainMap(entries: readonly JsonEntry[]): Record<string, unknown> {
  return Object.fromEntries(entries.map(({ key, value }) => [key ?? '', plain(value ?? {})]));
}

function plain(value: JsonValue): unknown {
  if (value.kvlistValue !== undefined) return plainMap(value.kvlistValue.values ?? []);
  if (value.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(plain);
  if (value.intValue !== undefined) return Number(value.intValue);
  return Object.values(value)[0];
}

function keyValues(map: Readonly<Record<string, unknown>>): unknown {
  return Object.entries(map).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: unknown): unknown {
  if (value === undefined) return {};
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  return { kvlistValue: { values: keyValues(value as Readonly<Record<string, unknown>>) } };
}
