import fs from 'node:fs';
import { expect, test } from 'vitest';
import { heldWorld } from './held-world.js';
import type { Clock } from '../../src/component/clock.js';
import type { RequestContext } from '../../src/component/consumer.js';
import { DeliveryError } from '../../src/component/delivery-error.js';
import type { ProcessorDefinition } from '../../src/component/define.js';
import { jsonToProto } from '../../src/otlp/json/decode.js';
import { jsonText } from '../../src/otlp/json/encode.js';
import type { Signal } from '../../src/otlp/signal.js';
import { validate } from '../../src/otlp/wire/validate.js';

const { canon, matches, patch, sortKeys } = (await import('../recorded/support/pipelines.mjs' as string)) as {
  canon(json: unknown): unknown;
  patch(json: unknown, diff: unknown): unknown;
  matches(expected: unknown, given: unknown): boolean;
  sortKeys(json: unknown): unknown;
};

interface Recorded {
  readonly id: string;
  readonly signal: Signal;
  readonly processor: 'filter' | 'transform';
  readonly config: object;
  readonly input: string;
  readonly include_metadata?: boolean;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly status: number;
  readonly diff?: unknown;
  readonly output?: null;
  readonly configError?: string;
  readonly nondeterministic?: string;
  readonly panic?: unknown;
  readonly unordered?: boolean;
}

const folder = new URL('../recorded/ottl/', import.meta.url);
const fixtures = JSON.parse(fs.readFileSync(new URL('fixtures.json', folder), 'utf8')) as Record<string, unknown>;
const differences = JSON.parse(fs.readFileSync(new URL('../differences.json', folder), 'utf8')) as {
  readonly ottl?: Readonly<Record<string, string>>;
};
const different = new Set(Object.keys(differences.ottl ?? {}));
const cases = fs
  .readdirSync(folder)
  .filter((file) => file.endsWith('.jsonl'))
  .flatMap((file) => fs.readFileSync(new URL(file, folder), 'utf8').trimEnd().split('\n'))
  .map((line) => JSON.parse(line) as Recorded)
  .filter(({ id, nondeterministic, panic }) => !different.has(id) && nondeterministic !== 'output' && !panic);

/** A time without a year is one of this year, which was that of the recordings. */
const clock: Clock = { now: () => 0, unixMs: () => Date.UTC(2026, 9, 1), after: () => () => {} };

/** In the configuration `$$` stands for `$`. */
const settings = ({ config }: Recorded): unknown => JSON.parse(JSON.stringify(config).replaceAll('$$', '$'));

function requestOf({ include_metadata: included, headers = {} }: Recorded): RequestContext {
  const values = Object.entries(headers).map(
    ([name, value]) => [name.toLowerCase(), typeof value === 'string' ? [value] : value] as const,
  );
  return { metadata: new Map(included === true ? values : []), peer: '127.0.0.1:4711' };
}

/** The part of a case's input that goes on, null for none, or the status of its refusal. */
async function outcomeOf(one: Recorded, definition: ProcessorDefinition): Promise<unknown> {
  const { signal } = one;
  const batch = validate(signal, jsonToProto(signal, Buffer.from(JSON.stringify(fixtures[one.input]))));
  const before = Buffer.from(batch.bytes);
  const world = heldWorld({ signal });
  const { books } = world;
  const context = { ...world.context, clock };
  let output: unknown = null;
  const next = {
    consume: (passed: { readonly signal: Signal; readonly bytes: Uint8Array }) =>
      Promise.resolve(void (output = JSON.parse(jsonText(passed.signal, passed.bytes)))),
  };
  const processor = await definition.create(definition.config.parse(settings(one)), context, next);
  try {
    await processor.consume(batch, requestOf(one));
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error;
    expect(output).toBeNull();
    return 503;
  } finally {
    expect(books.balance).toBe(0);
    // The other pipelines of a fan-out read the same bytes.
    expect(before.equals(batch.bytes)).toBe(true);
  }
  return output === null ? null : comparable(canon(output), one);
}

/** Without the order of fields, and of data points where it is not fixed. */
function comparable(canonical: unknown, { unordered }: Recorded): unknown {
  const sorted = sortKeys(canonical);
  return unordered === true ? withSortedPoints(sorted) : sorted;
}

function withSortedPoints(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withSortedPoints);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const below = withSortedPoints(inner);
      if (key !== 'dataPoints' || !Array.isArray(below)) return [key, below];
      return [key, below.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))];
    }),
  );
}

/** A test for each recorded case of a processor, but for those with IDs that `skips` accepts. */
export function replayed(definition: ProcessorDefinition, skips: (id: string) => boolean = () => false): void {
  const own = cases.filter(({ id, processor }) => processor === definition.type && !skips(id));

  test.each(own.filter(({ configError }) => configError === undefined))('$id', async (one) => {
    const expected =
      one.status >= 400
        ? 503
        : one.output === null
          ? null
          : comparable(patch(canon(fixtures[one.input]), one.diff ?? []), one);
    const outcome = await outcomeOf(one, definition);
    // Some values are patterns.
    if (!matches(expected, outcome)) expect(outcome).toEqual(expected);
  });

  test.each(own.filter(({ configError }) => configError !== undefined))('$id is refused', async (one) => {
    const { success, data } = definition.config.safeParse(settings(one));
    if (!success) return;
    // Faults that a schema cannot see, such as a feature gate, are found when the component is made.
    const { context } = heldWorld({ signal: one.signal });
    const consume = (): Promise<void> => Promise.resolve();
    await expect((async () => definition.create(data, context, { consume }))()).rejects.toThrow();
  });
}
