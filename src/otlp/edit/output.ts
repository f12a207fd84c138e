import { copyWords, mostByWords } from '../wire/copy-words.js';
import { dataViewOf } from '../wire/viewed-bytes.js';
import { writeVarint } from '../wire/varint.js';
import type { Runs } from './runs.js';

/** New bytes of which runs stand behind those of a batch: offsets from `base` on are theirs. */
export interface NewBytes {
  readonly base: number;
  readonly bytes: Buffer;
}

/** Fills a buffer with runs; neighbours that stay neighbours are copied as one. */
export class Output {
  readonly runs: Runs;
  readonly #source: Buffer;
  readonly #sourceWords: DataView;
  readonly #added: NewBytes | undefined;
  readonly #addedWords: DataView | undefined;
  #bytes: Buffer = Buffer.alloc(0);
  #words: DataView = dataViewOf(this.#bytes);
  #at = 0;
  /** A run that was not copied yet. */
  #from = 0;
  #to = 0;

  /** @param added - undefined when all runs are of `source` */
  constructor(runs: Runs, source: Uint8Array, added?: NewBytes) {
    this.runs = runs;
    this.#source = Buffer.from(source.buffer, source.byteOffset, source.byteLength);
    this.#sourceWords = dataViewOf(source);
    this.#added = added;
    this.#addedWords = added && dataViewOf(added.bytes);
  }

  open(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#words = dataViewOf(bytes);
    this.#at = this.#from = this.#to = 0;
  }

  /** Adds bytes that a run stands for. */
  copy(from: number, to: number): void {
    if (from !== this.#to) {
      this.#flush();
      this.#from = from;
    }
    this.#to = to;
  }

  copyList(list: number): void {
    const { runs } = this;
    for (let run = runs.first(list); run !== 0; run = runs.next(run)) this.copy(runs.from(run), runs.to(run));
  }

  /** Begins a message: its tag and the length of its body. */
  begin(tag: number, length: number): void {
    this.#flush();
    this.#at = writeVarint(this.#bytes, writeVarint(this.#bytes, this.#at, tag), length);
  }

  /** Adds a message that is a list of runs. */
  message(tag: number, list: number): void {
    this.begin(tag, this.runs.length(list));
    this.copyList(list);
  }

  /** The bytes; they are full. */
  finish(): Buffer {
    this.#flush();
    if (this.#at !== this.#bytes.length) throw new Error(`${this.#at} of ${this.#bytes.length} bytes were written`);
    return this.#bytes;
  }

  #flush(): void {
    const added = this.#added;
    const length = this.#to - this.#from;
    const isAdded = added !== undefined && this.#from >= added.base;
    const from = isAdded ? this.#from - added.base : this.#from;
    if (length > mostByWords)
      this.#at += (isAdded ? added.bytes : this.#source).copy(this.#bytes, this.#at, from, from + length);
    else {
      const source = (isAdded ? this.#addedWords : undefined) ?? this.#sourceWords;
      this.#at = copyWords(source, from, from + length, this.#words, this.#at);
    }
    this.#from = this.#to = 0;
  }
}
