import type { ComponentLedger } from '../../component/ledger.js';

const reasons = {
  noService: 'no_service_name',
  unpaired: 'unpaired',
  full: 'store_full',
} as const;

/** Where the books hold spans whose edge waits, and those of a request that is being read. */
export const place = { pending: 'pending', reading: 'reading' } as const;

/** The outcomes of spans in a piece of work, for the books. */
export class SpanOutcomes {
  /** They are in the metrics of an edge, or of a kind that makes none. */
  done = 0;
  noService = 0;
  unpaired = 0;
  full = 0;
  /** Spans that began (+) or ended (-) to wait in an edge. */
  waiting = 0;

  /** Books it, and begins anew. `read`: spans of a request that were dealt with. */
  book(books: ComponentLedger, read: number): void {
    if (read > 0) books.held(-read, place.reading);
    if (this.waiting !== 0) books.held(this.waiting, place.pending);
    if (this.done > 0) books.out(this.done);
    this.waiting = this.done = 0;
    for (const key of Object.keys(reasons) as (keyof typeof reasons)[]) {
      if (this[key] > 0) books.dropped(this[key], reasons[key]);
      this[key] = 0;
    }
  }
}
