import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { heldWorld } from '../../test/support/held-world.js';
import type { RequestContext } from '../component/consumer.js';
import { jsonToProto } from '../otlp/json/decode.js';
import { jsonText } from '../otlp/json/encode.js';
import type { Signal } from '../otlp/signal.js';
import { validate } from '../otlp/wire/validate.js';
import { createAttributes } from '../processors/attributes/attributes.js';
import { config as attributesConfig } from '../processors/attributes/config.js';
import { config as resourceConfig } from '../processors/resource/config.js';
import { createResource } from '../processors/resource/resource.js';

const folder = path.resolve(import.meta.dirname, '../../test/recorded/attributes');

interface Case {
  readonly id: string;
  readonly signal: Signal;
  readonly processor: 'attributes' | 'resource';
  readonly config: object;
  readonly input: string;
  readonly include_metadata?: boolean;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly diff: readonly (readonly [op: 'set' | 'del', pointer: string, value?: unknown])[];
  readonly configError?: string;
}

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

const fixtures = JSON.parse(fs.readFileSync(path.join(folder, 'fixtures.json'), 'utf8')) as Record<string, Json>;
const cases = fs
  .readdirSync(folder)
  .filter((file) => file.endsWith('.jsonl'))
  .flatMap((file) => fs.readFileSync(path.join(folder, file), 'utf8').split('\n'))
  .filter((line) => line.startsWith('{'))
  .map((line) => JSON.parse(line) as Case);

/** The form of the recordings: lists of keys and values as objects, lists of values as such. */
function canonical(value: Json, name = ''): Json {
  if (Array.isArray(value)) {
    if (name !== 'attributes' && name !== 'map') return value.map((element) => canonical(element));
    return Object.fromEntries(
      value.map((pair) => {
        const { key, value: inner } = pair as { key?: string; value?: Json };
        return [key ?? '', canonical(inner ?? {})];
      }),
    );
  }
  if (typeof value !== 'object' || value === null) return value;
  if (name === 'arrayValue') return canonical(value['values'] ?? []);
  if (name === 'kvlistValue') return canonical(value['values'] ?? [], 'map');
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, canonical(inner, key)]));
}

function patched(value: Json, diff: Case['diff']): Json {
  const result = structuredClone(value);
  for (const [op, pointer, content] of diff) {
    const names = pointer.split('/').slice(1);
    const last = names.pop() ?? '';
    const parent = names.reduce<Json>((node, each) => (node as Record<string, Json>)[unescaped(each)] as Json, result);
    if (op === 'del') delete (parent as Record<string, Json>)[unescaped(last)];
    else (parent as Record<string, Json>)[unescaped(last)] = content as Json;
  }
  return result;
}

const unescaped = (name: string): string => name.replaceAll('~1', '/').replaceAll('~0', '~');

/** In the configuration `$$` stands for `$`. */
const settings = ({ config }: Case): unknown => JSON.parse(JSON.stringify(config).replaceAll('$$', '$'));

function requestOf({ include_metadata: included, headers = {} }: Case): RequestContext {
  const values = Object.entries(headers).map(
    ([name, value]) => [name.toLowerCase(), typeof value === 'string' ? [value] : value] as const,
  );
  return { metadata: new Map(included === true ? values : []), peer: '127.0.0.1:4711' };
}

async function outputOf(one: Case): Promise<Json> {
  const bytes = jsonToProto(one.signal, Buffer.from(JSON.stringify(fixtures[one.input])));
  const batch = validate(one.signal, bytes);
  const { context, books } = heldWorld({ signal: one.signal });
  let output = '';
  const next = {
    consume: (passed: { readonly signal: Signal; readonly bytes: Uint8Array }) =>
      Promise.resolve(void (output = jsonText(passed.signal, passed.bytes))),
  };
  const processor =
    one.processor === 'attributes'
      ? createAttributes(attributesConfig.parse(settings(one)), context, next)
      : createResource(resourceConfig.parse(settings(one)), context, next);
  await processor.consume(batch, requestOf(one));
  expect(books.balance).toBe(0);
  return canonical(JSON.parse(output) as Json);
}

test.each(cases.filter(({ configError }) => configError === undefined))('$id', async (one) => {
  const bytes = jsonToProto(one.signal, Buffer.from(JSON.stringify(fixtures[one.input])));
  const input = canonical(JSON.parse(jsonText(one.signal, bytes)) as Json);
  expect(await outputOf(one)).toEqual(patched(input, one.diff));
});

test.each(cases.filter(({ configError }) => configError !== undefined))('$id is refused', (one) => {
  const { context } = heldWorld({ signal: one.signal });
  const next = { consume: () => Promise.resolve() };
  expect(() =>
    one.processor === 'attributes'
      ? createAttributes(attributesConfig.parse(settings(one)), context, next)
      : createResource(resourceConfig.parse(settings(one)), context, next),
  ).toThrow();
});
