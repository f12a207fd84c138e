import { HashIndex } from '../../aggregation/hash-index.js';
import { IdRows } from '../../aggregation/id-rows.js';
import { MemoryBound } from '../../aggregation/memory-bound.js';
import { NumberRows } from '../../aggregation/number-rows.js';
import { metricKeyBytes } from '../../aggregation/stream-keys.js';
import { StreamTable } from '../../aggregation/stream-table.js';
import { SeededHash, type HashSeed } from '../../otlp/keys/seeded-hash.js';
import type { Word64 } from '../../otlp/view/word64.js';
import { at32 } from '../../otlp/wire/at.js';
import { notePlainNext } from './plain-next.js';
import type { Point } from './point.js';
import type { StreamKey } from './stream-key.js';
import { keyWords, marksAfterNext, marksOfRivals, streamField, streamFields, type Bits } from './stream-row.js';

/** Of a row: its numbers, when it was used, and its slot in an index that is half full. */
const rowBytes = streamFields * 4 + 8 + 16;

/**
 * The last two points of each stream and its writers, as rows of numbers. Streams that nobody writes are removed after
 * a time. A service may take as much memory as it leaves free, so that others find room. All that is read and set is of
 * the stream that was entered or found last.
 */
export class Streams {
  readonly bound: MemoryBound;
  readonly seeded: SeededHash;
  readonly #index: HashIndex = new HashIndex();
  readonly #rows: IdRows = new IdRows(streamFields);
  readonly #used: NumberRows = new NumberRows(1);
  /** The services that have streams, and their bytes. */
  readonly #holders: StreamTable;
  readonly #charges: NumberRows = new NumberRows(1);
  /** Where the row that was entered stands. */
  #row = 0;
  #chunk: Int32Array = new Int32Array(0);
  #at = 0;
  /** Rows that were made, the first of those that are not in use (-1: none), and the next that is looked at. */
  #made = 0;
  #free = -1;
  #sweep = 0;
  /** Streams that there are. */
  count = 0;
  /** The last call of `enter` made the row. */
  isNew = false;

  /** @param maxBytes - of all streams together; may be changed in `bound`. `seed`: for tests */
  constructor(maxBytes: number, seed?: HashSeed) {
    this.bound = new MemoryBound(maxBytes);
    this.seeded = new SeededHash(seed);
    this.#holders = new StreamTable({ bound: this.bound, keyBytes: metricKeyBytes, fields: 0 });
  }

  /** Bytes of all buffers. */
  get reservedBytes(): number {
    const rows = this.#rows.reservedBytes + this.#used.reservedBytes + this.#index.reservedBytes;
    return rows + this.#holders.reservedBytes + this.#charges.reservedBytes;
  }

