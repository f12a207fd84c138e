import { expect, test } from 'vitest';
import type { LedgerRow } from '../component/ledger.js';
import { Books } from './ledger.js';
import { Registry } from './registry.js';
import { Views } from './views.js';

function registry(): Registry {
  return new Registry('basic', new Views([], 'test', '0'));
}

function ofParts(rows: readonly LedgerRow[]): string[] {
  return rows.map(({ id }) => id).filter((id) => id.includes(' '));
}

function totals(rows: readonly LedgerRow[]): { in: number; out: number; dropped: number; held: number } {
  const all = { in: 0, out: 0, dropped: 0, held: 0 };
  const sum = (amounts: Readonly<Record<string, number>>): number => Object.values(amounts).reduce((a, b) => a + b, 0);
  for (const row of rows) {
    if (row.kind === 'receiver') continue;
    expect(row.balanced).toBe(true);
    all.in += row.in;
    all.out += row.out;
    all.dropped += sum(row.dropped);
    all.held += sum(row.held);
  }
  return all;
}

test('over 57 rollouts of 10 backends the books have the rows of those that are there, and one for all others', () => {
  const metrics = registry();
  const books = new Books(metrics.meter('kanmon'));
  for (let rollout = 0; rollout < 57; rollout++) {
    const ids = Array.from({ length: 10 }, (_, i) => `lb 10.0.${rollout}.${i}:4317`);
    for (const id of ids) {
      const row = books.component(id, 'traces');
      row.in(10);
      row.held(10, 'queue');
      row.held(-10, 'queue');
      row.out(9);
      row.dropped(1, 'queue_full');
    }
    expect(ofParts(books.rows()).length).toBeLessThanOrEqual(11);
    if (rollout < 56) for (const id of ids) books.retire(id, 'traces');
  }
  expect(totals(books.rows())).toEqual({ in: 5700, out: 5130, dropped: 570, held: 0 });
  // Their series end too.
  for (const { series } of metrics.families.values()) expect(series.size).toBeLessThanOrEqual(11);
  const [out] = [...metrics.families.values()].filter(({ spec }) => spec.name === 'kanmon_ledger_out');
  expect(
    [...(out?.series.values() ?? [])].reduce((sum, one) => sum + (one.kind === 'number' ? one.read() : 0), 0),
  ).toBe(5130);
});

test('a part that still holds something keeps its row until it holds nothing', () => {
  const books = new Books(registry().meter('kanmon'));
  const row = books.component('lb 10.0.0.1:4317', 'traces');
  row.in(3);
  row.held(3, 'retry');
  books.retire('lb 10.0.0.1:4317', 'traces');
  expect(ofParts(books.rows())).toEqual(['lb 10.0.0.1:4317']);
  row.held(-3, 'retry');
  row.out(3);
  expect(ofParts(books.rows())).toEqual(['lb former parts']);
  expect(totals(books.rows())).toEqual({ in: 3, out: 3, dropped: 0, held: 0 });
});

test('a change that comes after the part is gone is not lost, and an address that comes back begins anew', () => {
  const books = new Books(registry().meter('kanmon'));
  const late = books.component('lb 10.0.0.1:4317', 'traces');
  books.retire('lb 10.0.0.1:4317', 'traces');
  late.in(2);
  late.returned(2, 'cancelled');
  const again = books.component('lb 10.0.0.1:4317', 'traces');
  again.in(1);
  again.out(1);
  expect(ofParts(books.rows()).toSorted()).toEqual(['lb 10.0.0.1:4317', 'lb former parts']);
  expect(totals(books.rows())).toMatchObject({ in: 3, out: 1 });
});

test('an address that comes back while its old queue is emptied keeps its row', () => {
  const books = new Books(registry().meter('kanmon'));
  const old = books.component('lb 10.0.0.1:4317', 'traces');
  old.in(1);
  old.held(1, 'queue');
  books.retire('lb 10.0.0.1:4317', 'traces');
  books.component('lb 10.0.0.1:4317', 'traces');
  old.held(-1, 'queue');
  old.out(1);
  expect(ofParts(books.rows())).toEqual(['lb 10.0.0.1:4317']);
});

test('parts that a reload has left out are folded by the next one; whole components and those in use stay', () => {
  const books = new Books(registry().meter('kanmon'));
  const use = (...ids: readonly string[]): void => {
    books.observe(registry().meter('kanmon'));
    for (const id of ids) {
      const row = books.component(id, 'traces');
      row.in(1);
      row.out(1);
    }
  };
  use('lb', 'lb a:1', 'lb b:1');
  use('lb', 'lb b:1');
  use('lb', 'lb b:1');
  expect(
    books
      .rows()
      .map(({ id }) => id)
      .toSorted(),
  ).toEqual(['lb', 'lb b:1', 'lb former parts']);
  expect(totals(books.rows())).toMatchObject({ in: 7, out: 7 });
});
