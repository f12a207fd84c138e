import type { Socket } from 'node:net';
import type { Clock } from '../../component/clock.js';
import { guard } from '../../component/fault.js';
import { correctTurn, turnFor } from '../../component/turn.js';
import type { LineSplitter } from '../../lines/line-splitter.js';
import { readShared } from '../../net/read-shared.js';
import { pieceBytes } from '../../otlp/work.js';
import type { NetEnd } from '../net-attributes.js';
import type { LineMemory } from './line-memory.js';

/** A part of a connection's bytes is worked off for so long, milliseconds, before others have their turn. */
const sliceMs = 2;
/** Lines between two looks at the clock. */
const linesAtOnce = 32;
/** Bytes of memory that a connection has for the beginning of a line, at least, and that it keeps for the next one. */
const leastBuffer = 4096;
const mostKept = 65_536;
/** A line of more bytes is searched for a pattern again when it has grown by this share, or has rested. */
const longForPattern = 4096;
const growth = 1.125;
/** Rest of a line before it is searched for a pattern, milliseconds; long ones rest in proportion to its cost. */
const restMs = 100;
const restPerMs = 200;

const noBytes: Buffer = Buffer.alloc(0);

/** The consumer of a listener's connections; a reload may put another one in its place. */
export interface LineTaker {
  /** False while lines should wait at their senders. */
  readonly hasRoom: boolean;
  /** Calls `run` once when there is room again; the returned function cancels. */
  onceRoom(run: () => void): () => void;
  /** `bytes[from, to)` is a line that is not empty, borrowed until the call returns. `isText`: it is valid UTF-8. */
  take(bytes: Buffer, from: number, to: number, isText: boolean, connection: LineConnection): void;
  /** A record was cut: there is no memory for a longer one, or the rest of a connection is longer than allowed. */
  cut(): void;
}

export interface LineConnectionParts {
  /** Memory for the beginnings of lines of all connections together. */
  readonly memory: LineMemory;
  readonly splitter: LineSplitter;
  /**
   * When lines are looked for: as bytes come; not as often, since a pattern has to search a line from its beginning; or
   * at the end alone, because all bytes of the connection are one record.
   */
  readonly search: 'at once' | 'by pattern' | 'at the end';
  /** Bytes of the longest line. */
  readonly maxBytes: number;
  readonly clock: Clock;
  /** The connection ends when it is silent for as long, milliseconds; Infinity: never. */
  readonly idleMs: number;
}

/** Reads lines from a connection. The beginnings of lines are kept, in memory that is bounded for all together. */
export class LineConnection {
  readonly socket: Socket;
  /** The ends of the connection, also when it is closed. */
  readonly peer: NetEnd;
  readonly host: NetEnd;
  readonly #parts: LineConnectionParts;
  /** The one behind the connections now. */
  readonly #taker: () => LineTaker;
  #buffer: Buffer = noBytes;
  #from = 0;
  #to = 0;
  /** Bytes of memory that are counted; a buffer of what came last, for want of memory, is not. */
  #reserved = 0;
  /** Bytes that a line must have before it is searched for a pattern again. */
  #worthwhile = 0;
  #cancelRest: (() => void) | undefined;
  #cancelIdle: (() => void) | undefined;
  #lastHeard: number;
  /** The end of the record was left out. */
  #isCut = false;
  #isWorking = false;
  #isPaused = false;
  #ended = false;
  #whenDone: (() => void)[] = [];
  /** Guarded, since nobody above them could catch an error. */
  readonly #searchLater: () => void;
  readonly #endIdle: () => void;
  readonly #goOnLater: () => void;
  readonly #end: () => void;

