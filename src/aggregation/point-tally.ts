import type { ComponentLedger } from '../component/ledger.js';

/** Outcomes of the points of a batch. */
export class PointTally {
  /** Points that were converted, or began a stream. */
  converted = 0;
  readonly #dropped: Map<string, number> = new Map();

  drop(reason: string): void {
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + 1);
  }

  eachReason(visit: (reason: string, points: number) => void): void {
    for (const [reason, points] of this.#dropped) visit(reason, points);
  }

  /** Books the points of a batch that had `items`. */
  book(books: ComponentLedger, items: number): void {
    books.in(items);
    for (const [reason, points] of this.#dropped) books.dropped(points, reason);
  }
}
