import { OwnedBytes } from '../../otlp/batch.js';
import { NoMemory, type Admit } from './no-memory.js';
import { TooLarge } from './too-large.js';
import { copiedPerUnit, turnFor } from '../../component/turn.js';

/** The least memory that an output starts with, bytes. */
const smallest = 1024;
/** A declared size up to this, or to so many times the size of the body, is usual: memory for it is taken at once. */
const credible = 64 * 1024;
const usualRatio = 16;
/** A larger output is moved in pieces of this size, bytes. */
const movePiece = 512 * 1024;

/**
 * The plain bytes of one body, in one piece of memory that grows as they come. Growing is admitted before, with the
 * memory of before and after, as both exist for a while; a size that the body declares is believed as far as it is
 * usual for a body of its size.
 */
export class PlainOutput {
  /** Memory for what comes; another one after `room`. */
  bytes: Buffer;
  /** Bytes that are there. */
  at = 0;
  readonly limit: number;
  readonly #admit: Admit;
  /** Memory of the codec itself, bytes. */
  readonly #beside: number;
  readonly #expected: number;
  #memory: OwnedBytes<Buffer>;

  /** Throws `NoMemory`. `packed` is the size of the body, `declared` what it says of its plain size, bytes. */
  constructor(limit: number, admit: Admit, packed: number, declared: number | undefined, beside = 0) {
    this.limit = limit;
    this.#admit = admit;
    this.#beside = beside;
    this.#expected = Math.min(limit, declared ?? limit);
    const first = Math.min(declared ?? Math.max(smallest, packed * 4), Math.max(credible, packed * usualRatio), limit);
    this.#memory = this.#allocate(first, 0);
    this.bytes = this.#memory.bytes;
  }

  /** Throws `TooLarge` when `more` bytes would be too many. A promise when they are there only after a while. */
  room(more: number): Promise<void> | undefined {
    const needed = this.at + more;
    if (needed > this.limit) throw new TooLarge(this.limit);
    if (needed <= this.bytes.length) return undefined;
    // Not beyond what the body declares, unless there is more.
    const twice = Math.max(this.bytes.length * 2, smallest);
    const most = needed <= this.#expected ? this.#expected : this.limit;
    return this.#move(Math.min(most, Math.max(needed, twice)));
  }

  /** Copies bytes for which there is room. */
  append(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  /**
   * Runs a decoder into this output: all bytes, in memory of about their size that the caller owns. The memory is
   * released when the decoder fails.
   */
  async through(decode: () => Promise<void>): Promise<OwnedBytes> {
    try {
      await decode();
      return await this.#finish();
    } catch (error) {
      this.#memory.release();
      throw error;
    }
  }

  async #finish(): Promise<OwnedBytes> {
    const size = this.at;
    const spare = this.bytes.length - size;
    if (spare === 0) return this.#memory;
    if (spare > this.bytes.length / 8) await this.#move(size);
    return new OwnedBytes(this.bytes.subarray(0, size));
  }

  #allocate(capacity: number, before: number): OwnedBytes<Buffer> {
    if (!this.#admit(this.#beside + before + capacity)) throw new NoMemory();
    return OwnedBytes.allocate(capacity);
  }

  #move(capacity: number): Promise<void> | undefined {
    const next = this.#allocate(capacity, this.bytes.length);
    if (this.at > movePiece) return this.#moveSlowly(next);
    next.bytes.set(this.bytes.subarray(0, this.at));
    this.#take(next);
    return undefined;
  }

  async #moveSlowly(next: OwnedBytes<Buffer>): Promise<void> {
    for (let at = 0; at < this.at; at += movePiece) {
      const end = Math.min(this.at, at + movePiece);
      const turn = turnFor((end - at) / copiedPerUnit);
      if (turn) await turn;
      next.bytes.set(this.bytes.subarray(at, end), at);
    }
    this.#take(next);
  }

  #take(next: OwnedBytes<Buffer>): void {
    this.#memory.release();
    this.#memory = next;
    this.bytes = next.bytes;
    this.#admit(this.#beside + next.bytes.length);
  }
}
