import { PatternError } from './pattern-error.js';

const endOfText = -8;
/** Steps allowed per UTF-16 unit, beside a base for short texts, of which one search by the backtracker takes many. */
const stepsPerUnit = 8;
const baseSteps = 300_000;

/**
 * A text as re2js reads it (its `MachineInput`), which counts the steps. One search takes linear time, but a search
 * for all matches may look far behind each of them; what takes too long together is given up.
 */
export class CountedText {
  readonly #text: string;
  #left: number;

  constructor(text: string) {
    this.#text = text;
    this.#left = text.length * stepsPerUnit + baseSteps;
  }

  /** The character at a place, shifted by three bits, and its length in the lowest three. */
  step(at: number): number {
    if (this.#left-- <= 0) throw new PatternError('the search for all matches in the text takes too long');
    const codePoint = this.#text.codePointAt(at);
    if (codePoint === undefined) return endOfText;
    return (codePoint << 3) | (codePoint > 0xffff ? 2 : 1);
  }

  endPos(): number {
    return this.#text.length;
  }

  /** How far from a place the text is that all matches begin with. */
  index(pattern: { readonly prefix: string }, at: number): number {
    const found = this.#text.indexOf(pattern.prefix, at);
    return found < 0 ? -1 : found - at;
  }

  prefixLength(pattern: { readonly prefix: string }): number {
    return pattern.prefix.length;
  }

  canCheckPrefix(): boolean {
    return true;
  }

  /** Whether a text that every match has stands behind a place: left open, as the answer reads the text each time. */
  hasString(): boolean {
    return true;
  }

  hasAnyString(): boolean {
    return true;
  }

  /** Which assertions hold between two characters, as bits. */
  context(at: number): number {
    const before = at > 0 ? this.#text.charCodeAt(at - 1) : -1;
    const after = at < this.#text.length ? this.#text.charCodeAt(at) : -1;
    const isBoundary = isWord(before) !== isWord(after);
    return (
      (before === -1 || before === newline ? beginLine : 0) |
      (before === -1 ? beginText : 0) |
      (after === -1 || after === newline ? endLine : 0) |
      (after === -1 ? endText : 0) |
      (isBoundary ? wordBoundary : noWordBoundary)
    );
  }
}

const newline = 10;
const beginLine = 1;
const endLine = 2;
const beginText = 4;
const endText = 8;
const wordBoundary = 16;
const noWordBoundary = 32;

function isWord(unit: number): boolean {
  return (unit >= 97 && unit <= 122) || (unit >= 65 && unit <= 90) || (unit >= 48 && unit <= 57) || unit === 95;
}