  /**
   * Enters the stream with a key, a new one while there are fewer than `most` and the bytes last for its service; false
   * when there is none.
   */
  enter(key: StreamKey, service: Buffer, now: number, most: number): boolean {
    this.isNew = false;
    if (this.find(key)) return true;
    if (this.count >= most) return false;
    const known = this.#holders.find(service);
    const bytes = rowBytes + (known < 0 ? this.#holders.rowBytes : 0);
    if (!this.bound.fits(bytes, known < 0 ? 0 : this.#charges.get(known, 0))) return false;
    const holder = known < 0 ? this.#holders.add(service, now) : known;
    const row = this.#free >= 0 ? this.#free : this.#made;
    // Neither can be brought about by a sender.
    if (holder < 0 || !this.#index.add(key.hash, row)) return false;
    if (known < 0) this.#charges.clear(holder);
    if (row === this.#made) this.#made++;
    else this.#free = this.#rows.get(row, streamField.hash);
    this.#rows.clear(row);
    this.#used.clear(row);
    this.#select(row);
    this.#set(streamField.hash, key.hash);
    for (let i = 0; i < keyWords; i++) this.#set(streamField.key + i, at32(key.words, i));
    this.#set(streamField.holder, holder + 1);
    this.use(now);
    this.#charges.add(holder, 0, rowBytes);
    this.bound.count(rowBytes);
    this.count++;
    this.isNew = true;
    return true;
  }

  /** Enters the stream with a key; false when there is none. */
  find(key: StreamKey): boolean {
    // Senders send their streams in the same order again and again, which is the order of the rows: no index is read.
    const guess = this.#row + 1;
    if (guess < this.#made && this.#holds(guess, key)) {
      this.#select(guess);
      return true;
    }
    for (let row = this.#index.first(key.hash); row >= 0; row = this.#index.next())
      if (this.#holds(row, key)) {
        this.#select(row);
        return true;
      }
    return false;
  }

  /** Whether a row is that of the stream with a key. */
  #holds(row: number, { hash, words }: StreamKey): boolean {
    const chunk = this.#rows.chunk(row);
    const at = this.#rows.at(row);
    if (at32(chunk, at + streamField.hash) !== hash || at32(chunk, at + streamField.holder) === 0) return false;
    let i = 0;
    while (i < keyWords && at32(chunk, at + streamField.key + i) === at32(words, i)) i++;
    return i === keyWords;
  }

  /** Notes that the stream is in use. */
  use(now: number): void {
    this.#used.set(this.#row, 0, now);
  }

  /** When the stream was last in use. */
  get usedAt(): number {
    return this.#used.get(this.#row, 0);
  }

  /** Looks at the next `most` streams and removes those that were not used since `before`; false behind the last. */
  expire(before: number, most: number): boolean {
    const end = Math.min(this.#sweep + most, this.#made);
    for (; this.#sweep < end; this.#sweep++) {
      const row = this.#sweep;
      const holder = this.#rows.get(row, streamField.holder) - 1;
      if (holder < 0 || this.#used.get(row, 0) > before) continue;
      this.#index.remove(this.#rows.get(row, streamField.hash), row);
      this.#rows.set(row, streamField.holder, 0);
      this.#rows.set(row, streamField.hash, this.#free);
      this.#free = row;
      this.count--;
      this.bound.count(-rowBytes);
      this.#charges.add(holder, 0, -rowBytes);
      if (this.#charges.get(holder, 0) === 0) this.#holders.remove(holder);
    }
    if (end < this.#made) return true;
    this.#sweep = 0;
    return false;
  }

  start(into: Word64): Word64 {
    return this.#word(streamField.start, into);
  }

  setStart(start: Word64): void {
    this.#setWord(streamField.start, start);
  }

  /** The time of the newest point of the owner. */
  time(into: Word64): Word64 {
    return this.#word(streamField.time, into);
  }

  setTime(time: Word64): void {
    this.#setWord(streamField.time, time);
  }

  value(into: Word64): Word64 {
    return this.#word(streamField.value, into);
  }

  setValue(value: Word64): void {
    this.#setWord(streamField.value, value);
  }

  earlierTime(into: Word64): Word64 {
    return this.#word(streamField.earlierTime, into);
  }

  get earlierValue(): number {
    return this.#get(streamField.earlierValue);
  }

  /** @param hash - of its value, a signed number of 32 bits */
  setEarlier(time: Word64, hash: number): void {
    this.#setWord(streamField.earlierTime, time);
    this.#set(streamField.earlierValue, hash);
  }

  get owner(): number {
    return this.#get(streamField.owner);
  }

  /** @param sinceSeconds - the time of its first point, since 1970 */
  setOwner(writer: number, sinceSeconds: number): void {
    this.#set(streamField.owner, writer);
    this.#set(streamField.since, sinceSeconds);
  }

  /** The writer whose points come is the owner still, by another connection. */
  renameOwner(writer: number): void {
    this.#set(streamField.owner, writer);
  }

  /** The first point of the owner, in seconds since 1970. */
  get since(): number {
    return this.#get(streamField.since) >>> 0;
  }

  get otherStart(): number {
    return this.#get(streamField.otherStart);
  }

  setOtherStart(hash: number): void {
    this.#set(streamField.otherStart, hash);
  }

  get rival(): number {
    return this.#get(streamField.rival);
  }

  /** @param atMs - the time of the point of the rival, milliseconds since 1970 */
  setRival(writer: number, atMs: number): void {
    this.#set(streamField.rival, writer);
    this.#set(streamField.disputed, lower32(atMs));
  }

  /** The lower 32 bits of the time of the rival's point. */
  get rivalAt(): number {
    return this.#get(streamField.disputed);
  }

  /** Whether a time, in milliseconds since 1970, is behind that of the rival's point. */
  isBehindRival(ms: number): boolean {
    return ((lower32(ms) - this.#get(streamField.disputed)) | 0) > 0;
  }

  get({ shift, most }: Bits): number {
    return (this.#get(streamField.bits) >>> shift) & most;
  }

  set({ shift, most }: Bits, value: number): void {
    const others = this.#get(streamField.bits) & ~(most << shift);
    this.#set(streamField.bits, others | (Math.min(value, most) << shift));
  }

  /** Notes that the newest point is one of the owner. */
  noteNext(isDouble: boolean, hasValue: boolean): void {
    this.#set(streamField.bits, marksAfterNext(this.#get(streamField.bits), isDouble, hasValue));
  }

  /** Forgets what rivals did. */
  clearMarksOfRivals(): void {
    this.#set(streamField.bits, this.#get(streamField.bits) & ~marksOfRivals);
  }

  /** Notes a point of the owner that is plainly the next one, where nothing is wrong; false for any other. */
  notePlainNext(point: Point, writer: number, now: number): boolean {
    if (!notePlainNext(this.#chunk, this.#at, point, writer)) return false;
    this.use(now);
    return true;
  }

  /** Sets all marks to 0. */
  clearMarks(): void {
    this.#set(streamField.bits, 0);
  }

  #select(row: number): void {
    this.#row = row;
    this.#chunk = this.#rows.chunk(row);
    this.#at = this.#rows.at(row);
  }

  #get(at: number): number {
    return at32(this.#chunk, this.#at + at);
  }

  #set(at: number, value: number): void {
    this.#chunk[this.#at + at] = value;
  }

  #word(at: number, into: Word64): Word64 {
    into.low = this.#get(at) >>> 0;
    into.high = this.#get(at + 1) >>> 0;
    return into;
  }

  #setWord(at: number, { low, high }: Word64): void {
    this.#set(at, low);
    this.#set(at + 1, high);
  }
}

/** As a signed number: differences of two that are at most 24 days apart are right. */
function lower32(ms: number): number {
  return (Math.floor(ms) % 0x1_0000_0000) | 0;
}
