import { HashIndex } from '../../aggregation/hash-index.js';
import { IdRows } from '../../aggregation/id-rows.js';
import { MemoryBound } from '../../aggregation/memory-bound.js';
import { NumberRows } from '../../aggregation/number-rows.js';
import { metricKeyBytes } from '../../aggregation/stream-keys.js';
import { StreamTable } from '../../aggregation/stream-table.js';
import type { PointScan } from '../../otlp/keys/point-scan.js';
import { SeededHash, type HashSeed } from '../../otlp/keys/seeded-hash.js';
import type { Word64 } from '../../otlp/view/word64.js';
import { at32 } from '../../otlp/wire/at.js';

/** Numbers of a key. */
const keyWords = metricKeyBytes >> 2;
/** Of 32 bits each. A time or a value has two, the lower half first. */
const field = {
  hash: 0,
  key: 1,
  ...{ start: keyWords + 1, time: keyWords + 3, value: keyWords + 5 },
  /** The point before the newest one: its time, and a hash of its value. */
  ...{ earlierTime: keyWords + 7, earlierValue: keyWords + 9 },
  /** IDs of the writer that has the stream, and of the one that last disputed it. */
  ...{ owner: keyWords + 10, rival: keyWords + 11 },
  /** Seconds since 1970 of the first point of the owner. */
  since: keyWords + 12,
  /** Milliseconds since 1970, the lower 32 bits, of the first point of a rival that the owner has not answered. */
  disputed: keyWords + 13,
  bits: keyWords + 14,
  /** One more than the row of the service; 0 for a row that is not in use, of which `hash` is the next such row. */
  holder: keyWords + 15,
  /** A hash of a start that is close to that of the owner; 0: there was none. */
  otherStart: keyWords + 16,
} as const;
const fields = keyWords + 17;
/** Of a row: its numbers, when it was used, and its slot in an index that is half full. */
const rowBytes = fields * 4 + 8 + 16;

/** A part of the field `bits`: where it is, and its greatest value. */
interface Bits {
  readonly shift: number;
  readonly most: number;
}

const bits = (shift: number, width: number): Bits => ({ shift, most: (1 << width) - 1 });

type Mark =
  | 'isDouble'
  | 'isDisputed'
  | 'returns'
  | 'strikes'
  | 'falls'
  | 'quiet'
  | 'mayRepeat'
  | 'isRebased'
  | 'hasValue'
  | 'isRestarting'
  | 'stragglers'
  | 'isStartVague';

/** The small numbers of a stream. A counter stays at its greatest value. */
export const marks: Readonly<Record<Mark, Bits>> = {
  /** The value of the newest point is a double. */
  isDouble: bits(0, 1),
  /** A rival wrote a point, and the owner has written none with a later time. */
  isDisputed: bits(1, 1),
  /** How often the owner has written behind a point of a rival. */
  returns: bits(2, 3),
  /** Points of rivals since the last one of the owner. */
  strikes: bits(5, 3),
  /** How often the owner's counter fell without a new start. */
  falls: bits(8, 2),
  /** Points of the owner since a rival wrote. */
  quiet: bits(10, 8),
  /** The newest delta was not delivered, so that it may come again. */
  mayRepeat: bits(18, 1),
  /** The points of the owner count from the moment when it took the stream over. */
  isRebased: bits(19, 1),
  /** The newest point had a value. */
  hasValue: bits(20, 1),
  /** The process before and this one overlap, and it is not yet clear whether the one before goes on. */
  isRestarting: bits(21, 1),
  /** Points of a rival that were older than the newest one of the owner. */
  stragglers: bits(22, 3),
  /** The starts of the owner's points differ a little from each other. */
  isStartVague: bits(25, 1),
};

const marksOfRivals = [
  ...[marks.isDisputed, marks.returns, marks.strikes, marks.falls, marks.isRestarting, marks.stragglers],
];

const ofBit = ({ shift, most }: Bits): number => most << shift;
const changedByNext = [marks.isDouble, marks.hasValue, marks.mayRepeat, marks.strikes, marks.quiet].reduce(
  (all, each) => all | ofBit(each),
  0,
);

/**
 * The key of a stream: that of its metric, with the hash of the attributes of its points over it. Each caller that
 * looks streams up keeps one.
 */
export class StreamKey {
  readonly words: Int32Array = new Int32Array(keyWords);
  hash = 0;
  readonly #metric: Int32Array = new Int32Array(keyWords);
  #metricHash = 0;

