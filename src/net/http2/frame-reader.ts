import { byteAt, uint24At, uint32At } from '../../otlp/wire/at.js';
import {
  ConnectionError,
  errorCode,
  foreignServer,
  frameFlag,
  frameType,
  headerSize,
  NotHttp2,
  preface,
} from './frames.js';

/** Receives the parts of frames that a reader finds. Bytes are borrowed until the call returns. */
export interface FrameSink {
  /** The preface of a client is complete. */
  onPreface?(): void;
  /** A whole frame of any type but DATA, its payload at `bytes[from..to)`. */
  onFrame(type: number, flags: number, stream: number, bytes: Uint8Array, from: number, to: number): void;
  /** A DATA frame begins; `length` counts its padding, as flow control does. */
  onDataFrame(flags: number, stream: number, length: number): void;
  /** A piece of that frame's content. */
  onData(bytes: Uint8Array, from: number, to: number): void;
  /** The frame is over. */
  onDataEnd(): void;
}

/** Where in the stream of bytes the reader stands. */
type Step = 'preface' | 'header' | 'payload' | 'padLength' | 'content' | 'padding';

/**
 * Cuts a stream of bytes into frames (RFC 9113 4.1), wherever the pieces end. Content of DATA is handed on as it comes
 * and never gathered; other frames are gathered up to `maxFrame`. Throws `ConnectionError`; after that it must not be
 * used again.
 */
export class FrameReader {
  readonly #sink: FrameSink;
  readonly #maxFrame: number;
  #step: Step;
  /** Nothing of a server is read yet. */
  #first: boolean;
  #gathered: Uint8Array = new Uint8Array(64);
  #have = 0;
  #type = 0;
  #flags = 0;
  #stream = 0;
  #length = 0;
  /** Of the DATA frame under way: bytes of content and of padding that are still to come. */
  #content = 0;
  #padding = 0;

  /** @param expectPreface - true on the server's side */
  constructor(sink: FrameSink, maxFrame: number, expectPreface: boolean) {
    this.#sink = sink;
    this.#maxFrame = maxFrame;
    this.#step = expectPreface ? 'preface' : 'header';
    this.#first = !expectPreface;
  }

  push(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) at = this.#take(bytes, at);
  }

  #take(bytes: Uint8Array, at: number): number {
    switch (this.#step) {
      case 'preface':
        return this.#preface(bytes, at);
      case 'header':
        return this.#header(bytes, at);
      case 'payload':
        return this.#payload(bytes, at);
      case 'padLength':
        return this.#padLength(bytes, at);
      case 'content':
        return this.#piece(bytes, at);
      case 'padding': {
        const end = Math.min(bytes.length, at + this.#padding);
        this.#padding -= end - at;
        if (this.#padding === 0) this.#endData();
        return end;
      }
    }
  }

  #preface(bytes: Uint8Array, from: number): number {
    let at = from;
    for (; at < bytes.length && this.#have < preface.length; at++, this.#have++)
      if (bytes[at] !== preface[this.#have])
        throw new NotHttp2(Buffer.concat([preface.subarray(0, this.#have), bytes.subarray(at)]));
    if (this.#have === preface.length) {
      this.#step = 'header';
      this.#have = 0;
      this.#sink.onPreface?.();
    }
    return at;
  }

  #header(bytes: Uint8Array, at: number): number {
    if (this.#have === 0 && bytes.length - at >= headerSize) {
      this.#begin(bytes, at);
      return at + headerSize;
    }
    const end = this.#gather(bytes, at, headerSize);
    if (this.#have === headerSize) {
      this.#have = 0;
      this.#begin(this.#gathered, 0);
    }
    return end;
  }

  #begin(bytes: Uint8Array, at: number): void {
    const length = uint24At(bytes, at);
    if (length > this.#maxFrame && this.#first) {
      const foreign = foreignServer(bytes.subarray(at));
      if (foreign !== undefined) throw new ConnectionError(errorCode.protocolError, foreign);
    }
    this.#first = false;
    this.#length = length;
    this.#type = byteAt(bytes, at + 3);
    this.#flags = byteAt(bytes, at + 4);
    this.#stream = uint32At(bytes, at + 5) & 0x7fffffff;
    if (length > this.#maxFrame)
      throw new ConnectionError(
        errorCode.frameSizeError,
        `a frame of ${length} bytes is larger than the ${this.#maxFrame} allowed`,
      );
    if (this.#type === frameType.data) this.#beginData();
    else if (length === 0) this.#sink.onFrame(this.#type, this.#flags, this.#stream, bytes, 0, 0);
    else this.#step = 'payload';
  }

  #payload(bytes: Uint8Array, at: number): number {
    if (this.#have === 0 && bytes.length - at >= this.#length) {
      this.#step = 'header';
      this.#sink.onFrame(this.#type, this.#flags, this.#stream, bytes, at, at + this.#length);
      return at + this.#length;
    }
    const end = this.#gather(bytes, at, this.#length);
    if (this.#have === this.#length) {
      this.#step = 'header';
      this.#have = 0;
      this.#sink.onFrame(this.#type, this.#flags, this.#stream, this.#gathered, 0, this.#length);
      // A large block is rare: it must not stay for the life of the connection.
      if (this.#gathered.length > 4096) this.#gathered = new Uint8Array(64);
    }
    return end;
  }

  #gather(bytes: Uint8Array, at: number, need: number): number {
    const end = Math.min(bytes.length, at + need - this.#have);
    const size = this.#have + end - at;
    if (size > this.#gathered.length) {
      const larger = new Uint8Array(Math.min(Math.max(size * 2, 64), Math.max(need, 64)));
      larger.set(this.#gathered.subarray(0, this.#have));
      this.#gathered = larger;
    }
    this.#gathered.set(bytes.subarray(at, end), this.#have);
    this.#have = size;
    return end;
  }

  #beginData(): void {
    this.#sink.onDataFrame(this.#flags, this.#stream, this.#length);
    this.#padding = 0;
    this.#content = this.#length;
    if ((this.#flags & frameFlag.padded) !== 0) {
      if (this.#length === 0)
        throw new ConnectionError(errorCode.frameSizeError, 'a padded DATA frame has no pad length');
      this.#step = 'padLength';
    } else this.#toContent();
  }

  #padLength(bytes: Uint8Array, at: number): number {
    const padding = byteAt(bytes, at);
    if (padding >= this.#length)
      throw new ConnectionError(errorCode.protocolError, 'a DATA frame is padded beyond its length');
    this.#padding = padding;
    this.#content = this.#length - 1 - padding;
    this.#toContent();
    return at + 1;
  }

  #toContent(): void {
    if (this.#content > 0) this.#step = 'content';
    else if (this.#padding > 0) this.#step = 'padding';
    else this.#endData();
  }

  #piece(bytes: Uint8Array, at: number): number {
    const end = Math.min(bytes.length, at + this.#content);
    this.#content -= end - at;
    if (this.#content === 0) this.#step = 'padding';
    this.#sink.onData(bytes, at, end);
    if (this.#content === 0 && this.#padding === 0) this.#endData();
    return end;
  }

  #endData(): void {
    this.#step = 'header';
    this.#sink.onDataEnd();
  }
}
