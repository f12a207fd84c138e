import { at32 } from '../otlp/wire/at.js';

/** Slots of a segment; a slot is two numbers: one more than the number that is kept, and its hash. 0 is free. */
const slots = 1024;
const slotMask = slots - 1;
const slotBits = 10;
/** A segment with more is divided. */
const mostInSegment = (slots * 3) / 4;
/** Segments are distinguished by this many bits at most: 50 million numbers. */
const mostDepth = 16;

/**
 * Numbers by hash, which their owner tells apart where hashes are equal. Open-addressed, in segments that are divided
 * one at a time when they fill up (extendible hashing): no addition moves more than one segment, however large the
 * index.
 * ```
 * for (let row = index.first(hash); row >= 0; row = index.next()) if (isIt(row)) return row;
 * ```
 */
export class HashIndex {
  readonly #segments: Int32Array[] = [new Int32Array(slots * 2)];
  /** By segment: how many bits tell it from the others, and the numbers in it. */
  readonly #depths: number[] = [0];
  readonly #counts: number[] = [0];
  /** The segment by the bits of a hash above those of the slot. */
  #directory: Int32Array = new Int32Array(1);
  /** Where `next` goes on. */
  #segment: Int32Array = this.#segments[0] as Int32Array;
  #slot = 0;
  #hash = 0;

  /** Bytes of all buffers. */
  get reservedBytes(): number {
    return this.#segments.length * slots * 8 + this.#directory.byteLength;
  }

  /** As `first`, for those who do not go on: nothing is noted. */
  only(hash: number): number {
    const segment = this.#segments[this.#segmentOf(hash)] as Int32Array;
    for (let slot = hash & slotMask; ; slot = (slot + 1) & slotMask) {
      const number = at32(segment, slot * 2) - 1;
      if (number < 0 || at32(segment, slot * 2 + 1) === hash) return number;
    }
  }

  /** The first number with a hash; -1 when there is none. */
  first(hash: number): number {
    this.#segment = this.#segments[this.#segmentOf(hash)] as Int32Array;
    this.#slot = hash & slotMask;
    this.#hash = hash;
    return this.next();
  }

  /** The next number with the same hash; -1 when there is none. */
  next(): number {
    const segment = this.#segment;
    for (let slot = this.#slot; ; slot = (slot + 1) & slotMask) {
      const number = at32(segment, slot * 2) - 1;
      if (number < 0) return -1;
      if (at32(segment, slot * 2 + 1) === this.#hash) {
        this.#slot = (slot + 1) & slotMask;
        return number;
      }
    }
  }

  /** Adds a number. False when that many hashes are alike that there is no room, which no sender can bring about. */
  add(hash: number, number: number): boolean {
    let segment = this.#segmentOf(hash);
    while ((this.#counts[segment] ?? 0) >= mostInSegment) {
      if (this.#depths[segment] === mostDepth) return false;
      this.#divide(segment);
      segment = this.#segmentOf(hash);
    }
    this.#put(segment, hash, number);
    return true;
  }

  /** Removes a number that was added with this hash. */
  remove(hash: number, number: number): void {
    const number32 = this.#segmentOf(hash);
    const segment = this.#segments[number32] as Int32Array;
    let hole = hash & slotMask;
    while (at32(segment, hole * 2) !== number + 1) {
      if (at32(segment, hole * 2) === 0) throw new RangeError(`${number} is not in the index`);
      hole = (hole + 1) & slotMask;
    }
    // Those behind it that a look-up would no longer reach move up.
    for (let slot = (hole + 1) & slotMask; at32(segment, slot * 2) !== 0; slot = (slot + 1) & slotMask) {
      const home = at32(segment, slot * 2 + 1) & slotMask;
      if (((slot - home) & slotMask) < ((slot - hole) & slotMask)) continue;
      segment.copyWithin(hole * 2, slot * 2, slot * 2 + 2);
      hole = slot;
    }
    segment[hole * 2] = 0;
    this.#counts[number32] = (this.#counts[number32] ?? 0) - 1;
  }

  #segmentOf(hash: number): number {
    return at32(this.#directory, (hash >>> slotBits) & (this.#directory.length - 1));
  }

  #put(number: number, hash: number, value: number): void {
    const segment = this.#segments[number] as Int32Array;
    let slot = hash & slotMask;
    while (at32(segment, slot * 2) !== 0) slot = (slot + 1) & slotMask;
    segment[slot * 2] = value + 1;
    segment[slot * 2 + 1] = hash;
    this.#counts[number] = (this.#counts[number] ?? 0) + 1;
  }

  /** Moves those numbers of a segment to a new one whose hashes have the next bit. */
  #divide(number: number): void {
    const depth = this.#depths[number] ?? 0;
    if (1 << depth === this.#directory.length) {
      const directory = new Int32Array(this.#directory.length * 2);
      directory.set(this.#directory);
      directory.set(this.#directory, this.#directory.length);
      this.#directory = directory;
    }
    const other = this.#segments.length;
    const before = this.#segments[number] as Int32Array;
    this.#segments[number] = new Int32Array(slots * 2);
    this.#segments.push(new Int32Array(slots * 2));
    this.#counts[number] = 0;
    this.#counts.push(0);
    this.#depths[number] = depth + 1;
    this.#depths.push(depth + 1);
    const bit = 1 << depth;
    for (let i = 0; i < this.#directory.length; i++)
      if (at32(this.#directory, i) === number && (i & bit) !== 0) this.#directory[i] = other;
    for (let slot = 0; slot < slots; slot++) {
      if (at32(before, slot * 2) === 0) continue;
      const hash = at32(before, slot * 2 + 1);
      this.#put((hash >>> slotBits) & bit ? other : number, hash, at32(before, slot * 2) - 1);
    }
  }
}
