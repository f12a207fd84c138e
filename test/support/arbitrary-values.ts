import fc from 'fast-check';
import { Double, type AttributeValue } from '../../src/otlp/build/any-value.js';
import type { Tree } from './reference-decode.js';

/** An attribute's value, and what a reader of its encoding must find. */
export interface ModelValue {
  readonly value: AttributeValue;
  readonly tree: Tree;
}

const int64 = fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n);

/** Text of any length class: short, long, and beyond ASCII. */
export const arbitraryText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'grapheme', maxLength: 50 }),
  fc.string({ minLength: 120, maxLength: 140 }),
  fc.constantFrom('service.name', 'ключ', ''),
);

const leaf: fc.Arbitrary<ModelValue> = fc.oneof(
  arbitraryText.map((value) => ({ value, tree: { string_value: value } })),
  fc.boolean().map((value) => ({ value, tree: { bool_value: value } })),
  int64.map((value) => ({ value, tree: { int_value: value } })),
  fc.maxSafeInteger().map((value) => ({ value, tree: { int_value: BigInt(value) } })),
  fc.double({ noInteger: true, noNaN: true }).map((value) => ({ value, tree: { double_value: value } })),
  fc.integer().map((value) => ({ value: new Double(value), tree: { double_value: value } })),
  fc
    .uint8Array({ maxLength: 20 })
    .map((value) => ({ value, tree: { bytes_value: Buffer.from(value).toString('hex') } })),
  fc.constant({ value: null, tree: {} }),
);

const lists = (values: ModelValue[]): ModelValue => ({
  value: values.map(({ value }) => value),
  tree: { array_value: values.length === 0 ? {} : { values: values.map(({ tree }) => tree) } },
});

const maps = (entries: [string, ModelValue][]): ModelValue => ({
  value: new Map(entries.map(([key, { value }]) => [key, value])),
  tree: {
    kvlist_value: entries.length === 0 ? {} : { values: entries.map(([key, { tree }]) => keyValueTree(key, tree)) },
  },
});

/** Every kind of value, lists and maps within one another. */
export const arbitraryValue: fc.Arbitrary<ModelValue> = fc.letrec<{ value: ModelValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('value'), { maxLength: 3 }).map(lists),
    fc.uniqueArray(fc.tuple(arbitraryText, tie('value')), { maxLength: 3, selector: ([key]) => key }).map(maps),
  ),
})).value;

/** An attribute as a reader finds it. */
export function keyValueTree(key: string, value: Tree): Tree {
  return { ...(key === '' ? {} : { key }), value };
}
