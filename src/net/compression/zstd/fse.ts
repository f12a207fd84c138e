import { at32, byteAt } from '../../../otlp/wire/at.js';
import { corruptZstd } from './corrupt.js';
import { packed, packedWords } from './scratch.js';

/** The most symbols of an alphabet: 53 lengths of matches. */
const mostSymbols = 64;

/** Frequencies of the symbols of the table that is read or built; -1 stands for less than one. */
const counts = new Int16Array(mostSymbols);
/** How often each symbol was placed so far. */
const placed = new Uint16Array(mostSymbols);

/** A decoding table of finite state entropy (RFC 8878, 4.1). */
export class FseTable {
  /**
   * By state: the symbol in bits 0-7, the number of bits to read in 8-15, and what is added to them for the next state
   * in 16-31.
   */
  readonly entries: Int32Array;
  /** The binary logarithm of the number of states. */
  log = 0;

  constructor(mostLog: number) {
    this.entries = new Int32Array(1 << mostLog);
  }

  /** A table of one symbol that takes no bits. */
  repeat(symbol: number): void {
    this.entries[0] = symbol;
    this.log = 0;
  }

  /** Builds the table of a distribution that the format defines. */
  static of(log: number, distribution: readonly number[]): FseTable {
    const table = new FseTable(log);
    counts.set(distribution);
    table.#build(log, distribution.length);
    return table;
  }

  /**
   * Reads the description of a table of at most `mostLog` bits and `symbols` symbols from `packed[from..end)`, and
   * builds it: where it ends. Throws when it is not sound.
   */
  read(from: number, end: number, mostLog: number, symbols: number): number {
    let bit = from * 8;
    const log = (byteAt(packed, from) & 15) + 5;
    if (from >= end || log > mostLog) corruptZstd('invalid table');
    bit += 4;
    let remaining = (1 << log) + 1;
    let threshold = 1 << log;
    let bits = log + 1;
    let symbol = 0;
    while (remaining > 1 && symbol < symbols) {
      if (bit > end * 8) corruptZstd('invalid table');
      const most = 2 * threshold - 1 - remaining;
      const value = packedWords.getInt32(bit >> 3, true) >>> (bit & 7);
      let count = value & (threshold - 1);
      if (count < most) bit += bits - 1;
      else {
        count = value & (2 * threshold - 1);
        if (count >= threshold) count -= most;
        bit += bits;
      }
      count--;
      remaining -= Math.abs(count);
      counts[symbol++] = count;
      // Of zeros there follow more.
      for (let more = count === 0 ? 3 : 0; more === 3;) {
        more = (packedWords.getInt32(bit >> 3, true) >>> (bit & 7)) & 3;
        bit += 2;
        if (symbol + more > symbols) corruptZstd('invalid table');
        counts.fill(0, symbol, (symbol += more));
      }
      while (remaining < threshold) {
        bits--;
        threshold >>= 1;
      }
    }
    const next = (bit + 7) >> 3;
    if (remaining !== 1 || next > end) corruptZstd('invalid table');
    this.#build(log, symbol);
    return next;
  }

  #build(log: number, symbols: number): void {
    const { entries } = this;
    const size = 1 << log;
    const mask = size - 1;
    this.log = log;
    let high = size - 1;
    for (let s = 0; s < symbols; s++) {
      const count = counts[s] as number;
      placed[s] = count;
      if (count !== -1) continue;
      placed[s] = 1;
      entries[high--] = s;
    }
    const step = (size >> 1) + (size >> 3) + 3;
    let at = 0;
    for (let s = 0; s < symbols; s++) {
      for (let count = counts[s] as number; count > 0; count--) {
        entries[at] = s;
        do at = (at + step) & mask;
        while (at > high);
      }
    }
    for (let state = 0; state < size; state++) {
      const symbol = at32(entries, state);
      const nth = placed[symbol] as number;
      placed[symbol] = nth + 1;
      const bits = log - 31 + Math.clz32(nth);
      entries[state] = symbol | (bits << 8) | (((nth << bits) - size) << 16);
    }
  }
}