  constructor(socket: Socket, parts: LineConnectionParts, taker: () => LineTaker) {
    this.socket = socket;
    this.peer = { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 };
    this.host = { address: socket.localAddress ?? '', port: socket.localPort ?? 0 };
    this.#parts = parts;
    this.#taker = taker;
    this.#lastHeard = parts.clock.now();
    const failed = (): void => this.#fail();
    this.#searchLater = guard('line connection, rest', () => this.#search(), failed);
    this.#endIdle = guard('line connection, idle', () => this.#watchIdle(), failed);
    this.#goOnLater = guard('line connection, later lines', () => this.#workLater(), failed);
    readShared(
      socket,
      guard('line connection', (bytes: Uint8Array) => this.#onBytes(bytes as Buffer), failed),
    );
    socket.on('error', () => {});
    this.#end = guard('line connection, end', () => this.#onEnd(), failed);
    socket.once('end', this.#end);
    socket.once('close', this.#end);
    this.#watchIdle();
    this.pauseWhileFull();
  }

  /** Reads no further while there is no room. */
  pauseWhileFull(): void {
    const pause = this.#isWorking || !this.#taker().hasRoom;
    if (pause === this.#isPaused) return;
    this.#isPaused = pause;
    if (pause) this.socket.pause();
    else this.socket.resume();
  }

  /** Reads no more: what has arrived becomes lines, the last one as it is. */
  end(): void {
    this.#end();
    this.socket.destroy();
  }

  /** Resolves when everything that was read has been taken. */
  done(): Promise<void> {
    return this.#ended && !this.#isWorking ? Promise.resolve() : new Promise((resolve) => this.#whenDone.push(resolve));
  }

  #onBytes(bytes: Buffer): void {
    if (this.#ended) return;
    this.#lastHeard = this.#parts.clock.now();
    if (this.#isWorking || this.#to > this.#from || this.#parts.search === 'at the end') {
      this.#append(bytes, 0, this.#lengthOf(bytes));
      if (!this.#isWorking && this.#isWorthSearching()) this.#work();
      return;
    }
    const { splitter } = this.#parts;
    splitter.begin(bytes, 0, bytes.length, 'later');
    const done = this.#takeLines(bytes);
    this.#append(bytes, splitter.rest, bytes.length);
    if (done) this.#settleRest();
    else this.#goOnLater();
    this.pauseWhileFull();
  }

  /** How many of the bytes are wanted: nothing behind the longest record of a connection that is one. */
  #lengthOf({ length }: Buffer): number {
    const { search, maxBytes } = this.#parts;
    if (search !== 'at the end') return length;
    const wanted = Math.min(length, maxBytes - (this.#to - this.#from));
    if (wanted < length && !this.#isCut) this.#taker().cut();
    this.#isCut ||= wanted < length;
    return wanted;
  }

  /** A fault of ours: what has not become a line is given up, and nothing waits for it. */
  #fail(): void {
    this.#ended = true;
    this.#isWorking = false;
    this.#cancelRest?.();
    this.#cancelIdle?.();
    this.#drop();
    for (const resolve of this.#whenDone.splice(0)) resolve();
    this.socket.destroy();
  }

  #onEnd(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#cancelRest?.();
    this.#cancelIdle?.();
    if (!this.#isWorking) this.#work();
  }

  /** Takes the lines that are complete, for one slice of time. */
  #work(): void {
    this.#begin();
    if (this.#takeLines(this.#buffer)) this.#settleRest();
    else this.#goOnLater();
    this.pauseWhileFull();
  }

  async #workLater(): Promise<void> {
    this.#isWorking = true;
    this.pauseWhileFull();
    for (let done = false; !done;) {
      const { hasRoom } = this.#taker();
      if (!hasRoom) await new Promise<void>((resolve) => void this.#taker().onceRoom(resolve));
      const turn = turnFor(pieceBytes);
      if (turn) await turn;
      const began = performance.now();
      this.#begin();
      done = this.#takeLines(this.#buffer);
      correctTurn(pieceBytes, (performance.now() - began) * 1e6);
    }
    this.#isWorking = false;
    this.#settleRest();
    if (!this.#ended) this.pauseWhileFull();
  }

  #begin(): void {
    this.#parts.splitter.begin(this.#buffer, this.#from, this.#to, this.#ended ? 'nothing' : 'later');
  }

  /** False: time is over before the lines are. */
  #takeLines(bytes: Buffer): boolean {
    const { splitter } = this.#parts;
    const taker = this.#taker();
    const over = performance.now() + sliceMs;
    let lines = 0;
    let done = true;
    while (splitter.next()) {
      if (splitter.end > splitter.start) taker.take(bytes, splitter.start, splitter.end, splitter.isText, this);
      if (++lines % linesAtOnce === 0 && performance.now() > over) {
        done = false;
        break;
      }
    }
    if (bytes === this.#buffer) this.#from = splitter.rest;
    return done;
  }

  /** The rest is the beginning of a line, or nothing. */
  #settleRest(): void {
    const left = this.#to - this.#from;
    if (left === 0) this.#drop();
    if (this.#ended) for (const resolve of this.#whenDone.splice(0)) resolve();
    else if (this.#parts.search === 'by pattern') this.#worthwhile = left < longForPattern ? 0 : left * growth;
  }

  #isWorthSearching(): boolean {
    const { search } = this.#parts;
    if (search === 'at the end') return this.#ended;
    if (search === 'at once' || this.#to - this.#from >= this.#worthwhile) return true;
    this.#cancelRest ??= this.#parts.clock.after(restMs, this.#searchLater);
    return false;
  }

  #search(): void {
    this.#cancelRest = undefined;
    if (this.#isWorking || this.#ended) return;
    const began = performance.now();
    this.#work();
    const cost = performance.now() - began;
    // Not before it was worth it again.
    this.#cancelRest = this.#parts.clock.after(Math.max(restMs, cost * restPerMs), () => this.#endRest());
  }

  /** It may be worth it again. */
  #endRest(): void {
    this.#cancelRest = undefined;
    if (this.#to > this.#from && !this.#isWorking) this.#isWorthSearching();
  }

  #append(bytes: Buffer, from: number, to: number): void {
    const length = to - from;
    if (length === 0) return;
    if (this.#to + length > this.#buffer.length) this.#makeRoom(length);
    bytes.copy(this.#buffer, this.#to, from, to);
    this.#to += length;
  }

  #makeRoom(length: number): void {
    const left = this.#to - this.#from;
    if (left + length > this.#buffer.length) {
      const size = 2 ** Math.ceil(Math.log2(Math.max(leastBuffer, left + length)));
      if (!this.#parts.memory.reserve(size - this.#reserved)) return this.#cut(length);
      this.#reserved = size;
      const larger = Buffer.allocUnsafeSlow(size);
      this.#buffer.copy(larger, 0, this.#from, this.#to);
      this.#buffer = larger;
    } else this.#buffer.copy(this.#buffer, 0, this.#from, this.#to);
    this.#from = 0;
    this.#to = left;
  }

  /** Makes a line of what there is, for want of memory, and room for what comes. */
  #cut(length: number): void {
    const { splitter } = this.#parts;
    const taker = this.#taker();
    taker.cut();
    splitter.begin(this.#buffer, this.#from, this.#to, 'nothing');
    while (splitter.next())
      if (splitter.end > splitter.start) taker.take(this.#buffer, splitter.start, splitter.end, splitter.isText, this);
    this.#release();
    this.#buffer = Buffer.allocUnsafeSlow(length);
    this.#from = this.#to = 0;
  }

  #drop(): void {
    this.#from = this.#to = 0;
    if (this.#buffer.length > mostKept || this.#ended) this.#release();
  }

  #release(): void {
    this.#parts.memory.release(this.#reserved);
    this.#reserved = 0;
    this.#buffer = noBytes;
  }

  #watchIdle(): void {
    const { idleMs, clock } = this.#parts;
    if (idleMs === Infinity) return;
    const left = this.#lastHeard + idleMs - clock.now();
    if (left <= 0) this.end();
    else this.#cancelIdle = clock.after(left, this.#endIdle);
  }
}
