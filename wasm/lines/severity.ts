// The severities of words.
import { WORD_SLOTS, words } from './layout';

/** The bytes of a word as one number. */
function wordAt(at: usize, length: usize): u64 {
  return length == 8 ? load<u64>(at) : load<u64>(at) & ((<u64>1 << (<u64>length << 3)) - 1);
}

function slotOf(word: u64): usize {
  let slot = <u32>((word * 0x9e3779b97f4a7c15) >> 54);
  let at = words + ((<usize>slot) << 4);
  while (load<u64>(at) != 0 && load<u64>(at) != word) {
    slot = (slot + 1) & (WORD_SLOTS - 1);
    at = words + ((<usize>slot) << 4);
  }
  return at;
}

/** The word of up to eight bytes at an address means a severity. At most half of the slots may be used. */
export function addWord(at: usize, length: usize, number: u32): void {
  const word = wordAt(at, length);
  const slot = slotOf(word);
  store<u64>(slot, word);
  store<u32>(slot, number, 8);
}

/** The severity of a word; less than 0 for one that is not known. */
export function severityOf(at: usize, length: usize): i32 {
  if (length == 0 || length > 8) return -1;
  const word = wordAt(at, length);
  const slot = slotOf(word);
  return load<u64>(slot) == word && word != 0 ? <i32>load<u32>(slot, 8) : -1;
}
