import { OwnedBytes } from '../batch.js';
import { MessageWriter } from '../build/message-writer.js';
import { Backing } from '../view/backing.js';
import type { MessageFields } from '../view/message-fields.js';
import { byteAt } from '../wire/at.js';
import { copyWords, mostByWords } from '../wire/copy-words.js';
import { dataViewOf } from '../wire/viewed-bytes.js';
import { varintSize, writeVarint } from '../wire/varint.js';
import type { FieldScratch } from './field-scratch.js';
import { Runs } from './runs.js';

/** Room for changes beside the bytes of a batch, at the least. */
const leastRoom = 4096;
const noWords = new DataView(new ArrayBuffer(0));

/**
 * The bytes of a batch while it is edited. Until the first change these are the batch's own; then a copy of them with
 * new bytes behind it: offsets into the batch stay true, and views read old and new bytes of one buffer.
 */
export class Overlay {
  readonly backing: Backing = new Backing();
  readonly runs: Runs = new Runs();
  /** Emptied by `begin`; its bytes become a run with `take`. */
  readonly writer: MessageWriter = new MessageWriter();
  #own: OwnedBytes<Buffer> | undefined;
  #words: DataView = noWords;
  #end = 0;

  open(bytes: Uint8Array): void {
    this.close();
    this.backing.bytes = bytes;
    this.#end = bytes.length;
  }

  /** Lets go of the batch and returns the copy's memory. Views read nothing from now on. */
  close(): void {
    this.backing.drop();
    this.runs.clear();
    this.writer.reset();
    this.#own?.release();
    this.#own = undefined;
    this.#words = noWords;
  }

  /** Behind the last byte, which is where the last run that was taken ends. */
  get end(): number {
    return this.#end;
  }

  /** The writer, empty whatever an attempt that threw has left in it. */
  begin(): MessageWriter {
    this.writer.reset();
    return this.writer;
  }

  /** Moves fields of a view to the message that is a list of runs. */
  show(list: number, fields: MessageFields): void {
    const { runs } = this;
    let isFirst = true;
    fields.clear();
    for (let run = runs.first(list); run !== 0; run = runs.next(run)) {
      if (runs.to(run) === runs.from(run)) continue;
      if (isFirst) fields.move(this.backing, runs.from(run), runs.to(run));
      else fields.extend(runs.from(run), runs.to(run));
      isFirst = false;
    }
  }

  /** Writes the bytes of a list. */
  writeList(list: number): void {
    const { runs, writer } = this;
    const { bytes } = this.backing;
    for (let run = runs.first(list); run !== 0; run = runs.next(run))
      writer.rawRun(bytes, runs.from(run), runs.to(run));
  }

  /** Adds the writer's bytes behind the others, and returns where they begin; they end at `end`. */
  take(): number {
    const from = this.#end;
    const { size } = this.writer;
    this.#end = this.writer.finishInto(this.#room(size), from);
    return from;
  }

  /** Adds a field behind the others and returns where it begins; it ends at `end`. */
  add({ bytes, words, length }: FieldScratch): number {
    const from = this.#end;
    const own = this.#room(length);
    if (length > mostByWords) this.#end += bytes.copy(own, from, 0, length);
    else this.#end = copyWords(words, 0, length, this.#words, from);
    return from;
  }

  /** Gives back the bytes from `from` on, to which nothing refers. */
  rewind(from: number): void {
    this.#end = from;
  }

  /** Adds a field whose value is the message of a list, and returns where it begins; it ends at `end`. */
  takeMessage(tag: number, list: number): number {
    const { runs } = this;
    const from = this.#end;
    const body = runs.length(list);
    const bytes = this.#room(varintSize(tag) + varintSize(body) + body);
    let at = writeVarint(bytes, writeVarint(bytes, from, tag), body);
    for (let run = runs.first(list); run !== 0; run = runs.next(run))
      at += bytes.copy(bytes, at, runs.from(run), runs.to(run));
    this.#end = at;
    return from;
  }

  /** Whether two runs have the same bytes. */
  isSame(from: number, to: number, start: number, end: number): boolean {
    const { bytes } = this.backing;
    if (to - from !== end - start) return false;
    for (let i = 0; i < to - from; i++) if (byteAt(bytes, from + i) !== byteAt(bytes, start + i)) return false;
    return true;
  }

  /** The copy, with room for `more` bytes. */
  #room(more: number): Buffer {
    const own = this.#own;
    const end = this.#end;
    if (own !== undefined && end + more <= own.bytes.length) return own.bytes;
    const larger = OwnedBytes.allocate(end + Math.max(leastRoom, end >> 2, more));
    larger.bytes.set(this.backing.bytes.subarray(0, end));
    own?.release();
    this.#own = larger;
    this.backing.bytes = larger.bytes;
    this.#words = dataViewOf(larger.bytes);
    return larger.bytes;
  }
}
