import { at32 } from '../../../otlp/wire/at.js';

/** Where the answer to a condition stands in the found words of a trace. */
export interface Bit {
  readonly word: number;
  readonly mask: number;
}

export function bitOf(condition: number): Bit {
  return { word: condition >>> 5, mask: 1 << (condition & 31) };
}

export function isSet(found: Int32Array, at: number, bit: Bit): boolean {
  return (at32(found, at + bit.word) & bit.mask) !== 0;
}

export function setBit(found: Int32Array, at: number, bit: Bit): void {
  found[at + bit.word] = at32(found, at + bit.word) | bit.mask;
}
