import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arbitraryOtlp } from '../../../test/support/arbitrary-otlp.js';
import { levels, listOf } from '../../../test/support/edit-model.js';
import { referenceDecode, type Tree, type Value } from '../../../test/support/reference-decode.js';
import { Double, type AttributeValue } from '../build/any-value.js';
import { SpanBuilder } from '../build/spans.js';
import type { Signal } from '../signal.js';
import { key } from '../view/key.js';
import { validate } from '../wire/validate.js';
import { resultAtOnce } from '../work.js';
import { AttributePatcher } from './attribute-patcher.js';
import { PreparedAttribute, type AttributeTable } from './attribute-table.js';

const runs = Number(process.env['KANMON_FUZZ_RUNS'] ?? 300);
const names = ['service.name', 'host.name', 'a', 'new'] as const;
const keys = names.map((name) => key(name));
/** Values, each with its tree. */
const values: readonly (readonly [AttributeValue, Tree])[] = [
  ['', { string_value: '' }],
  ['é'.repeat(70), { string_value: 'é'.repeat(70) }],
  [-7n, { int_value: -7n }],
  [new Double(3), { double_value: 3 }],
  [true, { bool_value: true }],
  [null, {}],
];
const prepared = names.map((name) => values.map(([value]) => new PreparedAttribute(name, value)));

interface Step {
  readonly kind: 'set' | 'prepared' | 'remove' | 'copy' | 'removeAll';
  readonly name: number;
  readonly other: number;
  readonly value: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('set', 'prepared', 'remove', 'copy', 'removeAll'),
  name: fc.nat(names.length - 1),
  other: fc.nat(names.length - 1),
  value: fc.nat(values.length - 1),
});
const steps = fc.array(fc.array(step, { maxLength: 3 }), { minLength: 1, maxLength: 5 });

function change(attributes: AttributeTable, { kind, name, other, value }: Step): void {
  const row = attributes.find(keys[name]!);
  const from = attributes.find(keys[other]!);
  if (kind === 'prepared') attributes.setPrepared(row, prepared[name]![value]!);
  else if (kind === 'remove')
    for (let each = row; each >= 0; each = attributes.findAfter(each, keys[name]!)) attributes.remove(each);
  else if (kind === 'copy' && from >= 0) attributes.copyValue(row, keys[name]!, from);
  else if (kind === 'set' && row >= 0) attributes.setValue(row, values[value]![0]);
  else if (kind === 'set') attributes.addValue(keys[name]!, values[value]![0]);
  else if (kind === 'removeAll')
    for (let each = attributes.first(); each >= 0; each = attributes.after(each)) attributes.remove(each);
}

/** The same on a tree, whose texts may stand in a dictionary. */
class Model {
  readonly #hasReferences: boolean;
  readonly #strings: readonly Value[];

  constructor(signal: Signal, tree: Tree) {
    this.#hasReferences = signal === 'profiles';
    const dictionary = this.#hasReferences ? (tree['dictionary'] as Tree | undefined) : undefined;
    this.#strings = dictionary === undefined ? [] : ((dictionary['string_table'] as Value[] | undefined) ?? []);
  }

