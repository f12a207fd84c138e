import { Word64 } from '../otlp/view/word64.js';
import { ByteStore } from './byte-store.js';
import type { ExplicitPoint } from './explicit-point.js';
import type { ExponentialPoint } from './exponential-point.js';
import { MemoryBound } from './memory-bound.js';
import { NumberRows } from './number-rows.js';
import { metricKeyBytes, streamKeyBytes } from './stream-keys.js';
import { StreamTable } from './stream-table.js';

const field = {
  ...{ startLow: 0, startHigh: 1, timeLow: 2, timeHigh: 3 },
  /** The halves of a number, or where a histogram is stored and its bytes. */
  ...{ kind: 4, first: 5, second: 6 },
  turn: 7,
  /** One more than the row of the service. */
  holder: 8,
} as const;
const fields = 9;

/** The kept value of a stream: nothing yet, a number of either kind, or a histogram of either kind. */
export const pointKind = { none: 0, int: 1, double: 2, explicit: 3, exponential: 4 } as const;
export type PointKind = (typeof pointKind)[keyof typeof pointKind];

const float = new Float64Array(1);
const halves = new Int32Array(float.buffer);

/**
 * A point for each stream, as rows and pieces of bytes: the one that came last, or the sum of all. Streams that get no
 * point are removed after a time. A service may take as much memory as it leaves free, so that others find room.
 */
export class StreamPoints {
  readonly bound: MemoryBound;
  /** When the first of those that shared this began, in nanoseconds since 1970. */
  readonly started: Word64 = new Word64();
  readonly #store: ByteStore;
  readonly #table: StreamTable;
  /** The services that have streams, and their bytes. */
  readonly #holders: StreamTable;
  readonly #charges: NumberRows = new NumberRows(1);
  #turn = 0;

  /** @param maxBytes - of all streams together; may be changed in `bound` */
  constructor(maxBytes: number, unixMs: number) {
    this.bound = new MemoryBound(maxBytes);
    const nanos = BigInt(Math.floor(unixMs)) * 1_000_000n;
    this.started.low = Number(nanos & 0xffff_ffffn);
    this.started.high = Number(nanos >> 32n);
    this.#store = new ByteStore(this.bound);
    this.#table = new StreamTable({ bound: this.bound, keyBytes: streamKeyBytes, fields });
    this.#holders = new StreamTable({ bound: this.bound, keyBytes: metricKeyBytes, fields: 0 });
  }

  /** Streams that there are. */
  get count(): number {
    return this.#table.count;
  }

  /** Bytes of all buffers. */
  get reservedBytes(): number {
    const tables = this.#table.reservedBytes + this.#holders.reservedBytes + this.#charges.reservedBytes;
    return this.#store.reservedBytes + tables;
  }

  /** Begins a turn, which rows are entered in; see `isFirstOfTurn`. */
  beginTurn(): void {
    this.#turn = (this.#turn + 1) | 0;
  }

