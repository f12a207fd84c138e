import { COUNTS, END_OF_BLOCK, LENGTH_COUNTS, LENGTH_SYMBOL, LITERALS, LITERAL_FREQUENCY, count } from './layout';
import { literalsEnd } from './parse';

@inline
function countByte(word: u64, shift: u64, table: usize): void {
  count(COUNTS + 1024 * table + ((<usize>(word >> shift) & 255) << 2));
}

function countLiterals(): void {
  const end = literalsEnd;
  let at = LITERALS;
  for (; at + 8 <= end; at += 8) {
    const word = load<u64>(at);
    countByte(word, 0, 0);
    countByte(word, 8, 1);
    countByte(word, 16, 2);
    countByte(word, 24, 3);
    countByte(word, 32, 0);
    countByte(word, 40, 1);
    countByte(word, 48, 2);
    countByte(word, 56, 3);
  }
  for (; at < end; at++) count(COUNTS + (<usize>load<u8>(at) << 2));
}

/** The frequencies of the literal/length symbols of the last parse. */
export function countSymbols(): void {
  memory.fill(COUNTS, 0, 4 * 1024);
  countLiterals();
  for (let at = COUNTS; at < COUNTS + 1024; at += 16) {
    const one = i32x4.add(v128.load(at), v128.load(at, 1024));
    const two = i32x4.add(v128.load(at, 2048), v128.load(at, 3072));
    v128.store(at + (LITERAL_FREQUENCY - COUNTS), i32x4.add(one, two));
  }
  memory.fill(LITERAL_FREQUENCY + 1024, 0, 4 * 32);
  store<u32>(LITERAL_FREQUENCY + 4 * END_OF_BLOCK, 1);
  for (let length: usize = 3; length < 259; length++) {
    const at = LITERAL_FREQUENCY + 4 * 257 + (<usize>load<u8>(LENGTH_SYMBOL + length) << 2);
    store<u32>(at, load<u32>(at) + load<u32>(LENGTH_COUNTS + (length << 2)));
  }
}
