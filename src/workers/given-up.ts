import type { LedgerRow } from '../component/ledger.js';
import type { Signal } from '../otlp/signal.js';

/** Items of one component that an end of the program took along. */
export interface GivenUp {
  readonly component: string;
  readonly signal: Signal;
  readonly items: number;
}

/**
 * The items that the program gives up when it ends with these books: those still held, and those that were lost with
 * workers since `before`.
 */
export function givenUp(before: readonly LedgerRow[], after: readonly LedgerRow[]): readonly GivenUp[] {
  const died = new Map(before.map((row) => [keyOf(row), lostWithWorkers(row)]));
  return after
    .map((row) => ({
      component: row.id,
      signal: row.signal,
      items: held(row) + lostWithWorkers(row) - (died.get(keyOf(row)) ?? 0),
    }))
    .filter(({ items }) => items > 0);
}

function keyOf({ kind, signal, id }: LedgerRow): string {
  return `${kind} ${signal} ${id}`;
}

function held(row: LedgerRow): number {
  return row.kind === 'component' ? Object.values(row.held).reduce((sum, items) => sum + items, 0) : 0;
}

function lostWithWorkers(row: LedgerRow): number {
  return row.kind === 'component' ? (row.dropped['worker_died'] ?? 0) : 0;
}
