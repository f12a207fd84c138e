import { frameFlag, frameType, headerSize } from './frames.js';

const slabSize = 8192;
/** Below this, copying a piece costs less than one more entry of a gathered write. Bytes. */
const copyBelow = 1024;

/**
 * Gathers what is to be written. Heads and small pieces are laid into slabs of ours; large pieces are referred to, so
 * they must stay as they are until they are written.
 */
export class FrameWriter {
  #chunks: Uint8Array[] = [];
  #slab: Buffer = Buffer.allocUnsafeSlow(slabSize);
  /** `#slab[from..at)` is written but not among the chunks yet. */
  #from = 0;
  #at = 0;
  #size = 0;

  /** Bytes that `take` would return. */
  get size(): number {
    return this.#size;
  }

  /** The head of a frame (RFC 9113 4.1). `piece` or `uint32` must follow with `length` bytes in all. */
  head(length: number, type: number, flags: number, stream: number): void {
    this.#room(headerSize);
    const slab = this.#slab;
    const at = this.#at;
    slab[at] = length >>> 16;
    slab[at + 1] = length >>> 8;
    slab[at + 2] = length;
    slab[at + 3] = type;
    slab[at + 4] = flags;
    slab[at + 5] = stream >>> 24;
    slab[at + 6] = stream >>> 16;
    slab[at + 7] = stream >>> 8;
    slab[at + 8] = stream;
    this.#wrote(headerSize);
  }

  piece(bytes: Uint8Array, from: number, to: number): void {
    const length = to - from;
    if (length >= copyBelow) {
      this.#seal();
      this.#chunks.push(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to));
      this.#size += length;
      return;
    }
    this.#room(length);
    this.#slab.set(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to), this.#at);
    this.#wrote(length);
  }

  uint32(value: number): void {
    this.#room(4);
    this.#slab.writeUInt32BE(value, this.#at);
    this.#wrote(4);
  }

  /** A header block, cut into HEADERS and CONTINUATION frames of at most `maxFrame` bytes. */
  headers(stream: number, block: Uint8Array, endStream: boolean, maxFrame: number): void {
    const end = endStream ? frameFlag.endStream : 0;
    for (let from = 0; from === 0 || from < block.length; from += maxFrame) {
      const to = Math.min(block.length, from + maxFrame);
      const flags = (from === 0 ? end : 0) | (to === block.length ? frameFlag.endHeaders : 0);
      this.head(to - from, from === 0 ? frameType.headers : frameType.continuation, flags, stream);
      // The block is borrowed, so it is copied whatever its size.
      for (let at = from; at < to; at += copyBelow - 1) this.piece(block, at, Math.min(to, at + copyBelow - 1));
    }
  }

  /** All that was gathered, which is then no longer this writer's. */
  take(): Uint8Array[] {
    this.#seal();
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#size = 0;
    return chunks;
  }

  #seal(): void {
    if (this.#at > this.#from) this.#chunks.push(this.#slab.subarray(this.#from, this.#at));
    this.#from = this.#at;
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= slabSize) return;
    this.#seal();
    this.#slab = Buffer.allocUnsafeSlow(slabSize);
    this.#from = this.#at = 0;
  }

  #wrote(bytes: number): void {
    this.#at += bytes;
    this.#size += bytes;
  }
}
