import { byteAt } from '../../../otlp/wire/at.js';
import { corruptZstd } from './corrupt.js';
import type { HuffmanTable } from './huffman.js';
import { largestBlock, literals, packed, pad, packedWords } from './scratch.js';

/** Fewer literals are in one stream. */
const fewestForFour = 6;

/** The bytes of `literals` that the block has, after `readLiterals`. */
export let literalCount = 0;

/** Reads the literals section of the block that ends at `end` (RFC 8878, 3.1.1.3.1): where the next one begins. */
export function readLiterals(huffman: HuffmanTable, end: number): number {
  const head = byteAt(packed, pad);
  const kind = head & 3;
  const format = (head >> 2) & 3;
  // Of the whole header and more: the bytes behind the block are zeros.
  const word = packedWords.getUint32(pad, true);
  if (kind < 2) {
    const headSize = format === 1 ? 2 : format === 3 ? 3 : 1;
    const count = format === 1 ? (word >>> 4) & 0xfff : format === 3 ? (word >>> 4) & 0xf_ffff : head >> 3;
    const from = pad + headSize;
    const next = from + (kind === 0 ? count : 1);
    if (count > largestBlock || next > end) corruptZstd('invalid literals');
    if (kind === 0) packed.copy(literals, 0, from, next);
    else literals.fill(byteAt(packed, from), 0, count);
    literalCount = count;
    return next;
  }
  const headSize = format < 2 ? 3 : format + 2;
  const bits = format < 2 ? 10 : format === 2 ? 14 : 18;
  const mask = (1 << bits) - 1;
  const count = (word >>> 4) & mask;
  const size = format === 3 ? (word >>> 22) | (byteAt(packed, pad + 4) << 10) : (word >>> (4 + bits)) & mask;
  let from = pad + headSize;
  const next = from + size;
  if (count > largestBlock || next > end) corruptZstd('invalid literals');
  if (kind === 2) from = huffman.read(from, next);
  else if (huffman.log === 0) corruptZstd('invalid literals');
  if (format === 0) huffman.decode(from, next, 0, count);
  else decodeFour(huffman, from, next, count);
  literalCount = count;
  return next;
}

/** Four streams, behind the sizes of the first three. */
function decodeFour(huffman: HuffmanTable, from: number, end: number, count: number): void {
  const one = from + 6;
  const two = one + packedWords.getUint16(from, true);
  const three = two + packedWords.getUint16(from + 2, true);
  const four = three + packedWords.getUint16(from + 4, true);
  const quarter = (count + 3) >> 2;
  if (four > end || count < fewestForFour) corruptZstd('invalid literals');
  huffman.decode(one, two, 0, quarter);
  huffman.decode(two, three, quarter, 2 * quarter);
  huffman.decode(three, four, 2 * quarter, 3 * quarter);
  huffman.decode(four, end, 3 * quarter, count);
}
