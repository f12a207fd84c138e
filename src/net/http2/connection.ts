import { uint32At } from '../../otlp/wire/at.js';
import type { Socket } from 'node:net';
import type { Clock } from '../../component/clock.js';
import { faults, guard } from '../../component/fault.js';
import { readShared } from '../read-shared.js';
import { Budget } from './budget.js';
import { ClosedStreams } from './closed-streams.js';
import { headerField, trailerFault, type FieldList } from './fields.js';
import { FrameReader, type FrameSink } from './frame-reader.js';
import {
  ConnectionError,
  errorCode,
  firstWindow,
  frameFlag,
  frameType,
  largestStream,
  leastMaxFrame,
  NotHttp2,
  preface,
  type ErrorCode,
} from './frames.js';
import { dependency, HeaderBlockReader, type HeaderBlock } from './header-block.js';
import { HpackDecoder } from './hpack/decoder.js';
import { ReceiveWindow, type WindowSizes } from './receive-window.js';
import { Sender } from './sender.js';
import { applySettings, encodeSettings } from './settings.js';
import { Stream, type StreamEnd, type StreamEvents } from './stream.js';
import { isUnread, UnreadOutput } from './unread.js';

/** The behaviour in which a client and a server differ. */
export interface ConnectionRole {
  readonly side: 'client' | 'server';
  /**
   * The peer opens a stream with these fields. Returns the stream's callbacks, or undefined above the limit. Server
   * only.
   */
  open?(stream: Stream, fields: FieldList | undefined): StreamEvents | undefined;
  /** The peer's first SETTINGS are here. */
  ready(): void;
  /** SETTINGS or WINDOW_UPDATE may let a request that waits go out; a stream has ended. */
  moved(): void;
  /** The peer pings; false ends the connection. */
  pinged?(): boolean;
  /** The peer takes no streams above `lastStream`. */
  goaway(lastStream: number, code: number, debug: string): void;
  /** The peer speaks another protocol; returns the last bytes for it, if there is anything to say. Server only. */
  foreign?(first: Uint8Array): Uint8Array | undefined;
  /** The connection is no more. Called once, after every stream was closed. */
  closed(message: string): void;
}

export interface ConnectionOptions {
  readonly socket: Socket;
  readonly clock: Clock;
  readonly windows: WindowSizes;
  /** The number of streams that the peer may have open, and the value of the SETTING that announces it. */
  readonly maxStreams: number;
  readonly announcedMaxStreams: number | undefined;
}

/** Largest list of fields that we take, bytes. */
const maxFieldList = 65_536;
/** Streams that a peer may break or reset before they are done: burst and rate per second. */
const resetBurst = 1000;
const resetsPerSecond = 100;
/** Frames that carry nothing. Content earns more of them, since flow control has to be said. */
const idleBurst = 10_000;
const idlePerSecond = 1000;
const earnedByContent = 4;
/** How long a peer may take from the first byte of a header block to its last, milliseconds. */
const headerBlockMs = 10_000;
/** How long a peer may go on sending on a stream that was answered, milliseconds. */
const answeredMs = 5000;
/** How long GOAWAY may take to be read before the socket is cut, milliseconds. */
const lingerMs = 1000;

/**
 * One HTTP/2 connection (RFC 9113), the same for both sides but for its `ConnectionRole`. Bytes of the socket go
 * through the reader to `onFrame` and `onData`; what is sent goes through `Sender`. A peer that breaks the rules costs
 * itself the stream or the connection, one that is only busy with nothing costs itself its budget, and neither costs
 * others anything.
 */
export class Connection implements FrameSink {
  readonly sender: Sender;
  readonly #options: ConnectionOptions;
  readonly #role: ConnectionRole;
  readonly #reader: FrameReader;
  readonly #blocks: HeaderBlockReader = new HeaderBlockReader();
  readonly #decoder: HpackDecoder = new HpackDecoder(maxFieldList);
  readonly #streams: Map<number, Stream> = new Map();
  readonly #closed: ClosedStreams = new ClosedStreams();
  readonly #resets: Budget;
  readonly #idle: Budget;
  #state: 'opening' | 'open' | 'closed' = 'opening';
  #greeted = false;
  /** Largest number the peer, and we, have used. */
  #lastPeer = 0;
  #lastOurs: number;
  readonly #window: ReceiveWindow;
  /** Whose DATA frame is under way; undefined when it is to be passed over. */
  #data: Stream | undefined;
  #dataEnds = false;
  #pings: ((alive: boolean) => void)[] = [];
  /** When the peer was last heard, clock milliseconds. */
  lastHeard: number;
  readonly #openedAt: number;
  /** Undefined on a client's side: it reads on, or two gateways could wait for each other. */
  readonly #unread: UnreadOutput | undefined;

