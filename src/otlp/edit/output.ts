import { copyRun } from '../build/message-writer.js';
import { writeVarint } from '../wire/varint.js';
import type { Overlay } from './overlay.js';

/** Fills a buffer with runs of an overlay; neighbours that stay neighbours are copied as one. */
export class Output {
  readonly #overlay: Overlay;
  readonly #source: Buffer;
  readonly #bytes: Buffer;
  #at = 0;
  /** A run that was not copied yet. */
  #from = 0;
  #to = 0;

  constructor(overlay: Overlay, bytes: Buffer) {
    const { buffer, byteOffset, byteLength } = overlay.backing.bytes;
    this.#overlay = overlay;
    this.#source = Buffer.from(buffer, byteOffset, byteLength);
    this.#bytes = bytes;
  }

  /** Adds bytes of the overlay. */
  copy(from: number, to: number): void {
    if (from !== this.#to) {
      this.#flush();
      this.#from = from;
    }
    this.#to = to;
  }

  copyList(list: number): void {
    const { runs } = this.#overlay;
    for (let run = runs.first(list); run !== 0; run = runs.next(run)) this.copy(runs.from(run), runs.to(run));
  }

  /** Begins a message: its tag and the length of its body. */
  begin(tag: number, length: number): void {
    this.#flush();
    this.#at = writeVarint(this.#bytes, writeVarint(this.#bytes, this.#at, tag), length);
  }

  /** Adds a message that is a list of runs. */
  message(tag: number, list: number): void {
    this.begin(tag, this.#overlay.runs.length(list));
    this.copyList(list);
  }

  /** The bytes; they are full. */
  finish(): Buffer {
    this.#flush();
    if (this.#at !== this.#bytes.length) throw new Error(`${this.#at} of ${this.#bytes.length} bytes were written`);
    return this.#bytes;
  }

  #flush(): void {
    this.#at = copyRun(this.#source, this.#from, this.#to, this.#bytes, this.#at);
    this.#from = this.#to = 0;
  }
}
