import type { Clock } from '../component/clock.js';
import { correctTurn, turnFor } from '../component/turn.js';
import { EntryMap } from '../entries/entry-map.js';
import type { Following } from '../lines/line-finder.js';
import { LineSplitter, type SplitOptions } from '../lines/line-splitter.js';
import type { TextEncoding } from '../lines/text-encoding.js';
import { gzipSource, plainSource, readAt, type ByteSource } from './byte-source.js';
import { beginsWith } from './fingerprint.js';
import type { HeaderReader, LineWriter } from './line-writer.js';
import type { ReadPace } from './read-pace.js';
import type { TrackedFile } from './tracked-file.js';

/** Bytes that are read at once: a near cache holds them until they have become records. */
const mostRead = 256 * 1024;
/** Bytes of one file before others are read. */
const quota = 8 * 1024 * 1024;
/** Work that a turn is asked for, and the time after which another one is, milliseconds. */
const pieceWork = 256 * 1024;
const pieceMs = 2;
/** Bytes of a header: what comes behind them are records, whatever they match. */
const mostHeader = 256 * 1024;
/** Lines, and bytes of them, between two looks at the clock. */
const linesAtOnce = 32;
const bytesAtOnce = 64 * 1024;
/** Bytes of lines for which it was not worth asking whether a writer takes many. */
const fewBytes = 4096;

export interface ReadOptions {
  readonly split: SplitOptions;
  readonly encoding: TextEncoding;
  /** Bytes that are read of a file at first. */
  readonly firstRead: number;
}

export interface ReaderParts {
  readonly clock: Clock;
  readonly pace: ReadPace;
  readonly writer: LineWriter;
  readonly header: HeaderReader | undefined;
  /** Sends the batch when there is enough in it, and waits where the pipelines take no more. */
  fill(): Promise<void> | undefined;
  readonly isStopping: () => boolean;
}

/**
 * How a turn of reading ended: there is more, there is not for now, or a line is left whose end is missing. `failed`:
 * the file cannot be read.
 */
export type ReadEnd = 'more' | 'end' | 'tail' | 'failed';

/** Reads lines of one file after the other. Its memory is used for all of them. */
export class Reader {
  readonly #options: ReadOptions;
  readonly #parts: ReaderParts;
  readonly #splitter: LineSplitter;
  readonly #header: LineSplitter;
  #buffer: Buffer;
  #head: Buffer = Buffer.alloc(0);

  constructor(options: ReadOptions, parts: ReaderParts) {
    this.#options = options;
    this.#parts = parts;
    this.#splitter = new LineSplitter(options.split);
    this.#header = new LineSplitter({ ...options.split, multiline: undefined });
    this.#buffer = Buffer.allocUnsafeSlow(options.firstRead);
  }

