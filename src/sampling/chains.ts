import { byteAt } from '../otlp/wire/at.js';
import { Blocks, blockBytes } from './blocks.js';
import { ownFrame, type SharedFrames } from './frames.js';
import { field, type Rows } from './rows.js';

/** Up to this length a loop copies faster than a call into the runtime. */
const shortRun = 32;

/**
 * The spans of pending traces, as they came: a chain of blocks for each trace, with records one behind the other. A
 * record is the number of its frame + 1, or 0 and the frame itself; then the length of its spans, and they with their
 * tags.
 */
export class Chains {
  readonly blocks: Blocks;
  readonly #rows: Rows;
  readonly #frames: SharedFrames;

  constructor(blocks: Blocks, rows: Rows, frames: SharedFrames) {
    this.blocks = blocks;
    this.#rows = rows;
    this.#frames = frames;
  }

  /** Makes the empty chain of a trace. */
  open(trace: number): void {
    this.#rows.set(trace, field.head, -1);
    this.#rows.set(trace, field.tail, -1);
    // As if a block were full: the first byte takes one.
    this.#rows.set(trace, field.tailUsed, blockBytes);
    this.#rows.set(trace, field.blocks, 0);
  }

  /** Adds the spans `source[from, to)` to a trace. Throws a RangeError when the blocks do not suffice. */
  append(trace: number, frame: number, source: Buffer, from: number, to: number): void {
    const own = frame === ownFrame ? this.#frames.latest : undefined;
    this.#varint(trace, frame + 1);
    if (own) {
      this.#varint(trace, own.resource.length);
      this.#bytes(trace, own.resource, 0, own.resource.length);
      this.#varint(trace, own.scope.length);
      this.#bytes(trace, own.scope, 0, own.scope.length);
    }
    this.#varint(trace, to - from);
    this.#bytes(trace, source, from, to);
  }

  /** Gives back all memory of a trace's spans. */
  giveBack(trace: number): void {
    const count = this.#rows.get(trace, field.blocks);
    if (count > 0) this.blocks.giveBack(this.#rows.get(trace, field.head), this.#rows.get(trace, field.tail), count);
    this.open(trace);
  }

  #bytes(trace: number, source: Buffer, from: number, to: number): void {
    const { blocks } = this;
    const rows = this.#rows;
    while (from < to) {
      if (rows.get(trace, field.tailUsed) === blockBytes) this.#extend(trace);
      const first = rows.get(trace, field.tail);
      const used = rows.get(trace, field.tailUsed);
      let room = blockBytes - used;
      // Blocks that follow each other in memory are filled in one go.
      while (room < to - from) {
        const before = rows.get(trace, field.tail);
        const block = this.#extend(trace);
        if (!blocks.follows(before, block)) break;
        room += blockBytes;
      }
      const length = Math.min(to - from, room);
      const chunk = blocks.chunk(first);
      let at = blocks.offset(first) + used;
      if (length > shortRun) source.copy(chunk, at, from, from + length);
      else for (let i = from; i < from + length; i++) chunk[at++] = byteAt(source, i);
      from += length;
      rows.set(trace, field.tailUsed, from < to ? 0 : ((used + length - 1) % blockBytes) + 1);
    }
  }

  #varint(trace: number, value: number): void {
    let rest = value;
    for (; rest > 127; rest >>>= 7) this.#byte(trace, (rest & 127) | 128);
    this.#byte(trace, rest);
  }

  #byte(trace: number, value: number): void {
    const rows = this.#rows;
    let used = rows.get(trace, field.tailUsed);
    if (used === blockBytes) {
      this.#extend(trace);
      used = 0;
    }
    const tail = rows.get(trace, field.tail);
    this.blocks.chunk(tail)[this.blocks.offset(tail) + used] = value;
    rows.set(trace, field.tailUsed, used + 1);
  }

  #extend(trace: number): number {
    const rows = this.#rows;
    const block = this.blocks.take();
    if (block < 0) throw new RangeError('no block is left');
    const tail = rows.get(trace, field.tail);
    if (tail < 0) rows.set(trace, field.head, block);
    else this.blocks.link(tail, block);
    rows.set(trace, field.tail, block);
    rows.set(trace, field.tailUsed, 0);
    rows.add(trace, field.blocks, 1);
    return block;
  }
}