  /** @param key - of `StreamKeys` */
  enterMetric(key: Buffer, hash: SeededHash): void {
    for (let i = 0; i < keyWords; i++) this.#metric[i] = key.readInt32LE(i * 4);
    this.#metricHash = hash.of(key, 0, metricKeyBytes);
    this.words.set(this.#metric);
  }

  enterPoint({ attributesLow, attributesHigh }: PointScan): void {
    this.words[0] = at32(this.#metric, 0) ^ attributesLow;
    this.words[1] = at32(this.#metric, 1) ^ attributesHigh;
    this.hash = this.#metricHash ^ attributesLow;
  }
}

/**
 * The last two points of each stream and its writers, as rows of numbers. Streams that nobody writes are removed after
 * a time. A service may take as much memory as it leaves free, so that others find room. All that is read and set is of
 * the stream that was entered or found last.
 */
export class Streams {
  readonly bound: MemoryBound;
  readonly seeded: SeededHash;
  readonly #index: HashIndex = new HashIndex();
  readonly #rows: IdRows = new IdRows(fields);
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
    else this.#free = this.#rows.get(row, field.hash);
    this.#rows.clear(row);
    this.#used.clear(row);
    this.#select(row);
    this.#set(field.hash, key.hash);
    for (let i = 0; i < keyWords; i++) this.#set(field.key + i, at32(key.words, i));
    this.#set(field.holder, holder + 1);
    this.use(now);
    this.#charges.add(holder, 0, rowBytes);
    this.bound.count(rowBytes);
    this.count++;
    this.isNew = true;
    return true;
  }

  /** Enters the stream with a key; false when there is none. */
  find(key: StreamKey): boolean {
    const { words } = key;
    for (let row = this.#index.first(key.hash); row >= 0; row = this.#index.next()) {
      this.#select(row);
      let i = 0;
      while (i < keyWords && this.#get(field.key + i) === at32(words, i)) i++;
      if (i === keyWords) return true;
    }
    return false;
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
      const holder = this.#rows.get(row, field.holder) - 1;
      if (holder < 0 || this.#used.get(row, 0) > before) continue;
      this.#index.remove(this.#rows.get(row, field.hash), row);
      this.#rows.set(row, field.holder, 0);
      this.#rows.set(row, field.hash, this.#free);
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
    return this.#word(field.start, into);
  }

  setStart(start: Word64): void {
    this.#setWord(field.start, start);
  }

  /** The time of the newest point of the owner. */
  time(into: Word64): Word64 {
    return this.#word(field.time, into);
  }

  setTime(time: Word64): void {
    this.#setWord(field.time, time);
  }

  value(into: Word64): Word64 {
    return this.#word(field.value, into);
  }

  setValue(value: Word64): void {
    this.#setWord(field.value, value);
  }

  earlierTime(into: Word64): Word64 {
    return this.#word(field.earlierTime, into);
  }

  get earlierValue(): number {
    return this.#get(field.earlierValue);
  }

  /** @param hash - of its value, a signed number of 32 bits */
  setEarlier(time: Word64, hash: number): void {
    this.#setWord(field.earlierTime, time);
    this.#set(field.earlierValue, hash);
  }

  get owner(): number {
    return this.#get(field.owner);
  }

  /** @param sinceSeconds - the time of its first point, since 1970 */
  setOwner(writer: number, sinceSeconds: number): void {
    this.#set(field.owner, writer);
    this.#set(field.since, sinceSeconds);
  }

  /** The writer whose points come is the owner still, by another connection. */
  renameOwner(writer: number): void {
    this.#set(field.owner, writer);
  }

  /** The first point of the owner, in seconds since 1970. */
  get since(): number {
    return this.#get(field.since) >>> 0;
  }

  get otherStart(): number {
    return this.#get(field.otherStart);
  }

  setOtherStart(hash: number): void {
    this.#set(field.otherStart, hash);
  }

  get rival(): number {
    return this.#get(field.rival);
  }

  /** @param atMs - the time of the point of the rival, milliseconds since 1970 */
  setRival(writer: number, atMs: number): void {
    this.#set(field.rival, writer);
    this.#set(field.disputed, lower32(atMs));
  }

  /** The lower 32 bits of the time of the rival's point. */
  get rivalAt(): number {
    return this.#get(field.disputed);
  }

  /** Whether a time, in milliseconds since 1970, is behind that of the rival's point. */
  isBehindRival(ms: number): boolean {
    return ((lower32(ms) - this.#get(field.disputed)) | 0) > 0;
  }

  get({ shift, most }: Bits): number {
    return (this.#get(field.bits) >>> shift) & most;
  }

  set({ shift, most }: Bits, value: number): void {
    const others = this.#get(field.bits) & ~(most << shift);
    this.#set(field.bits, others | (Math.min(value, most) << shift));
  }

  /** Notes that the newest point is one of the owner. */
  noteNext(isDouble: boolean, hasValue: boolean): void {
    const before = this.#get(field.bits);
    const { quiet } = marks;
    const more = Math.min(((before >>> quiet.shift) & quiet.most) + 1, quiet.most);
    const own = (more << quiet.shift) | (isDouble ? ofBit(marks.isDouble) : 0) | (hasValue ? ofBit(marks.hasValue) : 0);
    this.#set(field.bits, (before & ~changedByNext) | own);
  }

  /** Forgets what rivals did. */
  clearMarksOfRivals(): void {
    for (const each of marksOfRivals) this.set(each, 0);
  }

  /** Sets all marks to 0. */
  clearMarks(): void {
    this.#set(field.bits, 0);
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