  /** Reads on in a file that is open; `following`: what comes behind its end. Rejects when it cannot be read. */
  async read(file: TrackedFile, following: Following): Promise<ReadEnd> {
    const { handle } = file;
    if (!handle) return 'end';
    const source = file.isCompressed
      ? gzipSource(handle, file.member, file.size, file.offset)
      : plainSource(handle, file.offset, file.isLocal ? this.#parts.pace : undefined);
    try {
      return await this.#readFrom(source, file, following);
    } finally {
      await source.close();
      if (this.#buffer.length > 2 * mostRead) this.#buffer = Buffer.allocUnsafeSlow(this.#options.firstRead);
    }
  }

  async #readFrom(source: ByteSource, file: TrackedFile, behind: Following): Promise<ReadEnd> {
    const { epoch, offset: began } = file;
    const splitter = this.#splitter;
    splitter.reset(file.skipping);
    /** Of the file, where the buffer begins, and of the buffer, where its bytes end. */
    let base = began;
    let to = 0;
    for (;;) {
      const reading = source.read(this.#buffer, to);
      const read = typeof reading === 'number' ? reading : await reading;
      if (file.epoch !== epoch || this.#parts.isStopping()) return 'end';
      if (read > 0 && !file.isCompressed && !(await this.#isSame(file, base + to === 0 ? read : 0))) {
        if (file.slot) file.slot.isChanged = true;
        // At no path any more it would be read again and again.
        else file.readTo = file.size;
        return 'end';
      }
      const atEnd = to + read < this.#buffer.length;
      to += read;
      let from = 0;
      if (this.#parts.header && !file.header) {
        const first = this.#readHeader(file, to);
        if (first === undefined && !atEnd) {
          this.#enlarge();
          continue;
        }
        if (first === undefined) return this.#end(file, base + to, 'end');
        from = first;
        file.offset = base + from;
        file.done = file.progress;
      }
      splitter.begin(this.#buffer, from, to, atEnd ? behind : 'more');
      await this.#write(file, base, to);
      if (file.epoch !== epoch) return 'end';
      const { rest } = splitter;
      file.offset = base + rest;
      file.skipping = splitter.skipping;
      if (atEnd) return this.#end(file, base + to, rest < to ? 'tail' : 'end');
      if (file.offset - began >= quota && !file.isCompressed) return 'more';
      this.#buffer.copyWithin(0, rest, to);
      base += rest;
      to -= rest;
      if (this.#buffer.length < mostRead || to > this.#buffer.length / 2) this.#enlarge();
    }
  }

  /**
   * Whether the file still began with its first bytes after some were read. Otherwise it was truncated and written anew
   * since it was looked at, and these are another file's: they would count as lines of this one, which a copy still
   * has. `first`: so many bytes of the buffer are the first ones of the file, as they were read now.
   */
  async #isSame({ handle, fingerprint, isLocal }: TrackedFile, first: number): Promise<boolean> {
    const { length } = fingerprint;
    if (first >= length) return beginsWith(this.#buffer, fingerprint);
    if (!handle) return false;
    if (this.#head.length !== length) this.#head = Buffer.allocUnsafeSlow(length);
    const head = this.#head;
    const reading = readAt(handle, head, 0, 0, isLocal ? this.#parts.pace : undefined);
    const read = typeof reading === 'number' ? reading : await reading;
    return read === length && beginsWith(head, fingerprint);
  }

  #end(file: TrackedFile, position: number, end: 'tail' | 'end'): ReadEnd {
    const { isCompressed, size } = file;
    file.readTo = isCompressed ? size : position;
    const isDone = end === 'end' && (this.#parts.header === undefined || file.header !== undefined);
    // The places of lines that are held back count from the member that they are in.
    if (isDone && isCompressed && this.#parts.writer.oldestHeld(file) === undefined) {
      file.member = size;
      file.offset = 0;
    }
    return end;
  }

  /** Writes the whole lines of the buffer, in as many turns as it takes. */
  async #write(file: TrackedFile, base: number, to: number): Promise<void> {
    const splitter = this.#splitter;
    const { writer, fill } = this.#parts;
    const bytes = this.#buffer;
    /** Lines that are taken one by one before the writer is asked again whether it takes many. */
    let single = 1;
    for (let more = true; more && to > 0;) {
      const turn = turnFor(pieceWork);
      if (turn) await turn;
      const began = performance.now();
      let full: Promise<void> | undefined;
      while (more && full === undefined && performance.now() - began < pieceMs) {
        const end = splitter.rest + bytesAtOnce;
        writer.observedMs = this.#parts.clock.unixMs();
        const isNextSingle = writer.writeMany?.(file, bytes, splitter) ?? true;
        single = splitter.rest > end - bytesAtOnce + fewBytes ? 1 : Math.min(linesAtOnce, single * 2);
        const most = isNextSingle ? single : 0;
        for (let lines = 0; lines < most && splitter.rest < end && (more = splitter.next()); lines++) {
          const position = base + splitter.from;
          file.records++;
          if (writer.holds) file.lines.push(position);
          if (splitter.end > splitter.start) writer.write(file, bytes, splitter, position);
        }
        file.offset = base + splitter.rest;
        file.skipping = splitter.skipping;
        const work = writer.settle?.(file);
        full = work ? work.then(fill) : fill();
      }
      correctTurn(pieceWork, (performance.now() - began) * 1e6);
      if (full) await full;
    }
  }

  /** Reads the lines at the beginning that are a header; where they end, or undefined when that is not there yet. */
  #readHeader(file: TrackedFile, to: number): number | undefined {
    const { header } = this.#parts;
    const splitter = this.#header;
    const attributes = new EntryMap();
    splitter.reset();
    splitter.begin(this.#buffer, 0, to, 'later');
    while (splitter.next()) {
      const line = this.#options.encoding.decode(this.#buffer, splitter.start, splitter.end);
      if (header?.isHeader(line) !== true) {
        file.header = attributes;
        return splitter.from;
      }
      header.read(line, attributes);
    }
    if (to < mostHeader) return undefined;
    file.header = attributes;
    return splitter.rest;
  }

  #enlarge(): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(mostRead, this.#buffer.length * 2));
    this.#buffer.copy(larger);
    this.#buffer = larger;
  }
}
