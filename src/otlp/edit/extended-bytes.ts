import { Backing } from '../view/backing.js';
import { varintSize, writeVarint } from '../wire/varint.js';
import type { NewBytes } from './output.js';

/** Added bytes above this size are not kept for the next batch. */
const mostKept = 1 << 20;
const noBytes: Uint8Array = new Uint8Array(0);

/** The changes of a batch would take more memory than they may. */
export class GrowthError extends Error {
  override readonly name = 'GrowthError';
}

/**
 * The bytes of a batch and, behind them, those that changes add, in one range of offsets: from `base` on they are
 * added. Between both is a byte of nothing, so that no run of one is the neighbour of a run of the other.
 */
export class ExtendedBytes implements NewBytes {
  readonly source: Backing = new Backing();
  readonly added: Backing = new Backing();
  base = 1;
  #bytes: Buffer = Buffer.allocUnsafe(4096);
  #used = 0;
  #most = 0;

  /** @param most - bytes that may be added; more is a `GrowthError` */
  open(bytes: Uint8Array, most: number): void {
    this.close();
    this.source.bytes = bytes;
    this.added.bytes = this.#bytes;
    this.base = bytes.length + 1;
    this.#most = most;
  }

  /** Lets go of the batch. */
  close(): void {
    this.source.drop();
    this.added.bytes = noBytes;
    this.#used = 0;
    if (this.#bytes.length > mostKept) this.#bytes = Buffer.allocUnsafe(4096);
  }

  /** The bytes that were added; places in them are offsets less `base`. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  /** Behind the last byte that was added. */
  get end(): number {
    return this.base + this.#used;
  }

  /** The bytes in which an offset lies. */
  backingOf(offset: number): Backing {
    return offset < this.base ? this.source : this.added;
  }

  /** Where an offset lies in these bytes. */
  placeOf(offset: number): number {
    return offset < this.base ? offset : offset - this.base;
  }

  /** Takes back the bytes that were added from `offset` on. */
  rewind(offset: number): void {
    this.#used = offset - this.base;
  }

  /** Makes sure that `bytes` more can be added. */
  room(bytes: number): void {
    const needed = this.#used + bytes;
    if (needed <= this.#bytes.length) return;
    if (needed > this.#most) throw new GrowthError('the changes would make the batch too large');
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, needed));
    this.#bytes.copy(larger, 0, 0, this.#used);
    this.#bytes = larger;
    this.added.bytes = larger;
  }

  /** Adds a tag and a length. */
  begin(tag: number, length: number): void {
    this.room(varintSize(tag) + varintSize(length));
    this.#used = writeVarint(this.#bytes, writeVarint(this.#bytes, this.#used, tag), length);
  }

  /** Adds other bytes. */
  raw(bytes: Uint8Array): void {
    this.room(bytes.length);
    this.#bytes.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  /** Adds `size` bytes that `write` sets from a place on. */
  fill(size: number, write: (target: Buffer, place: number) => void): void {
    this.room(size);
    write(this.#bytes, this.#used);
    this.#used += size;
  }

  /** Adds a copy of a run. */
  copy(from: number, to: number): void {
    this.room(to - from);
    const { bytes } = this.backingOf(from);
    const place = this.placeOf(from);
    this.#bytes.set(bytes.subarray(place, place + to - from), this.#used);
    this.#used += to - from;
  }

  /** Whether two runs have the same bytes. */
  isSame(from: number, to: number, start: number, end: number): boolean {
    if (to - from !== end - start) return false;
    const one = this.backingOf(from).bytes;
    const other = this.backingOf(start).bytes;
    const place = this.placeOf(from);
    const otherPlace = this.placeOf(start);
    for (let i = 0; i < to - from; i++) if (one[place + i] !== other[otherPlace + i]) return false;
    return true;
  }
}