  change(message: Tree, { kind, name, other, value }: Step): void {
    const text = names[name]!;
    const all = listOf(message, 'attributes');
    const source = all.find((pair) => this.#key(pair) === names[other]);
    if (kind === 'set' || kind === 'prepared') this.#set(message, text, values[value]![1]);
    else if (kind === 'removeAll') delete message['attributes'];
    else if (kind === 'remove') {
      const rest = all.filter((pair) => this.#key(pair) !== text);
      if (rest.length > 0) message['attributes'] = rest;
      else delete message['attributes'];
    } else if (source && name !== other) this.#set(message, text, this.#resolved(source['value'] as Tree | undefined));
  }

  #set(message: Tree, text: string, value: Tree): void {
    const all = listOf(message, 'attributes');
    const first = all.find((pair) => this.#key(pair) === text);
    if (first === undefined) message['attributes'] = [...all, { key: text, value: structuredClone(value) }];
    else {
      const before = this.#resolved(first['value'] as Tree | undefined);
      const isSame = JSON.stringify(before, plain) === JSON.stringify(value, plain);
      if (!isSame) {
        first['value'] = structuredClone(value);
        first['key'] = text;
      }
      message['attributes'] = all.filter((pair) => pair === first || this.#key(pair) !== text);
    }
  }

  /** Writes texts out that are numbers: those of attributes with a new value are not numbers any more. */
  withTexts(tree: Tree): Tree {
    for (const level of listOf(tree, 'resource_profiles'))
      for (const pair of listOf((level['resource'] ?? {}) as Tree, 'attributes')) {
        const name = this.#key(pair);
        delete pair['key_strindex'];
        delete pair['key'];
        if (name !== '') pair['key'] = name;
        if (pair['value'] !== undefined) pair['value'] = this.#resolved(pair['value'] as Tree);
      }
    return tree;
  }

  #resolved(value: Tree | undefined): Tree {
    if (!this.#hasReferences || value?.['string_value_strindex'] === undefined) return value ?? {};
    return { string_value: this.#strings[Number(value['string_value_strindex'])] ?? '' };
  }

  #key(pair: Tree): Value {
    const own = pair['key'] ?? '';
    const index = Number(pair['key_strindex'] ?? 0);
    return own === '' && index > 0 ? (this.#strings[index] ?? '') : own;
  }
}

const plain = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}n` : value);

test.each(['traces', 'logs'] as const)('%s: changes of items make what changing a tree makes', (signal) => {
  const { resources, scopes, items } = levels[signal];
  const patcher = new AttributePatcher();
  fc.assert(
    fc.property(arbitraryOtlp(signal), steps, (bytes, plans) => {
      const batch = validate(signal, bytes);
      const tree = referenceDecode(signal, bytes);
      const model = new Model(signal, tree);
      const rows = listOf(tree, resources).flatMap((r) => listOf(r, scopes).flatMap((s) => listOf(s, items)));
      patcher.open(batch);
      for (const [row, item] of rows.entries()) {
        patcher.openItem(row);
        for (const each of plans[row % plans.length]!) {
          change(patcher.attributes, each);
          model.change(item, each);
        }
        patcher.closeItem();
      }
      const changed = resultAtOnce(patcher.finishing());
      expect(Buffer.from(batch.bytes).equals(bytes)).toBe(true);
      expect(referenceDecode(signal, changed.bytes)).toEqual(tree);
      expect(validate(signal, changed.bytes).itemCount).toBe(batch.itemCount);
      expect(changed.itemCount).toBe(batch.itemCount);
      if (plans.every((plan) => plan.length === 0)) expect(changed).toBe(batch);
    }),
    { numRuns: runs * 2 },
  );
});

const data = ['gauge', 'sum', 'histogram', 'exponential_histogram', 'summary'];

test('metrics: changes of data points make what changing a tree makes', () => {
  const { resources, scopes, items } = levels.metrics;
  const patcher = new AttributePatcher();
  fc.assert(
    fc.property(arbitraryOtlp('metrics'), steps, (bytes, plans) => {
      const batch = validate('metrics', bytes);
      const tree = referenceDecode('metrics', bytes);
      const model = new Model('metrics', tree);
      const rows = listOf(tree, resources).flatMap((r) => listOf(r, scopes).flatMap((s) => listOf(s, items)));
      patcher.open(batch);
      for (const [row, metric] of rows.entries()) {
        const plan = plans[row % plans.length]!;
        for (patcher.points.open(row); patcher.points.next();)
          for (const each of plan) change(patcher.attributes, each);
        for (const type of data)
          for (const point of listOf((metric[type] ?? {}) as Tree, 'data_points'))
            for (const each of plan) model.change(point, each);
      }
      const changed = resultAtOnce(patcher.finishing());
      expect(referenceDecode('metrics', changed.bytes)).toEqual(tree);
      expect(validate('metrics', changed.bytes).itemCount).toBe(batch.itemCount);
      expect(changed.itemCount).toBe(batch.itemCount);
      if (plans.every((plan) => plan.length === 0)) expect(changed).toBe(batch);
    }),
    { numRuns: runs * 2 },
  );
});

test.each(['traces', 'metrics', 'logs', 'profiles'] as const)(
  '%s: changes of resources make what changing a tree makes',
  (signal) => {
    const patcher = new AttributePatcher();
    fc.assert(
      fc.property(arbitraryOtlp(signal), steps, (bytes, plans) => {
        const batch = validate(signal, bytes);
        const tree = referenceDecode(signal, bytes);
        const model = new Model(signal, tree);
        patcher.open(batch);
        for (const [row, level] of listOf(tree, levels[signal].resources).entries()) {
          const had = level['resource'] !== undefined;
          const resource = (level['resource'] ?? {}) as Tree;
          patcher.openResource(row);
          for (const each of plans[row % plans.length]!) {
            change(patcher.attributes, each);
            model.change(resource, each);
          }
          patcher.closeResource();
          if (had || patcher.attributes.isChanged) level['resource'] = resource;
        }
        const changed = resultAtOnce(patcher.finishing());
        const result = referenceDecode(signal, changed.bytes);
        expect(model.withTexts(result)).toEqual(model.withTexts(tree));
        expect(validate(signal, changed.bytes).itemCount).toBe(batch.itemCount);
        if (plans.every((plan) => plan.length === 0)) expect(changed).toBe(batch);
      }),
      { numRuns: runs * 2 },
    );
  },
);

function spansOf(count: number): SpanBuilder {
  const spans = new SpanBuilder();
  spans.resource().scope('test');
  for (let i = 0; i < count; i++) spans.span('a');
  return spans;
}

test('a value that is there already changes nothing', () => {
  const spans = spansOf(1);
  spans.attribute('a', 'b');
  const batch = spans.finish();
  const patcher = new AttributePatcher().open(batch);
  patcher.openItem(0);
  const row = patcher.attributes.find(key('a'));
  patcher.attributes.setValue(row, 'b');
  patcher.attributes.setPrepared(row, new PreparedAttribute('a', 'b'));
  patcher.closeItem();
  expect(resultAtOnce(patcher.finishing())).toBe(batch);
});

test('millions of empty items cannot make a small request huge', () => {
  const batch = spansOf(80_000).finish();
  const patcher = new AttributePatcher().open(batch);
  const large = new PreparedAttribute('a', 'x'.repeat(2000));
  const setAll = (): void => {
    for (let row = 0; row < batch.index.itemCount; row++) {
      patcher.openItem(row);
      patcher.attributes.setPrepared(-1, large);
      patcher.closeItem();
    }
  };
  expect(setAll).toThrow('the changes would make the batch too large');
});
