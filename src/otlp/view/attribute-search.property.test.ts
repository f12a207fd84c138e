import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AttributeSearch } from './attribute-search.js';
import { Backing } from './backing.js';
import { key } from './key.js';
import { SpanView } from './span.js';
import { ValueView } from './value.js';

const names = ['k', 'ab', 'ba', '', 'é', 'x'.repeat(127), 'x'.repeat(128), 'x'.repeat(300)];
const keys = names.map(key);

function varint(value: number, padding = 0): number[] {
  const bytes = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest & 127) | 128);
    rest >>>= 7;
  }
  bytes.push(rest);
  // A varint may be longer than it must be.
  for (let i = 0; i < padding; i++) bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 128;
  return padding === 0 ? bytes : [...bytes, ...Array.from({ length: padding - 1 }, () => 128), 0];
}

const padding = fc.constantFrom(0, 0, 0, 1, 3);
const field = (number: number, body: fc.Arbitrary<number[]>): fc.Arbitrary<number[]> =>
  fc
    .tuple(body, padding, padding)
    .map(([bytes, tag, length]) => [...varint(number * 8 + 2, tag), ...varint(bytes.length, length), ...bytes]);
const text = fc.constantFrom(...names, 'other', 'y'.repeat(200)).map((name) => [...Buffer.from(name)]);
const anyValue = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: field(1, text) },
      { weight: 1, arbitrary: fc.nat(200).map((int) => [3 * 8, ...varint(int)]) },
      { weight: 1, arbitrary: fc.boolean().map((bool) => [2 * 8, bool ? 1 : 0]) },
    ),
    { maxLength: 2 },
  )
  .map((parts) => parts.flat());
const keyField = field(1, text);
const valueField = field(2, anyValue);
const keyValue = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(keyField, valueField).map((parts) => parts.flat()) },
  // Any number of either, in any order, with fields that nobody knows.
  fc
    .array(fc.oneof(keyField, valueField, field(9, text), fc.constant([8 * 8 + 5, 0, 0, 0, 0])), { maxLength: 4 })
    .map((parts) => parts.flat()),
);
const span = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: field(9, keyValue) },
      field(5, text),
      field(300, text),
      fc.constant([7 * 8 + 1, 1, 2, 3, 4, 5, 6, 7, 8]),
      fc.constant([6 * 8, 2]),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.flat());

const shown = (value: ValueView): unknown => [value.type, value.string.hex(), value.int.toNumber(), value.bool];

test('one pass finds what the look-up of each key finds', () => {
  const search = new AttributeSearch(keys);
  const view = new SpanView();
  const value = new ValueView();
  fc.assert(
    fc.property(fc.array(span, { minLength: 1, maxLength: 3 }), (pieces) => {
      const backing = new Backing();
      backing.bytes = Uint8Array.from([0xff, ...pieces.flat(), 0xff]);
      let at = 1;
      for (const [i, { length }] of pieces.entries()) {
        if (i === 0) view.move(backing, at, at + length);
        else view.fields.extend(at, at + length);
        at += length;
      }
      search.open(view);
      for (const [i, one] of keys.entries()) {
        expect([one.text, search.has(i)]).toEqual([one.text, view.attribute(one, value)]);
        if (!search.has(i)) continue;
        expect(shown(search.value(i))).toEqual(shown(value));
        const isText = search.isText(i);
        if (search.isScalar(i)) {
          expect(['int', 'double', 'bool']).toContain(value.type);
          const { fields } = value;
          const body = [search.bodyStart, search.bodyEnd];
          expect([isText, fields.pieceCount, fields.pieceFrom(0), fields.pieceTo(0)]).toEqual([false, 1, ...body]);
        }
        if (!isText) continue;
        expect(value.type).toBe('string');
        const { start, end } = value.string;
        expect([search.bytes, search.textStart, search.textEnd]).toEqual([backing.bytes, start, end]);
      }
    }),
    { numRuns: 1500 },
  );
});

test('a plain text is recognised without its view', () => {
  const backing = new Backing();
  backing.bytes = Uint8Array.from([0x4a, 8, 0x0a, 1, 0x6b, 0x12, 3, 0x0a, 1, 0x76]);
  const search = new AttributeSearch(keys);
  search.open(new SpanView().move(backing, 0, 10));
  expect([search.has(0), search.isText(0), search.textStart, search.textEnd]).toEqual([true, true, 9, 10]);
  expect(search.has(1)).toBe(false);
});

test('without keys nothing is looked for', () => {
  const backing = new Backing();
  backing.bytes = Uint8Array.from([0x4a, 0]);
  const search = new AttributeSearch([]);
  expect(() => search.open(new SpanView().move(backing, 0, 2))).not.toThrow();
});
