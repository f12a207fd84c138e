import type { Socket } from 'node:net';
import { guard } from '../../component/fault.js';
import type { FieldList } from './fields.js';
import { FrameWriter } from './frame-writer.js';
import { firstWindow, frameFlag, frameType, largestWindow, type ErrorCode } from './frames.js';
import { HpackEncoder } from './hpack/encoder.js';
import { defaultSettings, type Settings } from './settings.js';
import type { Stream } from './stream.js';

/** Bytes buffered in the socket above which bodies wait here, where they can still be cancelled. */
export const socketFull: number = 1 << 20;

/**
 * Everything one connection sends: gathered per turn of the event loop, bodies in turn and within the peer's windows.
 */
export class Sender {
  /** The peer's SETTINGS. */
  readonly peer: Settings = defaultSettings();
  readonly #socket: Socket;
  readonly #writer: FrameWriter = new FrameWriter();
  readonly #encoder: HpackEncoder = new HpackEncoder();
  /** Called when a stream has said all. */
  readonly #ended: (stream: Stream) => void;
  /** For calls by the event loop, above which nobody could catch an error. */
  readonly #flushLater: () => void;
  /** Streams with something to send and a window to send it in, in turn. */
  #queue: Stream[] = [];
  #window: number = firstWindow;
  #scheduled = false;
  #holding = false;
  #closed = false;
  /** Bytes handed to the socket, and those of them that the kernel has. */
  #given = 0;
  #written = 0;
  /** Content frames sent since the counter was last read. */
  dataFrames = 0;
  /** Header blocks sent so far. */
  headerBlocks = 0;

  constructor(socket: Socket, ended: (stream: Stream) => void) {
    this.#socket = socket;
    this.#ended = ended;
    this.#flushLater = guard(
      'HTTP/2 output',
      () => this.flush(),
      () => socket.destroy(),
    );
    socket.on('drain', this.#flushLater);
  }

  raw(bytes: Uint8Array): void {
    this.#writer.piece(bytes, 0, bytes.length);
    this.#schedule();
  }

  frame(type: number, flags: number, stream: number, payload: Uint8Array): void {
    this.#writer.head(payload.length, type, flags, stream);
    this.#writer.piece(payload, 0, payload.length);
    this.#schedule();
  }

  goaway(lastStream: number, code: ErrorCode, debug: string): void {
    const words = Buffer.from(debug);
    this.#writer.head(8 + words.length, frameType.goaway, 0, 0);
    this.#writer.uint32(lastStream);
    this.#writer.uint32(code);
    this.#writer.piece(words, 0, words.length);
    this.#schedule();
  }

  reset(stream: number, code: ErrorCode): void {
    this.#uint32(frameType.rstStream, stream, code);
  }

  windowUpdate(stream: number, increment: number): void {
    this.#uint32(frameType.windowUpdate, stream, increment);
  }

  headers(stream: Stream, fields: FieldList, end: boolean): void {
    this.headerBlocks++;
    this.#writer.headers(stream.id, this.#encoder.encode(fields), end, this.peer.maxFrameSize);
    this.#schedule();
    if (end) this.#finish(stream);
  }

  /** Sends `parts` in a row and then `trailers`; the parts must stay as they are until the stream is closed. */
  body(stream: Stream, parts: readonly Uint8Array[], trailers: FieldList | undefined): void {
    let left = 0;
    for (const part of parts) left += part.length;
    stream.outgoing = { parts, part: 0, at: 0, left, trailers, leftBefore: -1, leftSince: 0 };
    this.#enqueue(stream);
    this.#schedule();
  }

  /**
   * Takes over SETTINGS that `peer` has already; `windowBefore` is the INITIAL_WINDOW_SIZE until now. False when a
   * window overflows.
   */
  applied(windowBefore: number, streams: Iterable<Stream>): boolean {
    this.#encoder.limitTable(this.peer.headerTableSize);
    const change = this.peer.initialWindowSize - windowBefore;
    if (change === 0) return true;
    for (const stream of streams) {
      if (stream.sendWindow + change > largestWindow) return false;
      stream.sendWindow += change;
      this.#enqueue(stream);
    }
    this.#schedule();
    return true;
  }

