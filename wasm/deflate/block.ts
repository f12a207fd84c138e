import { align, output, put, setOutput } from './bits';
import { encode } from './encode';
import { planHeader, writeHeader } from './header';
import { countSymbols } from './histogram';
import { buildCodes, buildLengths } from './huffman';
import {
  DISTANCE_CODE,
  DISTANCE_FREQUENCY,
  DISTANCE_LENGTH,
  DISTANCE_LIMIT,
  DISTANCE_SYMBOLS,
  LITERAL_CODE,
  LITERAL_FREQUENCY,
  LITERAL_LENGTH,
  LITERAL_LIMIT,
  LITERAL_SYMBOLS,
  distanceExtra,
  lengthExtra,
} from './layout';

@inline
function fixedLength(symbol: u32): u32 {
  return symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8;
}

function useFixedLengths(): void {
  for (let i: u32 = 0; i < 288; i++) store<u32>(LITERAL_LENGTH + (<usize>i << 2), fixedLength(i));
  for (let i: u32 = 0; i < 32; i++) store<u32>(DISTANCE_LENGTH + (<usize>i << 2), 5);
}

/**
 * Sizes of the block's symbols in bits: by the lengths in the tables and by those of a fixed block, extra bits in both.
 */
let dynamicSize: u32 = 0;
let fixedSize: u32 = 0;

function measure(): void {
  let dynamic: u32 = 0;
  let fixed: u32 = 0;
  for (let i: u32 = 0; i < LITERAL_SYMBOLS; i++) {
    const frequency = load<u32>(LITERAL_FREQUENCY + (<usize>i << 2));
    const extra = i < 257 ? 0 : lengthExtra(i - 257);
    dynamic += frequency * (load<u32>(LITERAL_LENGTH + (<usize>i << 2)) + extra);
    fixed += frequency * (fixedLength(i) + extra);
  }
  for (let i: u32 = 0; i < DISTANCE_SYMBOLS; i++) {
    const frequency = load<u32>(DISTANCE_FREQUENCY + (<usize>i << 2));
    dynamic += frequency * (load<u32>(DISTANCE_LENGTH + (<usize>i << 2)) + distanceExtra(i));
    fixed += frequency * (5 + distanceExtra(i));
  }
  dynamicSize = dynamic;
  fixedSize = fixed + 3;
}

function writeStored(from: usize, end: usize, last: u32): void {
  while (from < end) {
    const length = min<usize>(end - from, 65535);
    put(from + length == end ? last : 0, 3);
    align();
    put(<u32>length | (~(<u32>length) << 16), 32);
    memory.copy(output, from, length);
    setOutput(output + length, 0, 0);
    from += length;
  }
}

/** Writes the input from `from` to `end`, which was just parsed, as the smallest kind of block. */
export function writeBlock(from: usize, end: usize, last: u32): void {
  countSymbols();
  buildLengths(LITERAL_FREQUENCY, LITERAL_LENGTH, LITERAL_SYMBOLS, LITERAL_LIMIT);
  buildLengths(DISTANCE_FREQUENCY, DISTANCE_LENGTH, DISTANCE_SYMBOLS, DISTANCE_LIMIT);
  measure();
  const dynamic = planHeader() + dynamicSize;
  const length = <u32>(end - from);
  const stored: u32 = 8 * (length + 5 * (length / 65535 + 1));
  if (stored <= min<u32>(dynamic, fixedSize)) {
    writeStored(from, end, last);
    return;
  }
  // The fixed code is complete only with the symbols that never occur.
  const fixed = fixedSize <= dynamic;
  if (fixed) {
    useFixedLengths();
    put(last | (1 << 1), 3);
  } else writeHeader(last);
  buildCodes(LITERAL_LENGTH, LITERAL_CODE, fixed ? 288 : LITERAL_SYMBOLS);
  buildCodes(DISTANCE_LENGTH, DISTANCE_CODE, fixed ? 32 : DISTANCE_SYMBOLS);
  encode();
}
