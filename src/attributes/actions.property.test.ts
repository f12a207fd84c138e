import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { emptyContext } from '../component/consumer.js';
import { Double, type AttributeValue } from '../otlp/build/any-value.js';
import { SpanBuilder } from '../otlp/build/spans.js';
import type { Batch } from '../otlp/batch.js';
import { AttributePatcher } from '../otlp/edit/attribute-patcher.js';
import { jsonText } from '../otlp/json/encode.js';
import { resultAtOnce } from '../otlp/work.js';
import { actionList } from './action-config.js';
import { Actions } from './actions.js';

const runs = Number(process.env['KANMON_FUZZ_RUNS'] ?? 300);
const names = ['a', 'b', 'c', 'a.b', 'd'] as const;

/** An attribute's value: a text, a bool, an int64 or a double. */
type Plain = string | boolean | bigint | { readonly double: number };

/** The effect of an action, on a map. */
function act(attributes: Map<string, Plain>, step: Record<string, unknown>): void {
  const key = String(step['key']);
  const before = attributes.get(key);
  switch (step['action']) {
    case 'insert':
    case 'update':
    case 'upsert': {
      const from = step['from_attribute'];
      const source = typeof from === 'string' ? attributes.get(from) : undefined;
      const value = plainOf(step['value']) ?? source ?? plainOf(step['default_value']);
      const isWanted = step['action'] === 'upsert' || (step['action'] === 'insert') === (before === undefined);
      if (value !== undefined && isWanted) attributes.set(key, value);
      return;
    }
    case 'delete':
      attributes.delete(key);
      return;
    case 'hash':
      if (before !== undefined) attributes.set(key, createHash('sha256').update(bytesOf(before)).digest('hex'));
      return;
    case 'convert':
      if (before !== undefined) attributes.set(key, converted(before, String(step['converted_type'])) ?? before);
      return;
    default:
      throw new Error('no such action');
  }
}

function plainOf(value: unknown): Plain | undefined {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : { double: value };
  return value as Plain | undefined;
}

function bytesOf(value: Plain): Buffer {
  if (typeof value === 'string') return Buffer.from(value);
  if (typeof value === 'boolean') return Buffer.from([value ? 1 : 0]);
  const bytes = Buffer.alloc(8);
  if (typeof value === 'bigint') bytes.writeBigInt64LE(value);
  else bytes.writeDoubleLE(value.double);
  return bytes;
}

function converted(value: Plain, type: string): Plain | undefined {
  if (type === 'string') return typeof value === 'object' ? String(value.double) : String(value);
  if (typeof value === 'string') {
    if (type === 'int') return /^[+-]?\d+$/.test(value) ? BigInt(value.replace('+', '')) : undefined;
    return /^[+-]?\d+(\.\d*)?(e[+-]?\d+)?$/.test(value) ? { double: Number(value) } : undefined;
  }
  if (type === 'int') return typeof value === 'object' ? BigInt(Math.trunc(value.double)) : BigInt(value);
  return typeof value === 'object' ? value : { double: Number(value) };
}

const plain: fc.Arbitrary<Plain> = fc.oneof(
  fc.constantFrom('', 'x', '7', '-12', '+3', ' 7', '5.7', '1e3', 'é', 'x'.repeat(200)),
  fc.boolean(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.record({ double: fc.constantFrom(0.5, -3, 4, 1e9, -2.75) }),
);
const value = fc.constantFrom('v', '', '12', 4, 2.5, true);
const name = fc.constantFrom(...names);
const step: fc.Arbitrary<Record<string, unknown>> = fc.oneof(
  fc.record({ key: name, action: fc.constantFrom('insert', 'update', 'upsert'), value }),
  fc.record(
    { key: name, action: fc.constantFrom('insert', 'update', 'upsert'), from_attribute: name, default_value: value },
    { requiredKeys: ['key', 'action', 'from_attribute'] },
  ),
  fc.record({ key: name, action: fc.constantFrom('delete', 'hash') }),
  fc.record({
    key: name,
    action: fc.constant('convert'),
    converted_type: fc.constantFrom('int', 'double', 'string'),
  }),
);

const written = (given: Plain): AttributeValue => (typeof given === 'object' ? new Double(given.double) : given);

function spansOf(items: readonly ReadonlyMap<string, Plain>[]): Batch {
  const spans = new SpanBuilder();
  spans.resource().scope('test');
  for (const attributes of items) {
    spans.span('a');
    for (const [key, given] of attributes) spans.attribute(key, written(given));
  }
  return spans.finish();
}

test('actions do what they do on a map', () => {
  const patcher = new AttributePatcher();
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.tuple(name, plain), { maxLength: 5 }), { minLength: 1, maxLength: 4 }),
      fc.array(step, { minLength: 1, maxLength: 6 }),
      (items, steps) => {
        const maps = items.map((pairs) => new Map(pairs));
        const batch = spansOf(maps);
        const actions = new Actions(actionList({ about: '' }).parse(steps));
        patcher.open(batch);
        actions.begin(emptyContext);
        for (let row = 0; row < maps.length; row++) {
          patcher.openItem(row);
          actions.run(patcher.attributes);
          patcher.closeItem();
        }
        const changed = resultAtOnce(patcher.finishing());
        let isTouched = false;
        for (const attributes of maps)
          for (const each of steps) {
            const before = inspect(attributes, { maxStringLength: null });
            act(attributes, each);
            isTouched ||= inspect(attributes, { maxStringLength: null }) !== before;
          }
        // Of maps too an attribute keeps its place, and a new one comes last.
        const expected = jsonText('traces', spansOf(maps).bytes);
        expect(jsonText('traces', changed.bytes)).toBe(expected);
        if (!isTouched) expect(changed).toBe(batch);
      },
    ),
    { numRuns: runs * 2 },
  );
});