  /** The peer lets us send more, on one stream or on all. False when the window overflows. */
  widen(stream: Stream | undefined, increment: number): boolean {
    if (stream) {
      if (stream.sendWindow + increment > largestWindow) return false;
      stream.sendWindow += increment;
      this.#enqueue(stream);
    } else {
      if (this.#window + increment > largestWindow) return false;
      this.#window += increment;
    }
    this.#schedule();
    return true;
  }

  /** Gathers what `run` sends into one write. */
  gather(run: () => void): void {
    this.#holding = true;
    try {
      run();
    } finally {
      this.#holding = false;
      this.flush();
    }
  }

  /** Bytes of all that was handed to the socket which the kernel has. */
  get written(): number {
    return this.#written;
  }

  /** True when the kernel has the whole body of a stream, so that its memory is no longer looked at. */
  isWritten({ bodyEnd }: Stream): boolean {
    return bodyEnd !== undefined && bodyEnd <= this.#written;
  }

  flush(): void {
    this.#scheduled = false;
    if (this.#closed) return;
    this.#pump();
    this.#given += this.#writer.size;
    const end = this.#given;
    const written = (error?: Error | null): void => {
      if (!error) this.#written = end;
    };
    const chunks = this.#writer.take();
    const [first] = chunks;
    if (!first) return;
    if (chunks.length === 1) this.#socket.write(first, written);
    else {
      this.#socket.cork();
      for (let i = 0; i < chunks.length - 1; i++) this.#socket.write(chunks[i] as Uint8Array);
      this.#socket.write(chunks.at(-1) as Uint8Array, written);
      this.#socket.uncork();
    }
  }

  /** Nothing is sent any more. */
  close(): void {
    this.#closed = true;
    this.#queue = [];
  }

  #uint32(type: number, stream: number, value: number): void {
    this.#writer.head(4, type, 0, stream);
    this.#writer.uint32(value);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || this.#holding) return;
    this.#scheduled = true;
    process.nextTick(this.#flushLater);
  }

  #enqueue(stream: Stream): void {
    const { outgoing } = stream;
    if (!outgoing || stream.queued || (stream.sendWindow <= 0 && outgoing.left > 0)) return;
    stream.queued = true;
    this.#queue.push(stream);
  }

  /** One frame of each stream in turn, as far as windows and socket allow. */
  #pump(): void {
    if (this.#queue.length === 0) return;
    let turn = 0;
    const full = socketFull - this.#socket.writableLength;
    while (turn < this.#queue.length && this.#writer.size < full) {
      const stream = this.#queue[turn++] as Stream;
      const { outgoing } = stream;
      stream.queued = false;
      if (!outgoing || stream.closed) continue;
      if (outgoing.left > 0) {
        const size = Math.min(outgoing.left, this.peer.maxFrameSize, stream.sendWindow, this.#window);
        if (size <= 0) {
          // Without a window of its own it comes back with WINDOW_UPDATE; without one of the connection all have to
          // wait.
          if (stream.sendWindow <= 0) continue;
          stream.queued = true;
          turn--;
          break;
        }
        this.#data(stream, size);
      }
      if (outgoing.left > 0) this.#enqueue(stream);
      else this.#endBody(stream);
    }
    this.#queue = this.#queue.slice(turn);
  }

  #data(stream: Stream, size: number): void {
    const outgoing = stream.outgoing as NonNullable<Stream['outgoing']>;
    const last = size === outgoing.left && outgoing.trailers === undefined;
    this.#writer.head(size, frameType.data, last ? frameFlag.endStream : 0, stream.id);
    for (let missing = size; missing > 0;) {
      const part = outgoing.parts[outgoing.part] as Uint8Array;
      const to = Math.min(part.length, outgoing.at + missing);
      this.#writer.piece(part, outgoing.at, to);
      missing -= to - outgoing.at;
      outgoing.at = to;
      if (to === part.length) {
        outgoing.part++;
        outgoing.at = 0;
      }
    }
    outgoing.left -= size;
    if (outgoing.left === 0) stream.bodyEnd = this.#given + this.#writer.size;
    stream.sendWindow -= size;
    this.#window -= size;
    this.dataFrames++;
    if (last) this.#finish(stream);
  }

  #endBody(stream: Stream): void {
    const { outgoing } = stream;
    if (!outgoing) return;
    if (outgoing.trailers) this.headers(stream, outgoing.trailers, true);
    else {
      this.#writer.head(0, frameType.data, frameFlag.endStream, stream.id);
      this.#finish(stream);
    }
  }

  #finish(stream: Stream): void {
    stream.outgoing = undefined;
    this.#ended(stream);
  }
}