  /**
   * The row of a stream, a new one while there are fewer than `most` and the bytes last for its service; -1 when there
   * is none.
   */
  enter(key: Buffer, service: Buffer, now: number, most: number): number {
    const found = this.#table.find(key);
    if (found >= 0) {
      this.#table.use(found, now);
      return found;
    }
    if (this.#table.count >= most) return -1;
    const known = this.#holders.find(service);
    const bytes = this.#table.rowBytes + (known < 0 ? this.#holders.rowBytes : 0);
    if (!this.bound.fits(bytes, this.#heldBy(known))) return -1;
    const row = this.#table.add(key, now);
    if (row < 0) return -1;
    const holder = known < 0 ? this.#holders.add(service, now) : known;
    if (known < 0 && holder >= 0) this.#charges.clear(holder);
    this.#table.set(row, field.holder, holder + 1);
    this.#charge(row, this.#table.rowBytes);
    return row;
  }

  /** Whether a row is asked for the first time in this turn. */
  isFirstOfTurn(row: number): boolean {
    if (this.#table.get(row, field.turn) === this.#turn) return false;
    this.#table.set(row, field.turn, this.#turn);
    return true;
  }

  /** Removes up to `most` streams that got no point since `before`; true when there may be more. */
  expire(before: number, most: number): boolean {
    for (let i = 0; i < most; i++) {
      const row = this.#table.oldest;
      if (row < 0 || this.#table.seenAt(row) > before) return false;
      this.#giveBack(row);
      this.#charge(row, -this.#table.rowBytes);
      const holder = this.#holderOf(row);
      if (holder >= 0 && this.#heldBy(holder) === 0) this.#holders.remove(holder);
      this.#table.remove(row);
    }
    return true;
  }

  kindOf(row: number): PointKind {
    return this.#table.get(row, field.kind) as PointKind;
  }

  startOf(row: number, into: Word64): Word64 {
    return this.#word(row, field.startLow, into);
  }

  timeOf(row: number, into: Word64): Word64 {
    return this.#word(row, field.timeLow, into);
  }

  setStart(row: number, { low, high }: Word64): void {
    this.#table.set(row, field.startLow, low);
    this.#table.set(row, field.startHigh, high);
  }

  setTime(row: number, { low, high }: Word64): void {
    this.#table.set(row, field.timeLow, low);
    this.#table.set(row, field.timeHigh, high);
  }

  intOf(row: number, into: Word64): Word64 {
    return this.#word(row, field.first, into);
  }

  setInt(row: number, low: number, high: number): void {
    this.#giveBack(row);
    this.#set(row, pointKind.int, low, high);
  }

  doubleOf(row: number): number {
    halves[0] = this.#table.get(row, field.first);
    halves[1] = this.#table.get(row, field.second);
    return float[0] ?? 0;
  }

  setDouble(row: number, value: number): void {
    this.#giveBack(row);
    float[0] = value;
    this.#set(row, pointKind.double, halves[0] ?? 0, halves[1] ?? 0);
  }

  /** Reads the histogram of a row, which is of this kind. */
  load(row: number, into: ExplicitPoint | ExponentialPoint): void {
    const address = this.#table.get(row, field.first);
    into.load(this.#store.chunk(address), this.#store.offset(address));
  }

  /** Keeps a histogram in place of what a row has; false, and nothing is kept, when its bytes do not fit. */
  keep(row: number, kind: PointKind, point: ExplicitPoint | ExponentialPoint): boolean {
    const { size } = point;
    const isHistogram = this.kindOf(row) >= pointKind.explicit;
    if (!isHistogram || ByteStore.sizeOf(this.#table.get(row, field.second)) !== ByteStore.sizeOf(size)) {
      this.#giveBack(row);
      this.#set(row, pointKind.none, 0, 0);
      if (!this.bound.fits(ByteStore.sizeOf(size), this.#heldBy(this.#holderOf(row)))) return false;
      this.#table.set(row, field.first, this.#store.take(size));
      this.#charge(row, ByteStore.sizeOf(size));
    }
    const address = this.#table.get(row, field.first);
    point.store(this.#store.chunk(address), this.#store.offset(address));
    this.#set(row, kind, address, size);
    return true;
  }

  #giveBack(row: number): void {
    if (this.kindOf(row) < pointKind.explicit) return;
    const size = this.#table.get(row, field.second);
    this.#store.giveBack(this.#table.get(row, field.first), size);
    this.#charge(row, -ByteStore.sizeOf(size));
  }

  #holderOf(row: number): number {
    return this.#table.get(row, field.holder) - 1;
  }

  #heldBy(holder: number): number {
    return holder < 0 ? 0 : this.#charges.get(holder, 0);
  }

  #charge(row: number, bytes: number): void {
    const holder = this.#holderOf(row);
    if (holder >= 0) this.#charges.add(holder, 0, bytes);
  }

  #set(row: number, kind: PointKind, first: number, second: number): void {
    this.#table.set(row, field.kind, kind);
    this.#table.set(row, field.first, first);
    this.#table.set(row, field.second, second);
  }

  #word(row: number, low: number, into: Word64): Word64 {
    into.low = this.#table.get(row, low) >>> 0;
    into.high = this.#table.get(row, low + 1) >>> 0;
    return into;
  }
}
