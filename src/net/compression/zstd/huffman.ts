import { at32, byteAt } from '../../../otlp/wire/at.js';
import { corruptZstd } from './corrupt.js';
import { FseTable } from './fse.js';
import { lastBit, literals, packed, packedWords } from './scratch.js';

/** The longest code, bits (RFC 8878, 4.2.1). */
const longest = 11;
/** The table of weights is no larger, bits. */
const weightsLog = 6;

const weights = new Uint8Array(256);
const weightTable = new FseTable(weightsLog);
/** How many symbols have each weight, then where their part of the table is. */
const ranks = new Uint32Array(longest + 2);

/** A table of Huffman codes for literals. */
export class HuffmanTable {
  /** By the next bits: the length of the code in bits 0-7, and its symbol in 8-15. */
  readonly #entries = new Uint16Array(1 << longest);
  /** The length of the longest code, bits; 0 while there is no table. */
  log = 0;

  /** Reads the description of a table from `packed[from..end)`: where it ends. Throws when it is not sound. */
  read(from: number, end: number): number {
    if (from >= end) corruptZstd('invalid literals');
    const head = byteAt(packed, from++);
    if (head < 128) {
      const next = from + head;
      if (next > end) corruptZstd('invalid literals');
      this.#build(readWeights(from, next));
      return next;
    }
    const count = head - 127;
    const next = from + ((count + 1) >> 1);
    if (next > end) corruptZstd('invalid literals');
    for (let i = 0; i < count; i++) {
      const two = byteAt(packed, from + (i >> 1));
      weights[i] = (i & 1) === 0 ? two >> 4 : two & 15;
    }
    this.#build(count);
    return next;
  }

  /** Builds the table of so many weights; the last one follows from the others. */
  #build(count: number): void {
    ranks.fill(0);
    let sum = 0;
    for (let s = 0; s < count; s++) {
      const weight = byteAt(weights, s);
      if (weight > longest) corruptZstd('invalid literals');
      ranks[weight] = (ranks[weight] as number) + 1;
      sum += (1 << weight) >> 1;
    }
    if (sum === 0) corruptZstd('invalid literals');
    const log = 32 - Math.clz32(sum);
    const left = (1 << log) - sum;
    if (log > longest || (left & (left - 1)) !== 0) corruptZstd('invalid literals');
    const last = 32 - Math.clz32(left);
    weights[count] = last;
    ranks[last] = (ranks[last] as number) + 1;
    const lowest = ranks[1] as number;
    if (lowest < 2 || (lowest & 1) !== 0) corruptZstd('invalid literals');
    let at = 0;
    for (let weight = 1; weight <= log; weight++) {
      const symbols = ranks[weight] as number;
      ranks[weight] = at;
      at += symbols << (weight - 1);
    }
    for (let s = 0; s <= count; s++) {
      const weight = byteAt(weights, s);
      if (weight === 0) continue;
      const begin = ranks[weight] as number;
      const next = begin + (1 << (weight - 1));
      this.#entries.fill((s << 8) | (log + 1 - weight), begin, next);
      ranks[weight] = next;
    }
    this.log = log;
  }

  /** Decodes the stream in `packed[from..end)` to `literals[at..until)`. Throws when it is not sound. */
  decode(from: number, end: number, at: number, until: number): void {
    const table = this.#entries;
    const { log } = this;
    const mask = (1 << log) - 1;
    const start = from * 8;
    let bit = lastBit(from, end);
    if (bit < start) corruptZstd('invalid literals');
    // Two at a time: a word of 32 bits has all of both.
    for (const pairs = until - 1; at < pairs && bit >= start; at += 2) {
      const low = bit - 2 * log;
      const both = packedWords.getInt32(low >> 3, true) >>> (low & 7);
      const one = table[(both >>> log) & mask] as number;
      const other = table[(both >>> (log - (one & 255))) & mask] as number;
      literals[at] = one >> 8;
      literals[at + 1] = other >> 8;
      bit -= (one & 255) + (other & 255);
    }
    for (; at < until && bit >= start; at++) {
      const low = bit - log;
      const entry = table[(packedWords.getInt32(low >> 3, true) >>> (low & 7)) & mask] as number;
      literals[at] = entry >> 8;
      bit -= entry & 255;
    }
    if (bit !== start) corruptZstd('invalid literals');
  }
}

/** Reads compressed weights from `packed[from..end)`: how many. They come from two states in turn. */
function readWeights(from: number, end: number): number {
  const stream = weightTable.read(from, end, weightsLog, longest + 2);
  const { entries, log } = weightTable;
  const start = stream * 8;
  let bit = lastBit(stream, end) - 2 * log;
  if (bit < start) corruptZstd('invalid literals');
  let one = (packedWords.getInt32((bit + log) >> 3, true) >>> ((bit + log) & 7)) & ((1 << log) - 1);
  let other = (packedWords.getInt32(bit >> 3, true) >>> (bit & 7)) & ((1 << log) - 1);
  for (let count = 0; ;) {
    // A symbol for the last weight has to be left, which follows from the others.
    if (count > 253) corruptZstd('invalid literals');
    const entry = at32(entries, one);
    weights[count++] = entry;
    const bits = (entry >> 8) & 255;
    if (bit - bits < start) {
      weights[count++] = at32(entries, other);
      return count;
    }
    bit -= bits;
    const value = (packedWords.getInt32(bit >> 3, true) >>> (bit & 7)) & ((1 << bits) - 1);
    one = other;
    other = (entry >> 16) + value;
  }
}
