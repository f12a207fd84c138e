import { byteAt, uint32At } from '../../otlp/wire/at.js';
import { ConnectionError, errorCode, frameFlag } from './frames.js';

/** A header block of which every frame has come. The bytes are borrowed. */
export interface HeaderBlock {
  readonly stream: number;
  readonly endStream: boolean;
  /** RFC 7540 5.3.1 forbids it, and peers are tested for it, though nothing else is left of priorities. */
  readonly dependsOnItself: boolean;
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
}

/** Largest block, bytes, and most frames it may come in. */
const maxBlock = 65_536;
const maxFrames = 32;

interface Begun {
  readonly stream: number;
  readonly endStream: boolean;
  readonly dependsOnItself: boolean;
  readonly since: number;
  readonly bytes: Uint8Array;
  size: number;
  frames: number;
}

/** Puts HEADERS and its CONTINUATION frames together (RFC 9113 6.2, 6.10). Throws `ConnectionError`. */
export class HeaderBlockReader {
  #begun: Begun | undefined;

  /** Since when a block is under way; nothing but its CONTINUATION may come then. */
  get since(): number | undefined {
    return this.#begun?.since;
  }

  /** Takes a HEADERS frame; the block if that is all of it. */
  headers(
    flags: number,
    stream: number,
    bytes: Uint8Array,
    from: number,
    to: number,
    now: number,
  ): HeaderBlock | undefined {
    let at = from;
    let end = to;
    if ((flags & frameFlag.padded) !== 0) {
      const padding = at < end ? byteAt(bytes, at) : 0;
      at++;
      end -= padding;
      if (at > end) throw new ConnectionError(errorCode.protocolError, 'a HEADERS frame is padded beyond its length');
    }
    let dependsOnItself = false;
    if ((flags & frameFlag.priority) !== 0) {
      if (end - at < 5) throw new ConnectionError(errorCode.frameSizeError, 'a HEADERS frame ends within its priority');
      dependsOnItself = dependency(bytes, at) === stream;
      at += 5;
    }
    const endStream = (flags & frameFlag.endStream) !== 0;
    if ((flags & frameFlag.endHeaders) !== 0) return { stream, endStream, dependsOnItself, bytes, from: at, to: end };
    this.#begun = {
      stream,
      endStream,
      dependsOnItself,
      since: now,
      bytes: new Uint8Array(maxBlock),
      size: 0,
      frames: 0,
    };
    this.#append(this.#begun, bytes, at, end);
    return undefined;
  }

  continuation(flags: number, stream: number, bytes: Uint8Array, from: number, to: number): HeaderBlock | undefined {
    const begun = this.#begun;
    if (begun?.stream !== stream)
      throw new ConnectionError(errorCode.protocolError, 'a CONTINUATION frame continues nothing');
    this.#append(begun, bytes, from, to);
    if ((flags & frameFlag.endHeaders) === 0) return undefined;
    this.#begun = undefined;
    return { ...begun, from: 0, to: begun.size };
  }

  #append(begun: Begun, bytes: Uint8Array, from: number, to: number): void {
    begun.frames++;
    if (begun.frames > maxFrames || begun.size + to - from > maxBlock)
      throw new ConnectionError(
        errorCode.enhanceYourCalm,
        `a header block is larger than ${maxBlock} bytes or ${maxFrames} frames`,
      );
    begun.bytes.set(bytes.subarray(from, to), begun.size);
    begun.size += to - from;
  }
}

/** Which stream a priority depends on. */
export function dependency(bytes: Uint8Array, at: number): number {
  return uint32At(bytes, at) & 0x7fffffff;
}
