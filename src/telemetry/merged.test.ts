import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LedgerRow } from '../component/ledger.js';
import type { MetricSpec } from '../component/telemetry.js';
import { bookedAsDead, foldedParts, LedgerFile, mergedRows, readLedgerFile } from './ledger-file.js';
import { MergedMetrics, snapshotOf, type FamilySnapshot } from './merged.js';
import { Registry } from './registry.js';
import { Views } from './views.js';

const counter: MetricSpec = { name: 'requests', description: '', unit: '', kind: 'counter', level: 'basic' };
const held: MetricSpec = { name: 'held', description: '', unit: '', kind: 'gauge', level: 'basic' };
const age: MetricSpec = { name: 'age', description: '', unit: '', kind: 'gauge', level: 'basic', merge: 'max' };
const size: MetricSpec = {
  name: 'size',
  description: '',
  unit: '',
  kind: 'histogram',
  level: 'basic',
  boundaries: [10],
};

function worker(requests: number, queue: number, seconds: number, sizes: readonly number[]): FamilySnapshot[] {
  const registry = new Registry('normal', new Views([], 'kanmon', '1'));
  const meter = registry.meter('kanmon');
  meter.counter(counter, { a: 1 }).add(requests);
  meter.observe(held, {}, () => queue);
  meter.observe(age, {}, () => seconds);
  for (const one of sizes) meter.histogram(size, {}).record(one);
  return snapshotOf(registry.families.values());
}

function shown(merged: MergedMetrics, all: readonly FamilySnapshot[][]): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const { spec, series } of merged.merge(all))
    for (const one of series.values())
      out[spec.name] =
        one.kind === 'number' ? one.read() : { counts: [...one.counts], sum: one.sum, count: one.count, max: one.max };
  return out;
}

test('the metrics of several workers become those of one, and a counter never falls when one dies', () => {
  const merged = new MergedMetrics();
  const [a, b] = [worker(3, 5, 10, [1, 20]), worker(4, 6, 12, [2])];
  const both = { requests: 7, held: 11, age: 12, size: { counts: [2, 1], sum: 23, count: 3, max: 20 } };
  expect(shown(merged, [a, b])).toEqual(both);
  expect(shown(merged, [a, b])).toEqual(both);
  merged.retire(b);
  expect(shown(merged, [a])).toEqual({ ...both, held: 5, age: 10 });
  merged.retire(a);
  expect(shown(merged, [worker(1, 0, 0, [])])).toEqual({ ...both, requests: 8, held: 0, age: 0 });
});

const component = (id: string, taken: number, out: number, dropped: Readonly<Record<string, number>>): LedgerRow => {
  const lost = Object.values(dropped).reduce((a, b) => a + b, 0);
  return {
    ...{ kind: 'component', id, signal: 'traces', in: taken, created: 0, out, dropped, returned: {} },
    ...{ held: { queue: taken - out - lost }, balanced: true },
  };
};

test('books of several are added up, and what a dead worker held is dropped by name', () => {
  const dead = bookedAsDead([component('otlp', 10, 4, { queue_full: 1 })]);
  expect(dead).toEqual([{ ...component('otlp', 10, 4, { queue_full: 1, worker_died: 5 }), held: {} }]);
  const [row] = mergedRows([dead, [component('otlp', 5, 3, {})]]);
  expect(row).toMatchObject({
    in: 15,
    out: 7,
    dropped: { queue_full: 1, worker_died: 5 },
    held: { queue: 2 },
    balanced: true,
  });
});

test('what a dead worker held is not lost where its queue has a storage', () => {
  const row = component('otlp', 10, 4, {});
  if (row.kind !== 'component') throw new Error('it is a component');
  const [dead] = bookedAsDead([{ ...row, held: { stored: 4, push: 2 } }]);
  expect(dead).toMatchObject({ dropped: {}, returned: { stored: 6 }, held: {}, balanced: true });
});

test('books of any size fit: what outgrows its place gets a larger one, and the copies before stay readable', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-books-'));
  const file = path.join(folder, 'books');
  const books = new LedgerFile(file);
  let last: LedgerRow[] = [];
  for (const backends of [1, 570, 571, 2000, 5000, 3, 4]) {
    last = Array.from({ length: backends }, (_, i) =>
      component(`load_balancing 10.0.${i >> 8}.${i & 255}:4317`, i, 0, {}),
    );
    const before = readLedgerFile(file);
    books.write(last);
    expect(readLedgerFile(file)).toEqual(last);
    // A write that was cut off at any size leaves the copy before.
    const torn = path.join(folder, 'torn');
    fs.copyFileSync(file, torn);
    const bytes = fs.readFileSync(torn);
    const tail = bytes.lastIndexOf(Buffer.from(JSON.stringify(last)).subarray(-40)) + 40;
    bytes.fill(0, tail, tail + 8);
    fs.writeFileSync(torn, bytes);
    expect(readLedgerFile(torn)).toEqual(before);
  }
  books.close();
  fs.rmSync(folder, { recursive: true });
});

test('rows of parts that no worker has any more are one, and nothing is lost of them', () => {
  const gone = [
    component('lb 10.0.0.1:4317', 5, 5, {}),
    component('lb 10.0.0.2:4317', 7, 6, { x: 1 }),
    component('lb', 12, 12, {}),
  ];
  const holding = component('lb 10.0.0.3:4317', 4, 1, {});
  const rows = foldedParts([...gone, holding], [component('lb 10.0.0.2:4317', 1, 1, {})]);
  expect(rows.map(({ id }) => id).toSorted()).toEqual([
    'lb',
    'lb 10.0.0.2:4317',
    'lb 10.0.0.3:4317',
    'lb former parts',
  ]);
  expect(foldedParts(rows, [])).toContainEqual(
    expect.objectContaining({ id: 'lb former parts', in: 12, out: 11, dropped: { x: 1 }, balanced: true }),
  );
});

test('whatever is cut off or torn, the books read back are some that were written', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-books-'));
  const file = path.join(folder, 'books');
  const rows = (n: number): LedgerRow[] => [component('x'.repeat(n % 50), n, 0, {})];
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(300), fc.boolean(), (writes, at, torn) => {
      const books = new LedgerFile(file);
      for (let n = 1; n <= writes; n++) books.write(rows(n));
      books.close();
      expect(readLedgerFile(file)).toEqual(rows(writes));
      // The last write stopped somewhere: its end is still what stood there before.
      const bytes = fs.readFileSync(file);
      const start = (writes % 2) * 256 * 1024;
      if (torn) bytes.fill(0, Math.min(bytes.length, start + at), Math.min(bytes.length, start + 400));
      fs.writeFileSync(file, torn ? bytes : bytes.subarray(0, start + at));
      const found = readLedgerFile(file);
      const known =
        found.length === 0
          ? writes === 1 || (!torn && start === 0)
          : found[0]?.kind === 'component' && [writes, writes - 1].includes(found[0].in);
      expect(known).toBe(true);
    }),
    { numRuns: 200 },
  );
  expect(readLedgerFile(path.join(folder, 'none'))).toEqual([]);
  fs.rmSync(folder, { recursive: true });
});
