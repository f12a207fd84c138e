import type { MessageView } from '../../../otlp/view/message.js';
import type { Range } from '../../../otlp/view/range.js';
import type { InPieces } from '../../../otlp/work.js';
import { byteAt } from '../../../otlp/wire/at.js';
import { quoted } from './quoted.js';

/**
 * Writes a part of a text to a page and yields whenever that is full: a text of any length then takes the memory of one
 * page, and other work goes on in between.
 */
export type Writing = InPieces<void>;

/** Bytes of a long text of a sender that become a string at a time: a multiple of three, for base64. */
const sliceBytes = 48 * 1024;
/** Bytes that are read in the time that one character takes. */
const bytesPerCharacter = 4;
/** The cost of a message beside its bytes, in bytes that are read. */
const perMessage = 128;

/** How bytes of a sender are shown. */
interface Form {
  /** Bytes are cut only where a character begins. */
  readonly ofCharacters: boolean;
  show(bytes: Buffer, from: number, to: number): string;
}

const plain: Form = { ofCharacters: true, show: (bytes, from, to) => bytes.toString('utf8', from, to) };
const inJson: Form = {
  ofCharacters: true,
  show: (bytes, from, to) => quoted(bytes.toString('utf8', from, to)).slice(1, -1),
};
const base64: Form = { ofCharacters: false, show: (bytes, from, to) => bytes.toString('base64', from, to) };

/** The part of a long text that was not taken yet: `[from, to)`. */
interface LongText {
  readonly bytes: Buffer;
  from: number;
  readonly to: number;
  readonly form: Form;
}

/** The part of a text that is written and not yet taken. Long texts of senders stay bytes of the batch until then. */
export class TextPage {
  readonly #size: number;
  readonly #slice: number;
  /** In order; behind them comes `#text`. */
  readonly #parts: (string | LongText)[] = [];
  #text = '';
  /** Characters of all that, about. */
  #length = 0;
  #bytesRead = 0;
  #bytes: Buffer = Buffer.alloc(0);
  /** Spans, data points, log records or samples whose text is complete. */
  shown = 0;

  /**
   * @param size - characters of a piece, about
   * @param slice - bytes of a long text that become a string at a time
   */
  constructor(size: number, slice: number = sliceBytes) {
    this.#size = size;
    this.#slice = slice;
  }

  /** A piece is to be taken before more is written. */
  get isFull(): boolean {
    return this.#length + this.#bytesRead / bytesPerCharacter >= this.#size;
  }

  get isEmpty(): boolean {
    return this.#text === '' && this.#parts.length === 0;
  }

  add(text: string): void {
    this.#text += text;
    this.#length += text.length;
  }

  /** A text of a sender, as it is. */
  addText(range: Range): void {
    this.#add(range, plain);
  }

  /** A text of a sender as one of JSON, with quotes. */
  addQuoted(range: Range): void {
    this.add('"');
    this.#add(range, inJson);
    this.add('"');
  }

  addBase64(range: Range): void {
    this.#add(range, base64);
  }

  /** Counts bytes that are read, or a work that takes as long, whether or not text comes from it. */
  read(bytes: number): void {
    this.#bytesRead += bytes;
  }

  /** Counts a search through the fields of a message. */
  readMessage(message: MessageView): void {
    this.#bytesRead += perMessage + message.end - message.start;
  }

  /** Takes about a piece, up to the end of a line unless the line is longer. The text behind that stays. */
  take(): string {
    let text = '';
    do text += this.#takePart();
    while (text.length < this.#size && !this.isEmpty);
    const end = text.lastIndexOf('\n') + 1;
    if (end < text.length && (end > 0 || text.length < this.#size)) {
      this.#parts.unshift(text.slice(end));
      text = text.slice(0, end);
    }
    this.#bytesRead = 0;
    this.#length = this.#text.length;
    for (const part of this.#parts) this.#length += typeof part === 'string' ? part.length : part.to - part.from;
    return text;
  }

  #add(range: Range, form: Form): void {
    const { bytes, start, end } = range;
    if (end === start) return;
    if (bytes.buffer !== this.#bytes.buffer || bytes.byteOffset !== this.#bytes.byteOffset)
      this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (end - start <= this.#slice) {
      this.add(form.show(this.#bytes, start, end));
      return;
    }
    this.#parts.push(this.#text, { bytes: this.#bytes, from: start, to: end, form });
    this.#text = '';
    this.#length += end - start;
  }

  #takePart(): string {
    const [part] = this.#parts;
    if (part === undefined || typeof part === 'string') {
      this.#parts.shift();
      if (part !== undefined) return part;
      const text = this.#text;
      this.#text = '';
      return text;
    }
    const { bytes, from, to, form } = part;
    const end = Math.min(to, from + this.#slice);
    part.from = form.ofCharacters && end < to ? characterAt(bytes, end) : end;
    if (part.from === to) this.#parts.shift();
    return form.show(bytes, from, part.from);
  }
}

const isContinuation = (byte: number): boolean => (byte & 0xc0) === 0x80;

/** The last place up to `at` at which no character of UTF-8 is cut. */
function characterAt(bytes: Buffer, at: number): number {
  for (let place = at; place > at - 4; place--) if (!isContinuation(byteAt(bytes, place))) return place;
  // No character has so many bytes: what stands here is none.
  return at;
}
