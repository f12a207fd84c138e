import { at32 } from '../otlp/wire/at.js';
import type { MemoryBound } from './memory-bound.js';

/** Addresses count in units, so that 32 bits reach far. */
const unit = 8;
/** Units of a chunk: 64 KiB. */
const chunkUnits = 8192;
const chunkShift = 13;
/** A larger piece, 8 KiB, has memory of its own. */
const mostUnits = 1024;

/** Memory under pieces, as bytes and as numbers of several widths. */
export interface Chunk {
  readonly bytes: Buffer;
  readonly view: DataView;
  readonly words16: Uint16Array;
  readonly words32: Uint32Array;
  readonly floats: Float64Array;
}

/**
 * Pieces of memory of any size, known by their address: bytes of values, exemplars, buckets. Small ones stand in slabs,
 * in a few dozen sizes (at most a quarter is waste), and serve the next one of their size when they are given back: no
 * object for a piece. Memory of slabs is taken when it is first needed, and kept.
 */
export class ByteStore {
  readonly #bound: MemoryBound;
  readonly #chunks: Chunk[] = [];
  /** Units in use of the last chunk. */
  #end = chunkUnits;
  /** By size in units: the first free piece; its first 32 bits are the next one. -1 ends the chain. */
  readonly #free: Int32Array = new Int32Array(mostUnits + 1).fill(-1);
  /** Pieces with memory of their own; their addresses count down from -2. */
  readonly #large: (Chunk | undefined)[] = [];
  readonly #freeLarge: number[] = [];
  #largeBytes = 0;

  constructor(bound: MemoryBound) {
    this.#bound = bound;
  }

  /** Bytes of all buffers. */
  get reservedBytes(): number {
    return this.#chunks.length * chunkUnits * unit + this.#largeBytes;
  }

  /** Bytes that a piece of `size` bytes takes. */
  static sizeOf(size: number): number {
    return unitsOf(size) * unit;
  }

  /** The address of a new piece of at least one byte. Its content is arbitrary. */
  take(size: number): number {
    const units = unitsOf(size);
    this.#bound.count(units * unit);
    if (units > mostUnits) return this.#takeLarge(units * unit);
    const free = at32(this.#free, units);
    if (free >= 0) {
      this.#free[units] = (this.chunk(free).words32[this.offset(free) >> 2] ?? 0) | 0;
      return free;
    }
    if (this.#end + units > chunkUnits) this.#begin();
    const address = (this.#chunks.length - 1) * chunkUnits + this.#end;
    this.#end += units;
    return address;
  }

  /** Gives back a piece that was taken with this size. */
  giveBack(address: number, size: number): void {
    const units = unitsOf(size);
    this.#bound.count(-units * unit);
    if (address < 0) {
      this.#large[-2 - address] = undefined;
      this.#freeLarge.push(address);
      this.#largeBytes -= units * unit;
    } else this.#chain(address, units);
  }

  /** The memory that has a piece, which begins at `offset(address)`. */
  chunk(address: number): Chunk {
    return (address < 0 ? this.#large[-2 - address] : this.#chunks[address >> chunkShift]) as Chunk;
  }

  /** In bytes. */
  offset(address: number): number {
    return address < 0 ? 0 : (address & (chunkUnits - 1)) * unit;
  }

  #takeLarge(bytes: number): number {
    this.#largeBytes += bytes;
    const address = this.#freeLarge.pop() ?? -2 - this.#large.length;
    this.#large[-2 - address] = chunkOf(bytes);
    return address;
  }

  /** Begins a chunk; what is left of the one before serves pieces that fit. */
  #begin(): void {
    for (let left = chunkUnits - this.#end; left > 0; left = chunkUnits - this.#end) {
      const units = largestUpTo(left);
      this.#chain((this.#chunks.length - 1) * chunkUnits + this.#end, units);
      this.#end += units;
    }
    this.#chunks.push(chunkOf(chunkUnits * unit));
    this.#end = 0;
  }

  #chain(address: number, units: number): void {
    this.chunk(address).words32[this.offset(address) >> 2] = at32(this.#free, units);
    this.#free[units] = address;
  }
}

function chunkOf(bytes: number): Chunk {
  const memory = new ArrayBuffer(bytes);
  return {
    bytes: Buffer.from(memory),
    view: new DataView(memory),
    words16: new Uint16Array(memory),
    words32: new Uint32Array(memory),
    floats: new Float64Array(memory),
  };
}

/** Units of the smallest size that has `size` bytes: any number up to 16 units, then four sizes per doubling. */
function unitsOf(size: number): number {
  const units = Math.max(1, Math.ceil(size / unit));
  if (units <= 16 || units > mostUnits) return units;
  const shift = 29 - Math.clz32(units - 1);
  return ((units + (1 << shift) - 1) >> shift) << shift;
}

/** Units of the largest size that is not above `units`. */
function largestUpTo(units: number): number {
  if (units >= mostUnits) return mostUnits;
  if (units <= 16) return units;
  const shift = 29 - Math.clz32(units);
  return (units >> shift) << shift;
}
