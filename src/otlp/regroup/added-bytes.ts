import { copyRun } from '../build/message-writer.js';
import { varintSize, writeVarint } from '../wire/varint.js';

const least = 4096;

/**
 * New bytes behind those of a batch: an offset above the batch's length is one into them. The length itself is none, so
 * that no run of the batch seems to go on in them.
 */
export class AddedBytes {
  readonly source: Buffer;
  readonly #base: number;
  #bytes: Buffer = Buffer.alloc(0);
  #used = 0;

  constructor(source: Buffer) {
    this.source = source;
    this.#base = source.length + 1;
  }

  /** Behind the last byte. */
  get end(): number {
    return this.#base + this.#used;
  }

  /** Adds the tag of a message of `body` bytes, and its length. */
  header(tag: number, body: number): void {
    this.#room(varintSize(tag) + varintSize(body));
    this.#used = writeVarint(this.#bytes, writeVarint(this.#bytes, this.#used, tag), body);
  }

  /** Adds a copy of bytes of the batch. */
  copyOf(from: number, to: number): void {
    this.#room(to - from);
    this.#used = copyRun(this.source, from, to, this.#bytes, this.#used);
  }

  /** Adds bytes of other memory. */
  bytes(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  /** Copies bytes of the batch, or bytes that were added, to `out` at `at`; the result is the offset behind them. */
  copy(from: number, to: number, out: Buffer, at: number): number {
    const base = this.#base;
    return from < base
      ? copyRun(this.source, from, to, out, at)
      : copyRun(this.#bytes, from - base, to - base, out, at);
  }

  #room(more: number): void {
    if (this.#used + more <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(least, this.#bytes.length * 2, this.#used + more));
    this.#bytes.copy(larger, 0, 0, this.#used);
    this.#bytes = larger;
  }
}
