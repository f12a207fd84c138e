import { at32 } from '../otlp/wire/at.js';

/** Bytes of a block: large enough for most spans to be copied in two runs, small enough to waste little on a trace. */
export const blockBytes = 512;
const blocksPerChunk = 2048;
const chunkShift = 11;

/**
 * Memory in blocks of one size, of which each holder has a chain. A chain is given back in one step, however long it
 * is, and its blocks serve the next one: traces are decided in any order, so that memory that is recycled by its age
 * would stay occupied by the last of its traces. Memory is taken in chunks of 1 MiB when it is first needed, and kept.
 */
export class Blocks {
  /** Blocks that there may be at most. */
  readonly limit: number;
  /** The next block of the chain, by block; -1 ends it. */
  readonly #next: Int32Array;
  readonly #chunks: Buffer[] = [];
  /** Blocks that were in use and are not; a chain. */
  #free = -1;
  /** Blocks that were ever in use. */
  #made = 0;
  /** Blocks in use. */
  used = 0;

  constructor(limit: number) {
    this.limit = limit;
    this.#next = new Int32Array(limit);
  }

  /** Bytes of all buffers. */
  get memory(): number {
    return this.#chunks.length * blocksPerChunk * blockBytes + this.#next.byteLength;
  }

  /** Takes a block, the end of its chain; -1 when all are in use. */
  take(): number {
    let block = this.#free;
    if (block >= 0) this.#free = at32(this.#next, block);
    else {
      if (this.#made === this.limit) return -1;
      block = this.#made++;
      if (block >> chunkShift === this.#chunks.length)
        this.#chunks.push(Buffer.allocUnsafeSlow(blocksPerChunk * blockBytes));
    }
    this.#next[block] = -1;
    this.used++;
    return block;
  }

  /**
   * Whether the memory of `block` follows that of `before`. It mostly does within a chain: chains are given back and
   * taken in order.
   */
  follows(before: number, block: number): boolean {
    return block === before + 1 && block >> chunkShift === before >> chunkShift;
  }

  /** Joins `block` behind `tail`. */
  link(tail: number, block: number): void {
    this.#next[tail] = block;
  }

  /** The block behind `block`; -1 behind the last. */
  next(block: number): number {
    return at32(this.#next, block);
  }

  /** Gives back a whole chain of `count` blocks. */
  giveBack(head: number, tail: number, count: number): void {
    this.#next[tail] = this.#free;
    this.#free = head;
    this.used -= count;
  }

  /** The memory that has a block, which begins at `offset(block)`. */
  chunk(block: number): Buffer {
    const chunk = this.#chunks[block >> chunkShift];
    if (chunk === undefined) throw new RangeError(`there is no block ${block}`);
    return chunk;
  }

  offset(block: number): number {
    return (block & (blocksPerChunk - 1)) * blockBytes;
  }
}
