import { expect } from 'vitest';
import { emptyContext } from '../../src/component/consumer.js';
import { jsonToProto } from '../../src/otlp/json/decode.js';
import { jsonText } from '../../src/otlp/json/encode.js';
import type { Signal } from '../../src/otlp/signal.js';
import { validate } from '../../src/otlp/wire/validate.js';
import { definition } from '../../src/processors/redaction/index.js';
import { heldWorld } from './held-world.js';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** A value as OTLP/JSON has it. */
function valueOf(plain: Json): Json {
  if (typeof plain === 'string') return { stringValue: plain };
  if (typeof plain === 'number') return { intValue: String(plain) };
  if (typeof plain === 'boolean') return { boolValue: plain };
  if (Array.isArray(plain)) return { arrayValue: { values: plain.map(valueOf) } };
  return { kvlistValue: { values: attributesOf(plain as { readonly [name: string]: Json }) } };
}

export const attributesOf = (plain: { readonly [name: string]: Json }): Json =>
  Object.entries(plain).map(([key, value]) => ({ key, value: valueOf(value) }));

function plainOf(value: Record<string, unknown>): unknown {
  const [type = '', inner] = Object.entries(value)[0] ?? [];
  if (type === 'intValue') return Number(inner);
  if (type === 'arrayValue') return ((inner as { values?: Record<string, unknown>[] }).values ?? []).map(plainOf);
  if (type === 'kvlistValue') return plainAttributes((inner as { values?: unknown }).values);
  return inner;
}

function plainAttributes(list: unknown): unknown {
  const pairs = (list ?? []) as { key: string; value: Record<string, unknown> }[];
  return Object.fromEntries(pairs.map(({ key, value }) => [key, plainOf(value)]));
}

export async function redacted(signal: Signal, config: object, json: Json): Promise<string> {
  const world = heldWorld({ signal });
  let result = '';
  const next = {
    consume: (batch: { readonly signal: Signal; readonly bytes: Uint8Array }) =>
      Promise.resolve(void (result = jsonText(batch.signal, batch.bytes))),
  };
  const processor = await definition.create(definition.config.parse(config), world.context, next);
  const batch = validate(signal, jsonToProto(signal, Buffer.from(JSON.stringify(json))));
  await processor.consume(batch, emptyContext);
  expect(world.books.balance).toBe(0);
  return result;
}

type Message = Record<string, unknown>;

const listIn = (message: unknown, field: string): readonly Message[] => (message as Message)[field] as Message[];

const messageIn = (message: unknown, field: string): Message => (message as Message)[field] as Message;

export interface RedactedSpan {
  readonly name: unknown;
  readonly attributes: unknown;
  readonly events: unknown;
  readonly resource: unknown;
  readonly scope: unknown;
}

/** Attributes of a span, its event, scope and resource, which come with the same. */
export async function spanOf(
  config: object,
  plain: { readonly [name: string]: Json },
  more: { readonly name?: string; readonly kind?: number } = {},
): Promise<RedactedSpan> {
  const attributes = attributesOf(plain);
  const span = {
    name: 'GET',
    ...more,
    traceId: '01'.repeat(16),
    spanId: '02'.repeat(8),
    attributes,
    events: [{ attributes }],
  };
  const text = await redacted('traces', config, {
    resourceSpans: [{ resource: { attributes }, scopeSpans: [{ scope: { attributes }, spans: [span] }] }],
  });
  const [resource] = listIn(JSON.parse(text), 'resourceSpans');
  const [scope] = listIn(resource, 'scopeSpans');
  const [only] = listIn(scope, 'spans');
  const [event] = listIn(only, 'events');
  return {
    name: only?.['name'],
    attributes: plainAttributes(only?.['attributes']),
    events: plainAttributes(event?.['attributes']),
    resource: plainAttributes(messageIn(resource, 'resource')['attributes']),
    scope: plainAttributes(messageIn(scope, 'scope')['attributes']),
  };
}

export async function recordOf(
  config: object,
  body: Json,
): Promise<{ readonly body: unknown; readonly attributes: unknown }> {
  const record = { body: valueOf(body) };
  const text = await redacted('logs', config, { resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] });
  const [resource] = listIn(JSON.parse(text), 'resourceLogs');
  const [given] = listIn(listIn(resource, 'scopeLogs')[0], 'logRecords');
  return { body: plainOf(given?.['body'] as Message), attributes: plainAttributes(given?.['attributes']) };
}
