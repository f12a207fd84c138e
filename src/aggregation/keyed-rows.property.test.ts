import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Double, type AttributeValue } from '../otlp/build/any-value.js';
import { fixedValue } from './fixed-value.js';
import { KeyedRows } from './keyed-rows.js';
import { ValueKey } from './value-key.js';

const plain = fc.oneof(
  fc.constantFrom('', '1', 'true', 'a'),
  fc.boolean(),
  fc.bigInt({ min: -2n, max: 2n }),
  fc.constantFrom(0, 1, 1.5, NaN).map((value) => new Double(value)),
  fc.constantFrom(Uint8Array.of(), Uint8Array.of(0x31)),
  fc.constant(null),
);
const value: fc.Arbitrary<AttributeValue> = fc.oneof(
  plain,
  fc.array(plain, { maxLength: 2 }),
  fc.dictionary(fc.constantFrom('a', 'b'), plain, { maxKeys: 2 }).map((entries) => new Map(Object.entries(entries))),
);

/** A value as text, the same for any order of the entries of a map. */
function identityOf(given: AttributeValue): string {
  if (given instanceof Double) return `double ${given.value}`;
  if (given instanceof Uint8Array) return `bytes ${given.join()}`;
  if (given instanceof Map)
    return `map ${[...given]
      .map(([key, inner]) => `${key}=${identityOf(inner as AttributeValue)}`)
      .sort()
      .join()}`;
  if (Array.isArray(given)) return `list ${given.map((inner: AttributeValue) => identityOf(inner)).join()}`;
  return `${typeof given} ${String(given as string)}`;
}

test('rows are those of the values, by type and content', () => {
  const rows = new KeyedRows();
  const key = new ValueKey();
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(1), value, fc.option(value)), { maxLength: 40 }), (keys) => {
      rows.clear();
      const reference = new Map<string, number>();
      for (const [number, first, second] of keys) {
        key.clear().number(number);
        key.value(fixedValue(first));
        if (second === null) key.absent();
        else key.value(fixedValue(second));
        const name = `${number} ${identityOf(first)} | ${second === null ? 'absent' : identityOf(second)}`;
        const known = reference.get(name);
        expect(rows.find(key)).toBe(known ?? -1);
        if (known !== undefined) continue;
        reference.set(name, reference.size);
        expect(rows.add(key)).toBe(reference.size - 1);
      }
      expect(rows.count).toBe(reference.size);
    }),
  );
});

test('many rows are found again', () => {
  const rows = new KeyedRows();
  const key = new ValueKey();
  for (let i = 0; i < 20_000; i++) {
    key.clear().number(i);
    expect(rows.find(key)).toBe(-1);
    rows.add(key);
  }
  for (let i = 0; i < 20_000; i += 7) {
    key.clear().number(i);
    expect(rows.find(key)).toBe(i);
  }
});
