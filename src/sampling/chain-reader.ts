import { byteAt } from '../otlp/wire/at.js';
import { blockBytes, type Blocks } from './blocks.js';
import type { Chains } from './chains.js';
import type { FramedRuns, ItemFrame } from '../otlp/parts/framed-writer.js';
import type { SharedFrames } from './frames.js';
import { field, type Rows } from './rows.js';

/** Walks the records of a trace's chain. Valid while nothing is added to the trace and it keeps its memory. */
export class ChainReader implements FramedRuns {
  readonly #blocks: Blocks;
  readonly #rows: Rows;
  readonly #frames: SharedFrames;
  #tail = -1;
  #tailUsed = 0;
  /** Where the next byte is. */
  #block = -1;
  #at = 0;
  /** Bytes of the record's spans that were not read. */
  #left = 0;
  #frameNumber = 0;
  #ownFrame: ItemFrame | undefined;
  /** Bytes of the spans of the record. */
  length = 0;

  constructor(chains: Chains, rows: Rows, frames: SharedFrames) {
    this.#blocks = chains.blocks;
    this.#rows = rows;
    this.#frames = frames;
  }

  /** Moves before the first record of a trace. */
  open(trace: number): this {
    this.#block = this.#rows.get(trace, field.head);
    this.#tail = this.#rows.get(trace, field.tail);
    this.#tailUsed = this.#rows.get(trace, field.tailUsed);
    this.#at = this.#left = 0;
    return this;
  }

  /** Moves to the next record; false behind the last one. */
  next(): boolean {
    this.#pass(this.#left);
    this.#left = 0;
    if (this.#isAtEnd) return false;
    this.#frameNumber = this.#varint();
    this.#ownFrame = this.#frameNumber === 0 ? this.#readFrame() : undefined;
    this.length = this.#left = this.#varint();
    return true;
  }

  /** Whether the next record is there and has this resource, a shared one. */
  follows(resource: Buffer): boolean {
    if (!this.hasMore) return false;
    const block = this.#block;
    const at = this.#at;
    const frameNumber = this.#varint();
    this.#block = block;
    this.#at = at;
    return frameNumber > 0 && this.#frames.shared(frameNumber - 1).resource === resource;
  }

  /** Moves to the same place as another reader of the same trace. */
  moveTo(other: ChainReader): void {
    this.#block = other.#block;
    this.#tail = other.#tail;
    this.#tailUsed = other.#tailUsed;
    this.#at = other.#at;
    this.#left = other.#left;
  }

  get hasMore(): boolean {
    this.#pass(this.#left);
    this.#left = 0;
    return !this.#isAtEnd;
  }

  /** Equal for records whose frames are one; 0 for a record with a frame of its own. */
  get frameNumber(): number {
    return this.#frameNumber;
  }

  get frame(): ItemFrame {
    return this.#ownFrame ?? this.#frames.shared(this.#frameNumber - 1);
  }

  /** Copies the spans of the record to `out` from `at` on; the result is the offset behind them. */
  copy(out: Buffer, at: number): number {
    const length = this.#left;
    this.#left = 0;
    return this.#copy(out, at, length);
  }

  get #isAtEnd(): boolean {
    return this.#block < 0 || (this.#block === this.#tail && this.#at >= this.#tailUsed);
  }

  #readFrame(): ItemFrame {
    const resource = this.#bytes(this.#varint());
    return { resource, scope: this.#bytes(this.#varint()) };
  }

  #bytes(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    this.#copy(bytes, 0, length);
    return bytes;
  }

  #copy(out: Buffer, at: number, length: number): number {
    while (length > 0) {
      this.#enterBlock();
      const first = this.#block;
      const from = this.#blocks.offset(first) + this.#at;
      let run = Math.min(length, blockBytes - this.#at);
      this.#at += run;
      // Blocks that follow each other in memory are read in one go.
      while (run < length) {
        const next = this.#blocks.next(this.#block);
        if (!this.#blocks.follows(this.#block, next)) break;
        this.#block = next;
        this.#at = Math.min(length - run, blockBytes);
        run += this.#at;
      }
      this.#blocks.chunk(first).copy(out, at, from, from + run);
      at += run;
      length -= run;
    }
    return at;
  }

  #pass(length: number): void {
    while (length > 0) {
      this.#enterBlock();
      const run = Math.min(length, blockBytes - this.#at);
      this.#at += run;
      length -= run;
    }
  }

  #varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      this.#enterBlock();
      const byte = byteAt(this.#blocks.chunk(this.#block), this.#blocks.offset(this.#block) + this.#at++);
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  }

  #enterBlock(): void {
    if (this.#at < blockBytes) return;
    this.#block = this.#blocks.next(this.#block);
    this.#at = 0;
  }
}