  constructor(options: ConnectionOptions, role: ConnectionRole) {
    const { socket, clock } = options;
    const server = role.side === 'server';
    this.#options = options;
    this.#role = role;
    this.#lastOurs = server ? 0 : -1;
    this.#resets = new Budget(resetBurst, resetsPerSecond, clock);
    this.#idle = new Budget(idleBurst, idlePerSecond, clock);
    this.#openedAt = this.lastHeard = clock.now();
    this.#reader = new FrameReader(this, leastMaxFrame, server);
    this.sender = new Sender(socket, (stream) => this.#localEnd(stream));
    this.#unread = server ? new UnreadOutput(socket) : undefined;
    if (!server) this.#greet();
    this.#window = new ReceiveWindow(options.windows, this.lastHeard);
    readShared(socket, (chunk) => this.#read(chunk));
    const gone = guard(
      'HTTP/2 connection, closing',
      (message: string, failure?: Error) => this.#lost(message, failure),
      () => socket.destroy(),
    );
    socket.on('error', (error) => gone(error.message, error));
    socket.on('close', () => gone('connection closed'));
  }

  /** Sends what a connection begins with. A server does when it knows that the client speaks HTTP/2. */
  #greet(): void {
    if (this.#greeted) return;
    this.#greeted = true;
    const { announcedMaxStreams, windows } = this.#options;
    const server = this.#role.side === 'server';
    if (!server) this.sender.raw(preface);
    const settings = encodeSettings(
      {
        ...(announcedMaxStreams === undefined ? {} : { maxConcurrentStreams: announcedMaxStreams }),
        initialWindowSize: windows.stream,
        maxHeaderListSize: maxFieldList,
      },
      server ? undefined : false,
    );
    this.sender.frame(frameType.settings, 0, 0, settings);
    this.sender.windowUpdate(0, windows.connection - firstWindow);
  }

  onPreface(): void {
    this.#greet();
  }

  get socket(): Socket {
    return this.#options.socket;
  }

  get streams(): number {
    return this.#streams.size;
  }

  get isClosed(): boolean {
    return this.#state === 'closed';
  }

  /** The error of the socket, if that is what ended it. */
  failure: Error | undefined;

  /** Opens a stream. Client only. */
  open(fields: FieldList, parts: readonly Uint8Array[], events: StreamEvents): Stream {
    this.#lastOurs += 2;
    const stream = new Stream(this.#lastOurs, this.sender.peer.initialWindowSize, this.#window.stream);
    stream.events = events;
    this.#streams.set(stream.id, stream);
    this.sender.headers(stream, fields, false);
    this.sender.body(stream, parts, undefined);
    return stream;
  }

  /** False when the numbers of streams are used up. */
  get canOpen(): boolean {
    return this.#state === 'open' && this.#lastOurs < largestStream - 2;
  }

  reset(stream: Stream, code: ErrorCode): void {
    if (stream.closed) return;
    this.sender.reset(stream.id, code);
    this.#close(stream, { kind: 'reset', code, by: 'us' }, true);
  }

  /** Resets every stream whose callbacks are among those. */
  resetStreams(among: (events: StreamEvents | undefined) => boolean, code: ErrorCode): void {
    for (const stream of this.#streams.values()) if (among(stream.events)) this.reset(stream, code);
  }

  /** Calls back with whether the peer answered before the connection went. */
  ping(answered: (alive: boolean) => void): void {
    if (this.#state === 'closed') answered(false);
    else {
      this.#greet();
      this.#pings.push(answered);
      this.sender.frame(frameType.ping, 0, 0, new Uint8Array(8));
    }
  }

  /** Says that no further streams are taken. With `all` set, those that are under way to us still are. */
  goaway(all: boolean): void {
    if (this.#state === 'closed') return;
    this.#greet();
    this.sender.goaway(all ? largestStream : this.#lastPeer, errorCode.noError, '');
  }

  /** Ends the connection once what was sent is written. */
  end(message: string): void {
    if (this.#state === 'closed') return;
    this.sender.flush();
    this.#lost(message);
    const { socket, clock } = this.#options;
    socket.end();
    clock.after(lingerMs, () => socket.destroy());
  }

  destroy(message: string): void {
    this.#lost(message);
    this.#options.socket.destroy();
  }

  /** Ends what has taken too long. To be called now and then. */
  sweep(openWithinMs: number, now: number): void {
    const since = this.#blocks.since;
    if (this.#state === 'opening' && now - this.#openedAt > openWithinMs)
      this.destroy('the peer did not open its connection in time');
    else if (since !== undefined && now - since > headerBlockMs)
      this.#fail(new ConnectionError(errorCode.enhanceYourCalm, 'a header block took too long'));
    else if (this.#unread?.isOver(this.sender.written, now) === true) this.destroy('the client does not read');
    else for (const stream of this.#streams.values()) this.#sweepStream(stream, now);
  }

  #sweepStream(stream: Stream, now: number): void {
    const { answeredAt, outgoing } = stream;
    if (answeredAt !== undefined && now - answeredAt > answeredMs) this.reset(stream, errorCode.noError);
    else if (outgoing && this.#unread && isUnread(outgoing, now)) this.reset(stream, errorCode.cancel);
  }

  #read(chunk: Uint8Array): void {
    if (this.#state === 'closed') return;
    this.lastHeard = this.#options.clock.now();
    try {
      this.sender.gather(() => this.#reader.push(chunk));
    } catch (error) {
      if (error instanceof ConnectionError) return this.#fail(error);
      // Anything else is a defect here: it must not cost more than this connection.
      faults.add('HTTP/2 connection', error);
      this.#fail(new ConnectionError(errorCode.internalError, 'internal error'));
    }
    this.#unread?.pauseWhileFull();
  }

  #fail(error: ConnectionError): void {
    if (this.#state === 'closed') return;
    const answer = error instanceof NotHttp2 ? this.#role.foreign?.(error.first) : undefined;
    if (answer && !this.#greeted) this.sender.raw(answer);
    else {
      this.#greet();
      this.sender.goaway(this.#lastPeer, error.code, error.message);
    }
    this.end(error.message);
  }

  #lost(message: string, failure?: Error): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.failure = failure;
    this.sender.close();
    const end: StreamEnd = { kind: 'lost', message };
    for (const stream of this.#streams.values()) this.#close(stream, end, true);
    const pings = this.#pings;
    this.#pings = [];
    for (const answered of pings) this.#notify(() => answered(false));
    this.#notify(() => this.#role.closed(message));
  }

  onFrame(type: number, flags: number, stream: number, bytes: Uint8Array, from: number, to: number): void {
    if (this.#state === 'closed') return;
    if (this.#blocks.since !== undefined && type !== frameType.continuation)
      throw new ConnectionError(errorCode.protocolError, 'a header block is interrupted by another frame');
    if (this.#state === 'opening' && type !== frameType.settings)
      throw new ConnectionError(errorCode.protocolError, 'the first frame is not SETTINGS');
    switch (type) {
      case frameType.headers: {
        if (stream === 0) throw onStreamZero('HEADERS');
        const block = this.#blocks.headers(flags, stream, bytes, from, to, this.lastHeard);
        return block && this.#headers(block);
      }
      case frameType.continuation: {
        const block = this.#blocks.continuation(flags, stream, bytes, from, to);
        return block && this.#headers(block);
      }
      case frameType.windowUpdate:
        return this.#windowUpdate(stream, bytes, from, to);
      case frameType.settings:
        return this.#settings(flags, stream, bytes, from, to);
      case frameType.ping:
        return this.#ping(flags, stream, bytes, from, to);
      case frameType.rstStream:
        return this.#rstStream(stream, bytes, from, to);
      case frameType.goaway:
        if (stream !== 0) throw new ConnectionError(errorCode.protocolError, 'GOAWAY is sent on a stream');
        if (to - from < 8) throw wrongSize('GOAWAY');
        return this.#role.goaway(
          uint31(bytes, from),
          uint32At(bytes, from + 4),
          Buffer.from(bytes.subarray(from + 8, to)).toString('latin1'),
        );
      case frameType.priority:
        return this.#priority(stream, bytes, from, to);
      case frameType.pushPromise:
        throw new ConnectionError(errorCode.protocolError, 'PUSH_PROMISE is not allowed here');
      default:
        return this.#spendIdle();
    }
  }

  onDataFrame(flags: number, id: number, length: number): void {
    this.#data = undefined;
    if (this.#state === 'closed') return;
    if (this.#state === 'opening')
      throw new ConnectionError(errorCode.protocolError, 'the first frame is not SETTINGS');
    if (this.#blocks.since !== undefined)
      throw new ConnectionError(errorCode.protocolError, 'a header block is interrupted by DATA');
    if (id === 0) throw onStreamZero('DATA');
    if (!this.#window.take(length))
      throw new ConnectionError(errorCode.flowControlError, 'DATA overruns the window of the connection');
    this.#topUp();
    this.#dataEnds = (flags & frameFlag.endStream) !== 0;
    if (length > 0) this.#idle.earn(1);
    else if (!this.#dataEnds) this.#spendIdle();
    const stream = this.#streams.get(id);
    if (!stream || stream.remoteEnded) return this.#dataOnClosed(stream, id);
    stream.receiveWindow -= length;
    stream.taken += length;
    if (stream.receiveWindow < 0) return this.#violated(stream, errorCode.flowControlError);
    this.#data = stream;
  }

  onData(bytes: Uint8Array, from: number, to: number): void {
    const stream = this.#data;
    if (!stream) return;
    stream.received += to - from;
    if (stream.expected !== undefined && stream.received > stream.expected)
      return this.#violated(stream, errorCode.protocolError);
    stream.events?.onData(bytes, from, to);
  }

  onDataEnd(): void {
    const stream = this.#data;
    if (!stream || stream.closed) return;
    if (this.#dataEnds) return this.#remoteEnd(stream);
    // A stream that was answered is given no more room.
    if (stream.taken * 2 >= this.#window.stream && stream.answeredAt === undefined) {
      this.sender.windowUpdate(stream.id, stream.taken);
      stream.receiveWindow += stream.taken;
      stream.taken = 0;
    }
  }

  #topUp(): void {
    const before = this.#window.stream;
    const increment = this.#window.topUp(this.lastHeard);
    if (increment === 0) return;
    this.sender.windowUpdate(0, increment);
    const grown = this.#window.stream - before;
    if (grown === 0) return;
    this.sender.frame(frameType.settings, 0, 0, encodeSettings({ initialWindowSize: this.#window.stream }, undefined));
    for (const stream of this.#streams.values()) stream.receiveWindow += grown;
  }

  #dataOnClosed(stream: Stream | undefined, id: number): void {
    if (stream) return this.#violated(stream, errorCode.streamClosed);
    if (this.#isIdle(id)) throw new ConnectionError(errorCode.protocolError, 'DATA on a stream that was never opened');
    // Frames that were in flight when this side closed the stream break no rule.
    if (this.#closed.find(id) === 'by us') return;
    this.#spendReset();
    this.sender.reset(id, errorCode.streamClosed);
  }

  #headers(block: HeaderBlock): void {
    const fields = this.#decoder.decode(block.bytes, block.from, block.to);
    const id = block.stream;
    const known = this.#streams.get(id);
    if (known) return this.#moreFields(known, fields, block);
    const server = this.#role.side === 'server';
    if (id % 2 === 0) throw new ConnectionError(errorCode.protocolError, `the peer may not open stream ${id}`);
    if (!server || id <= this.#lastPeer) {
      if (this.#isIdle(id))
        throw new ConnectionError(errorCode.protocolError, 'HEADERS on a stream that was never opened');
      const how = this.#closed.find(id);
      // A late response to a request that was cancelled breaks no rule, and must not cost the other requests.
      if (how === 'by us' || !server) return;
      throw new ConnectionError(
        how ? errorCode.streamClosed : errorCode.protocolError,
        'HEADERS on a stream that is closed',
      );
    }
    this.#lastPeer = id;
    this.#accept(id, fields, block);
  }

  /** A request. */
  #accept(id: number, fields: FieldList | undefined, block: HeaderBlock): void {
    const stream = new Stream(id, this.sender.peer.initialWindowSize, this.#window.stream);
    this.#streams.set(id, stream);
    if (this.#streams.size > this.#options.maxStreams) return this.#violated(stream, errorCode.refusedStream);
    if (block.dependsOnItself) return this.#violated(stream, errorCode.protocolError);
    stream.events = this.#role.open?.(stream, fields);
    if (stream.closed) return;
    if (!fields || !stream.events) {
      if (!stream.localEnded) return this.#violated(stream, errorCode.protocolError);
    } else if (!this.#expect(stream, fields)) return this.#violated(stream, errorCode.protocolError);
    if (block.endStream) this.#remoteEnd(stream);
  }

  /** A response, or trailers. */
  #moreFields(stream: Stream, fields: FieldList | undefined, block: HeaderBlock): void {
    if (stream.remoteEnded) return this.#violated(stream, errorCode.streamClosed);
    if (!fields || block.dependsOnItself) return this.#violated(stream, errorCode.protocolError);
    if (this.#role.side === 'server' && (!block.endStream || trailerFault(fields) !== undefined))
      return this.#violated(stream, errorCode.protocolError);
    stream.events?.onFields(fields, block.endStream);
    if (block.endStream && !stream.closed) this.#remoteEnd(stream);
  }

  #expect(stream: Stream, fields: FieldList): boolean {
    const length = headerField(fields, 'content-length');
    if (length === undefined) return true;
    stream.expected = Number(length);
    return /^\d{1,15}$/.test(length);
  }

  #windowUpdate(id: number, bytes: Uint8Array, from: number, to: number): void {
    if (to - from !== 4) throw wrongSize('WINDOW_UPDATE');
    const increment = uint31(bytes, from);
    if (this.sender.dataFrames > 0) {
      this.#idle.earn(earnedByContent * this.sender.dataFrames);
      this.sender.dataFrames = 0;
    }
    this.#spendIdle();
    if (id === 0) {
      if (increment === 0) throw new ConnectionError(errorCode.protocolError, 'WINDOW_UPDATE by nothing');
      if (!this.sender.widen(undefined, increment))
        throw new ConnectionError(errorCode.flowControlError, 'the window of the connection overflows');
      return this.#role.moved();
    }
    const stream = this.#streams.get(id);
    if (!stream) {
      if (this.#isIdle(id))
        throw new ConnectionError(errorCode.protocolError, 'WINDOW_UPDATE on a stream that was never opened');
      return;
    }
    if (increment === 0) this.#violated(stream, errorCode.protocolError);
    else if (!this.sender.widen(stream, increment)) this.#violated(stream, errorCode.flowControlError);
  }

  #settings(flags: number, id: number, bytes: Uint8Array, from: number, to: number): void {
    if (id !== 0) throw new ConnectionError(errorCode.protocolError, 'SETTINGS are sent on a stream');
    this.#spendIdle();
    if ((flags & frameFlag.ack) !== 0) {
      if (to > from) throw wrongSize('SETTINGS');
      return;
    }
    if ((to - from) % 6 !== 0) throw wrongSize('SETTINGS');
    const before = this.sender.peer.initialWindowSize;
    applySettings(this.sender.peer, bytes, from, to);
    if (!this.sender.applied(before, this.#streams.values()))
      throw new ConnectionError(errorCode.flowControlError, 'SETTINGS let the window of a stream overflow');
    this.sender.frame(frameType.settings, frameFlag.ack, 0, new Uint8Array());
    if (this.#state === 'opening') {
      this.#state = 'open';
      this.#role.ready();
    }
    this.#role.moved();
  }

  #ping(flags: number, id: number, bytes: Uint8Array, from: number, to: number): void {
    if (id !== 0) throw new ConnectionError(errorCode.protocolError, 'PING is sent on a stream');
    if (to - from !== 8) throw wrongSize('PING');
    this.#spendIdle();
    if ((flags & frameFlag.ack) !== 0) this.#pings.shift()?.(true);
    else {
      this.sender.frame(frameType.ping, frameFlag.ack, 0, bytes.subarray(from, to));
      // In grpc's words, by which its clients know to ping less.
      if (this.#role.pinged?.() === false) throw new ConnectionError(errorCode.enhanceYourCalm, 'too_many_pings');
    }
  }

  #rstStream(id: number, bytes: Uint8Array, from: number, to: number): void {
    if (id === 0) throw onStreamZero('RST_STREAM');
    if (to - from !== 4) throw wrongSize('RST_STREAM');
    const stream = this.#streams.get(id);
    if (!stream) {
      if (this.#isIdle(id))
        throw new ConnectionError(errorCode.protocolError, 'RST_STREAM on a stream that was never opened');
      return this.#spendIdle();
    }
    this.#spendReset();
    this.#close(stream, { kind: 'reset', code: uint32At(bytes, from), by: 'peer' }, false);
  }

  #priority(id: number, bytes: Uint8Array, from: number, to: number): void {
    if (id === 0) throw onStreamZero('PRIORITY');
    this.#spendIdle();
    const right = to - from === 5;
    if (right && dependency(bytes, from) !== id) return;
    const code = right ? errorCode.protocolError : errorCode.frameSizeError;
    const stream = this.#streams.get(id);
    if (stream) this.#violated(stream, code);
    else this.sender.reset(id, code);
  }

  #isIdle(id: number): boolean {
    const ours = (id % 2 === 1) === (this.#role.side === 'client');
    return id > (ours ? this.#lastOurs : this.#lastPeer);
  }

  /** The peer broke the rules on a stream: that ends the stream, and too many of them the connection. */
  #violated(stream: Stream, code: ErrorCode): void {
    this.reset(stream, code);
    this.#spendReset();
  }

  #spendReset(): void {
    if (!this.#resets.spend())
      throw new ConnectionError(errorCode.enhanceYourCalm, 'too many streams are reset or broken');
  }

  #spendIdle(): void {
    if (!this.#idle.spend()) throw new ConnectionError(errorCode.enhanceYourCalm, 'too many frames carry nothing');
  }

  #remoteEnd(stream: Stream): void {
    if (stream.expected !== undefined && stream.received !== stream.expected)
      return this.#violated(stream, errorCode.protocolError);
    stream.remoteEnded = true;
    stream.events?.onEnd();
    this.#maybeDone(stream);
  }

  #localEnd(stream: Stream): void {
    stream.localEnded = true;
    if (!stream.remoteEnded && this.#role.side === 'server') stream.answeredAt = this.#options.clock.now();
    this.#maybeDone(stream);
  }

  #maybeDone(stream: Stream): void {
    if (stream.localEnded && stream.remoteEnded && !stream.closed) this.#close(stream, { kind: 'done' }, false);
  }

  #close(stream: Stream, end: StreamEnd, byUs: boolean): void {
    stream.closed = true;
    stream.outgoing = undefined;
    this.#streams.delete(stream.id);
    this.#closed.add(stream.id, byUs);
    if (this.#data === stream) this.#data = undefined;
    const { events } = stream;
    stream.events = undefined;
    try {
      events?.onClosed(end);
      this.#role.moved();
    } catch (error) {
      // The other streams have to learn of their end too.
      faults.add('HTTP/2 stream, closing', error);
    }
  }

  /** Runs one of several callbacks, all of which have to run. */
  #notify(run: () => void): void {
    try {
      run();
    } catch (error) {
      faults.add('HTTP/2 connection, closing', error);
    }
  }
}

function onStreamZero(frame: string): ConnectionError {
  return new ConnectionError(errorCode.protocolError, `${frame} is sent on stream 0`);
}

function wrongSize(frame: string): ConnectionError {
  return new ConnectionError(errorCode.frameSizeError, `${frame} has a wrong size`);
}

function uint31(bytes: Uint8Array, at: number): number {
  return uint32At(bytes, at) & largestStream;
}
