import { put } from './bits';
import { buildCodes, buildLengths } from './huffman';
import {
  CODE_CODE,
  CODE_FREQUENCY,
  CODE_LENGTH,
  DISTANCE_LENGTH,
  DISTANCE_SYMBOLS,
  HEADER,
  LITERAL_LENGTH,
  LITERAL_SYMBOLS,
  count,
} from './layout';

const SYMBOLS: u32 = 19;

// The plan: how many lengths of each alphabet are listed, and where the run-length coded ones end.
let literals: u32 = 0;
let distances: u32 = 0;
let codes: u32 = 0;
let end: usize = 0;

/** The order in which the format lists code length codes: 16, 17, 18, 0, 8, 7, 9, ... */
@inline
function listed(index: u32): u32 {
  if (index < 3) return 16 + index;
  if (index == 3) return 0;
  return index & 1 ? 8 - ((index - 3) >> 1) : 8 + ((index - 4) >> 1);
}

/** Extra bits of the symbols that stand for a run. */
@inline
function extraBits(symbol: u32): u32 {
  return symbol < 16 ? 0 : symbol == 16 ? 2 : symbol == 17 ? 3 : 7;
}

function emit(symbol: u32, extra: u32): void {
  store<u32>(end, symbol | (extra << 8));
  end += 4;
  count(CODE_FREQUENCY + (<usize>symbol << 2));
}

function lastUsed(lengths: usize, symbols: u32, least: u32): u32 {
  while (symbols > least && load<u32>(lengths + (<usize>symbols << 2) - 4) == 0) symbols--;
  return symbols;
}

function lengthAt(index: u32): u32 {
  return index < literals
    ? load<u32>(LITERAL_LENGTH + (<usize>index << 2))
    : load<u32>(DISTANCE_LENGTH + (<usize>(index - literals) << 2));
}

/** Run-length codes the code lengths and returns the size of the whole block header in bits. */
export function planHeader(): u32 {
  literals = lastUsed(LITERAL_LENGTH, LITERAL_SYMBOLS, 257);
  distances = lastUsed(DISTANCE_LENGTH, DISTANCE_SYMBOLS, 1);
  memory.fill(CODE_FREQUENCY, 0, 4 * SYMBOLS);
  end = HEADER;
  const total = literals + distances;
  let i: u32 = 0;
  while (i < total) {
    const length = lengthAt(i);
    let run: u32 = 1;
    while (i + run < total && lengthAt(i + run) == length) run++;
    i += run;
    if (length == 0) {
      while (run >= 11) {
        const part = min<u32>(run, 138);
        emit(18, part - 11);
        run -= part;
      }
      if (run >= 3) {
        emit(17, run - 3);
        run = 0;
      }
    } else {
      emit(length, 0);
      run--;
      while (run >= 3) {
        const part = min<u32>(run, 6);
        emit(16, part - 3);
        run -= part;
      }
    }
    while (run-- > 0) emit(length, 0);
  }
  buildLengths(CODE_FREQUENCY, CODE_LENGTH, SYMBOLS, 7);
  codes = SYMBOLS;
  while (codes > 4 && load<u32>(CODE_LENGTH + (<usize>listed(codes - 1) << 2)) == 0) codes--;
  let bits = 17 + 3 * codes;
  for (let symbol: u32 = 0; symbol < SYMBOLS; symbol++) {
    const length = load<u32>(CODE_LENGTH + (<usize>symbol << 2)) + extraBits(symbol);
    bits += load<u32>(CODE_FREQUENCY + (<usize>symbol << 2)) * length;
  }
  return bits;
}

/** Writes the planned header of a dynamic block. */
export function writeHeader(last: u32): void {
  buildCodes(CODE_LENGTH, CODE_CODE, SYMBOLS);
  put(last | (2 << 1) | ((literals - 257) << 3) | ((distances - 1) << 8) | ((codes - 4) << 13), 17);
  for (let i: u32 = 0; i < codes; i++) put(load<u32>(CODE_LENGTH + (<usize>listed(i) << 2)), 3);
  for (let at = HEADER; at < end; at += 4) {
    const item = load<u32>(at);
    const symbol = item & 255;
    const code = load<u32>(CODE_CODE + (<usize>symbol << 2));
    const bits = code & 255;
    put((code >> 8) | ((item >> 8) << bits), bits + extraBits(symbol));
  }
}
