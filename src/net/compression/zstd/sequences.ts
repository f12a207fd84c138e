import { at32, byteAt } from '../../../otlp/wire/at.js';
import { copyMatch } from '../copy-match.js';
import type { PlainOutput } from '../plain-output.js';
import { TooLarge } from '../too-large.js';
import { corruptZstd } from './corrupt.js';
import type { FseTable } from './fse.js';
import { literalCount } from './literals.js';
import { lastBit, literals, packed, packedWords } from './scratch.js';
import type { Code, Tables } from './tables.js';

/** Literals up to here are copied by a loop, bytes. */
const byLoop = 32;
/** An offset code with more bits than this leads beyond every window. */
const mostOffsetBits = 28;

/** The least value of each code, and the extra bits that are added (RFC 8878, 3.1.1.3.2.1.1). */
const literalLengthBits = Uint8Array.of(
  ...Array<number>(16).fill(0),
  ...[1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
);
const matchLengthBits = Uint8Array.of(
  ...Array<number>(32).fill(0),
  ...[1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
);
const literalLengthBase = baseOf(literalLengthBits, 0);
const matchLengthBase = baseOf(matchLengthBits, 3);

function baseOf(bits: Uint8Array, first: number): Int32Array {
  const base = new Int32Array(bits.length);
  let next = first;
  for (const [code, extra] of bits.entries()) {
    base[code] = next;
    next += 1 << extra;
  }
  return base;
}

/**
 * Reads the sequences section in `packed[from..end)` and writes what the block stands for, at most `room` bytes, to
 * `output`. Matches refer to no byte before `base`.
 */
export function readSequences(
  tables: Tables,
  from: number,
  end: number,
  output: PlainOutput,
  base: number,
  room: number,
): void {
  if (from >= end) corruptZstd('invalid sequences');
  const first = byteAt(packed, from++);
  let count = first;
  if (first === 255) {
    count = packedWords.getUint16(from, true) + 0x7f00;
    from += 2;
  } else if (first >= 128) count = ((first - 128) << 8) | byteAt(packed, from++);
  const outEnd = output.at + room;
  if (count === 0) {
    if (from !== end) corruptZstd('invalid sequences');
    if (literalCount > room) tooMuch(output, outEnd);
    literals.copy(output.bytes, output.at, 0, literalCount);
    output.at += literalCount;
    return;
  }
  const modes = byteAt(packed, from++);
  if (from > end || (modes & 3) !== 0) corruptZstd('invalid sequences');
  from = choose(tables.literalLengths, modes >> 6, from, end);
  from = choose(tables.offsets, (modes >> 4) & 3, from, end);
  from = choose(tables.matchLengths, (modes >> 2) & 3, from, end);
  const { current: byLiteral } = tables.literalLengths;
  const { current: byOffset } = tables.offsets;
  const { current: byMatch } = tables.matchLengths;
  if (!byLiteral || !byOffset || !byMatch) return corruptZstd('invalid sequences');
  run(tables.repeated, byLiteral, byOffset, byMatch, count, from, end, output, base, outEnd);
}

/** Chooses the table that the block says: where its description ends. */
function choose(code: Code, mode: number, from: number, end: number): number {
  if (mode === 0) code.current = code.predefined;
  else if (mode === 1) {
    const symbol = byteAt(packed, from++);
    if (from > end || symbol >= code.symbols) corruptZstd('invalid sequences');
    code.current = code.own;
    code.own.repeat(symbol);
  } else if (mode === 2) {
    code.current = code.own;
    return code.own.read(from, end, code.mostLog, code.symbols);
  }
  return from;
}

function run(
  repeated: Int32Array,
  literalTable: FseTable,
  offsetTable: FseTable,
  matchTable: FseTable,
  count: number,
  from: number,
  end: number,
  output: PlainOutput,
  base: number,
  outEnd: number,
): void {
  const { bytes } = output;
  const literalEntries = literalTable.entries;
  const offsetEntries = offsetTable.entries;
  const matchEntries = matchTable.entries;
  const start = from * 8;
  let bit = lastBit(from, end) - literalTable.log - offsetTable.log - matchTable.log;
  if (bit < start) corruptZstd('invalid sequences');
  let low = bit;
  let matchState = (packedWords.getInt32(low >> 3, true) >>> (low & 7)) & ((1 << matchTable.log) - 1);
  low += matchTable.log;
  let offsetState = (packedWords.getInt32(low >> 3, true) >>> (low & 7)) & ((1 << offsetTable.log) - 1);
  low += offsetTable.log;
  let literalState = (packedWords.getInt32(low >> 3, true) >>> (low & 7)) & ((1 << literalTable.log) - 1);
  let one = at32(repeated, 0);
  let two = at32(repeated, 1);
  let three = at32(repeated, 2);
  let at = output.at;
  let literal = 0;
  for (let left = count; ;) {
    const literalEntry = at32(literalEntries, literalState);
    const offsetEntry = at32(offsetEntries, offsetState);
    const matchEntry = at32(matchEntries, matchState);

    let bits = offsetEntry & 255;
    if (bits > mostOffsetBits) corruptZstd('invalid offset');
    let distance = 1 << bits;
    if (bits > 24) {
      bits -= 16;
      bit -= bits;
      distance += ((packedWords.getInt32(bit >> 3, true) >>> (bit & 7)) & ((1 << bits) - 1)) << 16;
      bits = 16;
    }
    bit -= bits;
    distance += (packedWords.getInt32(bit >> 3, true) >>> (bit & 7)) & ((1 << bits) - 1);

    bits = byteAt(matchLengthBits, matchEntry & 255);
    bit -= bits;
    const match =
      at32(matchLengthBase, matchEntry & 255) +
      ((packedWords.getInt32(bit >> 3, true) >>> (bit & 7)) & ((1 << bits) - 1));

    bits = byteAt(literalLengthBits, literalEntry & 255);
    bit -= bits;
    const length =
      at32(literalLengthBase, literalEntry & 255) +
      ((packedWords.getInt32(bit >> 3, true) >>> (bit & 7)) & ((1 << bits) - 1));

    if (distance > 3) {
      distance -= 3;
      three = two;
      two = one;
      one = distance;
    } else {
      const nth = length === 0 ? distance : distance - 1;
      if (nth === 0) distance = one;
      else {
        distance = nth === 1 ? two : nth === 2 ? three : one - 1;
        if (nth !== 1) three = two;
        two = one;
        one = distance;
      }
    }

    if (length + match > outEnd - at) tooMuch(output, outEnd);
    if (length > literalCount - literal) corruptZstd('invalid literals');
    if (length <= byLoop) for (let i = 0; i < length; i++) bytes[at + i] = byteAt(literals, literal + i);
    else literals.copy(bytes, at, literal, literal + length);
    literal += length;
    at += length;
    if (distance <= 0 || distance > at - base) corruptZstd('invalid offset');
    copyMatch(bytes, at, distance, match);
    at += match;

    if (--left === 0) break;
    bits = (literalEntry >> 8) & 255;
    bit -= bits;
    literalState = (literalEntry >> 16) + ((packedWords.getInt32(bit >> 3, true) >>> (bit & 7)) & ((1 << bits) - 1));
    bits = (matchEntry >> 8) & 255;
    bit -= bits;
    matchState = (matchEntry >> 16) + ((packedWords.getInt32(bit >> 3, true) >>> (bit & 7)) & ((1 << bits) - 1));
    bits = (offsetEntry >> 8) & 255;
    bit -= bits;
    offsetState = (offsetEntry >> 16) + ((packedWords.getInt32(bit >> 3, true) >>> (bit & 7)) & ((1 << bits) - 1));
    if (bit < start) corruptZstd('invalid sequences');
  }
  if (bit !== start) corruptZstd('invalid sequences');
  repeated[0] = one;
  repeated[1] = two;
  repeated[2] = three;
  const rest = literalCount - literal;
  if (rest > outEnd - at) tooMuch(output, outEnd);
  literals.copy(bytes, at, literal, literalCount);
  output.at = at + rest;
}

/** More comes out than there may be: of the body, or of the block. */
function tooMuch(output: PlainOutput, outEnd: number): never {
  if (outEnd >= output.limit) throw new TooLarge(output.limit);
  corruptZstd('invalid block size');
}
