import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MemoryBound } from './memory-bound.js';
import { SeriesTable } from './series-table.js';
import { absent, valueKind, Values } from './values.js';

const runs = Number(process.env['KANMON_FUZZ_RUNS'] ?? 200);
const keys = 3;

/** A group and a text, or nothing, for each column. */
const series = fc.tuple(
  fc.nat({ max: 3 }),
  fc.array(fc.option(fc.constantFrom('', 'a', 'b', 'cc')), { minLength: keys, maxLength: keys }),
);

test('a table has a row for each combination that was added and not removed, by group', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(series, fc.boolean()), { maxLength: 200 }), (steps) => {
      const bound = new MemoryBound(1 << 30);
      const values = new Values(bound);
      const table = new SeriesTable({ values, bound, keys, others: 1, bytesBeside: 24 });
      const known = new Map<string, { readonly row: number; readonly group: number }>();
      const numberOf = (text: string | null): number => {
        if (text === null) return absent;
        const bytes = Buffer.from(text);
        const found = values.find(valueKind.text, bytes, 0, bytes.length);
        return found >= 0 ? found : values.add(valueKind.text, bytes, 0, bytes.length);
      };
      for (const [[group, texts], removes] of steps) {
        const name = JSON.stringify([group, texts]);
        const before = known.get(name);
        const ids = texts.map(numberOf);
        const used = [...ids, numberOf('beside')];
        for (const id of used) values.hold(id);
        table.group = group;
        table.key.set(ids);
        table.shown.set(used);
        expect(table.find()).toBe(before?.row ?? -1);
        const rows = Int32Array.of(-1, 0, 0);
        table.findAll(Int32Array.of(...ids, ...ids, ...ids), rows, rows.length);
        expect([...rows]).toEqual([-1, table.find(), table.find()]);
        if (removes && before) {
          table.remove(before.row);
          known.delete(name);
        } else if (!before) {
          const row = table.add();
          expect([...known.values()].map((one) => one.row)).not.toContain(row);
          known.set(name, { row, group });
        }
        // A row that was looked up and not used is gone.
        for (const id of used) values.release(id);
      }
      expect(table.count).toBe(known.size);
      for (const group of [0, 1, 2, 3]) {
        const rows: number[] = [];
        for (let row = table.firstOf(group); row >= 0; row = table.nextOf(row)) rows.push(row);
        const expected = [...known.values()].filter((one) => one.group === group).map((one) => one.row);
        expect(rows.toSorted((a, b) => a - b)).toEqual(expected.toSorted((a, b) => a - b));
        expect(table.countOf(group)).toBe(expected.length);
      }
      for (const [name, { row, group }] of known) {
        const [, texts] = JSON.parse(name) as [number, (string | null)[]];
        expect(table.groupOf(row)).toBe(group);
        for (const [i, text] of texts.entries()) {
          const id = table.shownAt(row, i);
          expect(id === absent ? null : values.textOf(id)).toBe(text);
        }
        expect(values.textOf(table.shownAt(row, keys))).toBe('beside');
        expect(table.valueBytes(row)).toBe([...texts, 'beside'].reduce((sum, text) => sum + (text?.length ?? 0), 0));
      }
      for (const { row } of known.values()) table.remove(row);
      expect([table.count, values.count, bound.used]).toEqual([0, 0, 0]);
    }),
    { numRuns: runs },
  );
});

test('a series is found by the text of its values, whatever form it shows', () => {
  const bound = new MemoryBound(1 << 30);
  const values = new Values(bound);
  const table = new SeriesTable({ values, bound, keys: 1, bytesBeside: 0 });
  const text = values.add(valueKind.text, Buffer.from('1'), 0, 1);
  const alias = values.add(valueKind.encoded, Buffer.from([0x18, 1]), 0, 2, text);
  table.key[0] = text;
  table.shown[0] = alias;
  const row = table.add();
  expect(table.find()).toBe(row);
  expect(table.shownAt(row, 0)).toBe(alias);
  table.remove(row);
  expect([table.find(), values.count]).toEqual([-1, 0]);
});

test('a row apart is in its group and found by no combination', () => {
  const bound = new MemoryBound(1 << 30);
  const values = new Values(bound);
  const table = new SeriesTable({ values, bound, keys: 1, bytesBeside: 0 });
  table.group = 2;
  const apart = table.addApart(2);
  expect([table.find(), table.firstOf(2), table.countOf(2)]).toEqual([-1, apart, 1]);
  const rows = Int32Array.of(0);
  table.findAll(Int32Array.of(absent), rows, 1);
  expect([...rows]).toEqual([-1]);
  const row = table.add();
  expect(row).not.toBe(apart);
  expect(table.find()).toBe(row);
  table.remove(apart, true);
  expect([table.firstOf(2), table.nextOf(row), table.find()]).toEqual([row, -1, row]);
});

test('a holder may have as much as it leaves free', () => {
  const bound = new MemoryBound(900);
  expect([bound.fits(450, 0), bound.fits(451, 0)]).toEqual([true, false]);
  bound.count(450);
  expect([bound.fits(1, 450), bound.fits(225, 0), bound.fits(226, 0)]).toEqual([false, true, false]);
});
