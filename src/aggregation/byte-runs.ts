import { at32 } from '../otlp/wire/at.js';

/** Above these many bytes the buffers are not kept for the next batch. */
const mostKept = 1 << 20;

/** Runs of bytes, one behind the other, known by their number. No object for a run. */
export class ByteRuns {
  bytes: Buffer = Buffer.allocUnsafe(1024);
  /** Where each run ends. */
  #ends: Int32Array = new Int32Array(64);
  count = 0;

  /** Adds a copy of `bytes[from, to)` and returns its number. */
  add(bytes: Uint8Array, from: number, to: number): number {
    const start = this.size;
    const end = start + to - from;
    if (end > this.bytes.length) {
      const more = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, end));
      this.bytes.copy(more, 0, 0, start);
      this.bytes = more;
    }
    if (this.count === this.#ends.length) {
      const more = new Int32Array(this.#ends.length * 2);
      more.set(this.#ends);
      this.#ends = more;
    }
    this.bytes.set(bytes.subarray(from, to), start);
    this.#ends[this.count] = end;
    return this.count++;
  }

  /** Bytes of all runs. */
  get size(): number {
    return this.count === 0 ? 0 : at32(this.#ends, this.count - 1);
  }

  start(run: number): number {
    return run === 0 ? 0 : at32(this.#ends, run - 1);
  }

  end(run: number): number {
    return at32(this.#ends, run);
  }

  /** Whether a run has the same bytes as `bytes[0, length)`. */
  is(run: number, bytes: Uint8Array, length: number): boolean {
    const start = this.start(run);
    if (this.end(run) - start !== length) return false;
    const own = this.bytes;
    for (let i = length - 1; i >= 0; i--) if (own[start + i] !== bytes[i]) return false;
    return true;
  }

  /** Forgets all runs. */
  clear(): void {
    this.count = 0;
    if (this.bytes.length > mostKept) this.bytes = Buffer.allocUnsafe(1024);
    if (this.#ends.byteLength > mostKept) this.#ends = new Int32Array(64);
  }
}
