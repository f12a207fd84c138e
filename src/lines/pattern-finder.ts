import type { Match, Pattern } from '../pattern/pattern.js';
import { ByteText } from './byte-text.js';
import { startOfUtf8 } from './complete-utf8.js';
import type { Following, LineFinder } from './line-finder.js';
import type { TextEncoding } from './text-encoding.js';

/** Bytes at the end of an overlong line that are searched again when more come: a match may have begun in them. */
const overlap = 4096;

export interface LinePattern {
  /** Whether lines begin with a match, or end with one. */
  readonly at: 'start' | 'end';
  readonly pattern: Pattern;
  /** Whether what matched is left out of the text. */
  readonly omit: boolean;
}

/** Lines of several lines, which begin or end where a pattern matches (`multiline`). */
export class PatternFinder implements LineFinder {
  start = 0;
  end = 0;
  after = 0;
  readonly #rule: LinePattern;
  readonly #text: ByteText;
  /** Characters begin at every second byte. */
  readonly #isWide: boolean;
  #bytes: Buffer = Buffer.alloc(0);
  #from = 0;
  #following: Following = 'later';
  /** Whether `#text` is that of the present bytes. */
  #isCurrent = false;

  constructor(rule: LinePattern, encoding: TextEncoding) {
    this.#rule = rule;
    this.#text = new ByteText(encoding);
    this.#isWide = encoding.unit !== 'byte';
  }

  begin(bytes: Buffer, from: number, following: Following): void {
    this.#bytes = bytes;
    this.#from = from;
    this.#following = following;
    this.#isCurrent = false;
  }

  find(from: number): boolean {
    if (from >= this.#bytes.length) return false;
    this.start = from;
    return this.#rule.at === 'start' ? this.#findStart(from) : this.#findEnd(from);
  }

  afterThis(from: number): number | undefined {
    const match = this.#search(this.#placeOf(from));
    if (match === undefined) return undefined;
    return this.#text.byteAt(this.#rule.at === 'start' ? match.start : match.end);
  }

  get unsettled(): number {
    const from = this.#from;
    const at = Math.max(from, this.#bytes.length - overlap);
    return this.#isWide ? at - ((at - from) % 2) : startOfUtf8(this.#bytes, from, at);
  }

  reset(): void {
    this.#isCurrent = false;
  }

  /** The line ends where the next match begins; text before the first match is a line of its own. */
  #findStart(from: number): boolean {
    const text = this.#text;
    const place = this.#placeOf(from);
    const first = this.#search(place);
    if (first === undefined) return false;
    if (first.start > place) {
      this.end = this.after = text.byteAt(first.start);
      return true;
    }
    // A match that may go on is looked at again when more has come.
    if (first.end >= text.text.length) return false;
    const second = this.#search(Math.max(first.end, place) + 1);
    if (second === undefined) return false;
    if (this.#rule.omit) this.start = text.byteAt(first.end);
    this.end = this.after = text.byteAt(second.start);
    return true;
  }

  /** The line ends with the first match that is not empty at its beginning. */
  #findEnd(from: number): boolean {
    const text = this.#text;
    const place = this.#placeOf(from);
    let match = this.#search(place);
    if (match !== undefined && match.end === place) match = this.#search(place + 1);
    if (match === undefined) return false;
    if (match.end >= text.text.length && this.#following === 'more') return false;
    this.end = text.byteAt(this.#rule.omit ? match.start : match.end);
    this.after = text.byteAt(match.end);
    return true;
  }

  #search(place: number): Match | undefined {
    return place > this.#text.text.length ? undefined : this.#rule.pattern.find(this.#text.text, place);
  }

  #placeOf(from: number): number {
    const place = this.#isCurrent ? this.#text.placeOf(from) : undefined;
    if (place !== undefined) return place;
    this.#text.set(this.#bytes, from);
    this.#isCurrent = true;
    return 0;
  }
}
