import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arbitraryValue } from '../../test/support/arbitrary-values.js';
import { SpanBuilder } from '../otlp/build/spans.js';
import { valueText } from '../otlp/keys/value-text.js';
import { BatchCursor } from '../otlp/view/batch-cursor.js';
import { key } from '../otlp/view/key.js';
import { SpanView } from '../otlp/view/span.js';
import { ValueView } from '../otlp/view/value.js';
import { MemoryBound } from './memory-bound.js';
import { ValueReader } from './value-reader.js';
import { absent, valueKind, Values, type ValueKind } from './values.js';

const runs = Number(process.env['KANMON_FUZZ_RUNS'] ?? 200);

/** Short texts that come again, and longer ones with the same beginning and end. */
const text = fc.oneof(
  fc.string({ maxLength: 2 }),
  fc.nat({ max: 300 }).map((n) => `/api/v1/items/${n}/end`),
  fc.string({ minLength: 200, maxLength: 220 }),
);

test('values are found as long as they are held, and no longer', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(text, fc.constantFrom('hold', 'release', 'find')), { maxLength: 300 }),
      fc.constantFrom<ValueKind>(valueKind.text, valueKind.encoded),
      (steps, kind) => {
        const bound = new MemoryBound(1 << 30);
        const values = new Values(bound, [1, 2]);
        const holders = new Map<string, { readonly id: number; count: number }>();
        const find = (bytes: Buffer): number => values.find(kind, bytes, 3, bytes.length);
        for (const [name, step] of steps) {
          const bytes = Buffer.from(`...${name}`);
          const known = holders.get(name);
          expect(find(bytes)).toBe(known?.id ?? -1);
          if (step === 'hold') {
            const id = known?.id ?? values.add(kind, bytes, 3, bytes.length);
            values.hold(id);
            holders.set(name, { id, count: (known?.count ?? 0) + 1 });
          } else if (step === 'release' && known) {
            values.release(known.id);
            known.count--;
            if (known.count === 0) holders.delete(name);
          }
        }
        expect(values.count).toBe(holders.size);
        for (const [name, { id }] of holders) expect(values.textOf(id)).toBe(name);
        for (const { id, count } of holders.values()) for (let i = 0; i < count; i++) values.release(id);
        expect([values.count, bound.used]).toEqual([0, 0]);
      },
    ),
    { numRuns: runs },
  );
});

test('many values that are looked up at a time are those that each look-up finds', () => {
  const wanted = fc.tuple(fc.oneof(text, fc.string({ maxLength: 90 })), fc.boolean(), fc.boolean());
  fc.assert(
    fc.property(fc.array(wanted, { maxLength: 80 }), fc.nat({ max: 2 }), (all, rounds) => {
      const values = new Values(new MemoryBound(1 << 30));
      const bytes = Buffer.concat([Buffer.from('..'), ...all.map(([name]) => Buffer.from(name))]);
      const froms: number[] = [];
      const sizes: number[] = [];
      let at = 2;
      for (const [name, isText, isKnown] of all) {
        const length = Buffer.byteLength(name);
        const kind = isText ? valueKind.text : valueKind.encoded;
        froms.push(at);
        sizes.push(Values.sizeAs(kind, length));
        if (isKnown && values.find(kind, bytes, at, at + length) < 0) values.add(kind, bytes, at, at + length);
        at += length;
      }
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      const ids = new Int32Array(all.length + 1).fill(7);
      for (let round = 0; round <= rounds; round++)
        values.findAll(bytes, view, Int32Array.from([...froms, -1]), Int32Array.from([...sizes, 0]), ids, ids.length);
      const expected = all.map(([name, isText], i) => {
        const from = froms[i] as number;
        return values.find(isText ? valueKind.text : valueKind.encoded, bytes, from, from + Buffer.byteLength(name));
      });
      // Where there is no value the number stays.
      expect([...ids]).toEqual([...expected, 7]);
    }),
    { numRuns: runs },
  );
});

test('an alias is found as itself and stands for its text; all of them go together', () => {
  const bound = new MemoryBound(1 << 30);
  const values = new Values(bound);
  const text200 = values.add(valueKind.text, Buffer.from('200'), 0, 3);
  const aliases = Array.from({ length: 4 }, (_, i) => values.add(valueKind.encoded, Buffer.from([i]), 0, 1, text200));
  expect(new Set([text200, ...aliases]).size).toBe(5);
  expect(values.add(valueKind.encoded, Buffer.from([9]), 0, 1, text200)).toBe(-1);
  for (const alias of aliases) expect(values.canonicalOf(alias)).toBe(text200);
  values.hold(aliases[2]!);
  values.hold(text200);
  values.release(text200);
  expect(values.find(valueKind.encoded, Buffer.from([1]), 0, 1)).toBe(aliases[1]);
  values.release(aliases[2]!);
  expect([values.count, bound.used]).toEqual([0, 0]);
  expect(values.find(valueKind.text, Buffer.from('200'), 0, 3)).toBe(-1);
});

test('what is absent is never found, held or released', () => {
  const values = new Values(new MemoryBound(1 << 30));
  values.hold(absent);
  values.release(absent);
  expect(values.find(valueKind.text, Buffer.alloc(0), 0, 0)).toBe(-1);
  expect(values.canonicalOf(absent)).toBe(absent);
});

test('the reader knows a value of any type by what it prints as', () => {
  const code = key('code');
  fc.assert(
    fc.property(fc.array(arbitraryValue, { minLength: 1, maxLength: 8 }), (models) => {
      const values = new Values(new MemoryBound(1 << 30));
      const reader = new ValueReader(values);
      const builder = new SpanBuilder();
      builder.resource().scope('test');
      for (const { value } of models) builder.span('a').attribute('code', value);
      const view = new ValueView();
      const idOf = new Map<string, number>();
      const spans = new BatchCursor(new SpanView());
      const batch = builder.finish();
      for (spans.open(batch); spans.next();) {
        spans.item.attribute(code, view);
        const shown = valueText(view);
        expect(reader.findCanonical(view)).toBe(idOf.get(shown) ?? -1);
        const id = reader.add(view);
        values.hold(id);
        const canonical = values.canonicalOf(id);
        expect(values.textOf(canonical)).toBe(Buffer.from(shown).toString());
        expect(idOf.get(shown) ?? canonical).toBe(canonical);
        idOf.set(shown, canonical);
        expect(reader.findCanonical(view)).toBe(canonical);
        // Found in this very form, unless it has too many.
        const again = reader.find(view);
        expect(again === id || again === -1).toBe(true);
        if (view.type === 'string') expect(again).toBe(canonical);
      }
    }),
    { numRuns: runs },
  );
});
