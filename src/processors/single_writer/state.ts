import { Streams } from './streams.js';
import { RebasedTotals } from './rebased-totals.js';
import { Writers } from './writers.js';

/** The part of `max_bytes` for totals of writers that took streams over. */
const rebasedShare = 1 / 4;

/** The knowledge of streams and their writers: at a reload the next configuration goes on with it. */
export class State {
  readonly streams: Streams;
  readonly writers: Writers = new Writers();
  readonly rebased: RebasedTotals;

  /** @param maxBytes - of streams and totals */
  constructor(maxBytes: number) {
    this.streams = new Streams(maxBytes * (1 - rebasedShare));
    this.rebased = new RebasedTotals(maxBytes * rebasedShare);
  }

  set limit(maxBytes: number) {
    this.streams.bound.limit = maxBytes * (1 - rebasedShare);
    this.rebased.limit = maxBytes * rebasedShare;
  }

  /** Bytes of all buffers. */
  get reservedBytes(): number {
    return this.streams.reservedBytes + this.rebased.reservedBytes + this.writers.bytes;
  }

  /** Forgets up to `most` streams that got no point since `before`; true when there may be more. */
  expire(before: number, most: number): boolean {
    const more = this.rebased.expire(before, most);
    return this.streams.expire(before, most) || more;
  }
}
