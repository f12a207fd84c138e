import { at32, byteAt } from '../../../otlp/wire/at.js';
import { ConnectionError, errorCode } from '../frames.js';

/**
 * Length of each symbol's code, 5 (`a`) to 30 (`z`) bits (RFC 7541 appendix B). The code is canonical: within a length
 * the codes follow the symbols, so the lengths say everything. EOS has the last code.
 */
const lengths =
  'isxxxxxxxtzxxzxxxxxxxxzxxxxxxxxxbffhibdgffdgdbbbaaabbbbbbbcdkbhfibccccccccccccccccccccccdcdioijb' +
  'kabababbbaccbbbabcbaabccccckgjixprpprrrsrssssststtrstssssqrsrsstrqprrssqsrrtqrssqqrqsrssprrrsrrs' +
  'vvporsruvvvwwvtuoqvwwvwtqqvvxwwwptpqrqqsrruuttvsvwvvwwwwwxwwwwwv';
const shortest = 5 - 'a'.charCodeAt(0);
const eos = 256;

/**
 * A binary tree: the children of node n stand at 2n and 2n+1; a leaf is the complement of its symbol, 0 is no node yet.
 */
const tree: Int32Array = grow();

function grow(): Int32Array {
  const nodes = new Int32Array(1024);
  let used = 1;
  const put = (symbol: number, bits: number, length: number): void => {
    let node = 0;
    for (let i = length - 1; i > 0; i--) {
      const branch = 2 * node + ((bits >> i) & 1);
      if (nodes[branch] === 0) nodes[branch] = used++;
      node = at32(nodes, branch);
    }
    nodes[2 * node + (bits & 1)] = ~symbol;
  };
  let bits = 0;
  for (let length = 5; length <= 30; length++, bits <<= 1)
    for (let symbol = 0; symbol <= eos; symbol++)
      if ((symbol === eos ? 30 : lengths.charCodeAt(symbol) + shortest) === length) put(symbol, bits++, length);
  return nodes;
}

/** Longest text that can come of the longest string: no code is shorter than five bits. */
let scratch: Buffer = Buffer.allocUnsafeSlow(1024);

/**
 * Decodes `bytes[from..to)`. Throws COMPRESSION_ERROR for EOS and for padding that is longer than seven bits or not
 * ones.
 */
export function decodeHuffman(bytes: Uint8Array, from: number, to: number): string {
  const most = Math.ceil(((to - from) * 8) / 5);
  if (scratch.length < most) scratch = Buffer.allocUnsafeSlow(most * 2);
  let node = 0;
  let depth = 0;
  let ones = true;
  let size = 0;
  for (let at = from; at < to; at++) {
    const byte = byteAt(bytes, at);
    for (let i = 7; i >= 0; i--) {
      const bit = (byte >> i) & 1;
      const next = at32(tree, 2 * node + bit);
      if (next < 0) {
        const symbol = ~next;
        if (symbol === eos) throw new ConnectionError(errorCode.compressionError, 'a Huffman string contains EOS');
        scratch[size++] = symbol;
        node = 0;
        depth = 0;
        ones = true;
      } else {
        node = next;
        depth++;
        ones &&= bit === 1;
      }
    }
  }
  if (depth > 7 || !ones)
    throw new ConnectionError(errorCode.compressionError, 'a Huffman string ends in wrong padding');
  return scratch.toString('latin1', 0, size);
}
