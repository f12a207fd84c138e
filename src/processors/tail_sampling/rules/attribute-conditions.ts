import type { ValueView } from '../../../otlp/view/value.js';
import type { Word64 } from '../../../otlp/view/word64.js';
import { isSet, setBit, type Bit } from './bits.js';
import type { PatternSet } from './pattern-set.js';
import type { TextSet } from './text-set.js';

/** Bounds of a whole number, both inclusive, in 64 bits of two's complement as 32-bit halves. */
export interface WholeRange {
  readonly lowest: Halves;
  readonly highest: Halves;
}

/** The upper half is signed, the lower one is not. */
interface Halves {
  readonly high: number;
  readonly low: number;
}

/** The conditions on the attributes with one key. Only a value of the type that is asked for counts. */
export class AttributeConditions {
  readonly #texts: { readonly bit: Bit; readonly texts: TextSet }[] = [];
  readonly #patterns: { readonly bit: Bit; readonly patterns: PatternSet }[] = [];
  readonly #numbers: { readonly bit: Bit; readonly range: WholeRange }[] = [];
  readonly #flags: { readonly bit: Bit; readonly flag: boolean }[] = [];

  addTexts(bit: Bit, texts: TextSet): void {
    this.#texts.push({ bit, texts });
  }

  addPatterns(bit: Bit, patterns: PatternSet): void {
    this.#patterns.push({ bit, patterns });
  }

  addNumbers(bit: Bit, range: WholeRange): void {
    this.#numbers.push({ bit, range });
  }

  addFlag(bit: Bit, flag: boolean): void {
    this.#flags.push({ bit, flag });
  }

  /**
   * Sets the bits of the conditions that a text satisfies.
   *
   * @param matchesEmpty - whether expressions can match an empty text: as in the Collector, that of a resource
   */
  readText(bytes: Uint8Array, start: number, end: number, matchesEmpty: boolean, found: Int32Array, at: number): void {
    for (const { bit, texts } of this.#texts) if (texts.has(bytes, start, end)) setBit(found, at, bit);
    if (start === end && !matchesEmpty) return;
    for (const { bit, patterns } of this.#patterns)
      if (!isSet(found, at, bit) && patterns.match(bytes, start, end)) setBit(found, at, bit);
  }

  /** The same for a value of any type. */
  readValue(value: ValueView, matchesEmpty: boolean, found: Int32Array, at: number): void {
    switch (value.type) {
      case 'string': {
        const { bytes, start, end } = value.string;
        this.readText(bytes, start, end, matchesEmpty, found, at);
        return;
      }
      case 'int': {
        const number = value.int;
        for (const { bit, range } of this.#numbers) if (isWithin(number, range)) setBit(found, at, bit);
        return;
      }
      case 'bool': {
        const given = value.bool;
        for (const { bit, flag } of this.#flags) if (flag === given) setBit(found, at, bit);
        return;
      }
      default:
    }
  }
}

function isWithin(number: Word64, { lowest, highest }: WholeRange): boolean {
  const high = number.high | 0;
  const { low } = number;
  if (high < lowest.high || (high === lowest.high && low < lowest.low)) return false;
  return high < highest.high || (high === highest.high && low <= highest.low);
}
