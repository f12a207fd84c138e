import { frameFlag, frameType, headerSize } from './frames.js';

const bufferSize = 8192;
/** Below this, copying a piece costs less than one more entry of a gathered write. Bytes. */
const copyBelow = 1024;

/**
 * Gathers what is to be written. Heads and small pieces are laid into buffers of its own; large pieces are referred to,
 * so they must stay as they are until they are written.
 */
export class FrameWriter {
  #chunks: Uint8Array[] = [];
  #buffer: Buffer = Buffer.allocUnsafeSlow(bufferSize);
  /** `#buffer[from..at)` is written but not among the chunks yet. */
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
    const buffer = this.#buffer;
    const at = this.#at;
    buffer[at] = length >>> 16;
    buffer[at + 1] = length >>> 8;
    buffer[at + 2] = length;
    buffer[at + 3] = type;
    buffer[at + 4] = flags;
    buffer[at + 5] = stream >>> 24;
    buffer[at + 6] = stream >>> 16;
    buffer[at + 7] = stream >>> 8;
    buffer[at + 8] = stream;
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
    this.#buffer.set(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to), this.#at);
    this.#wrote(length);
  }

  uint32(value: number): void {
    this.#room(4);
    this.#buffer.writeUInt32BE(value, this.#at);
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
    if (this.#at > this.#from) this.#chunks.push(this.#buffer.subarray(this.#from, this.#at));
    this.#from = this.#at;
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= bufferSize) return;
    this.#seal();
    this.#buffer = Buffer.allocUnsafeSlow(bufferSize);
    this.#from = this.#at = 0;
  }

  #wrote(bytes: number): void {
    this.#at += bytes;
    this.#size += bytes;
  }
}
