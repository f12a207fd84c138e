// Decoding tables with one symbol an entry. They grow by doubling:
// a table of k bits is the one of k - 1 bits twice over, plus the codes of k bits.
import { INVALID, ITEM, SUBTABLE, counts, sorted } from './layout';
import { Code, sortByLength, successor } from './canonical';

/**
 * A table of 2^(bits - 1) entries becomes one of twice as many. Entries that a small table copies beyond its end have
 * no meaning yet.
 */
// @ts-ignore: decorator
@inline
export function double(table: usize, bits: u32): void {
  const half: usize = 2 << bits;
  let at: usize = 0;
  do {
    v128.store(table + half + at, v128.load(table + at));
    v128.store(table + half + at, v128.load(table + at, 16), 16);
    v128.store(table + half + at, v128.load(table + at, 32), 32);
    v128.store(table + half + at, v128.load(table + at, 48), 48);
    at += 64;
  } while (at < half);
}

/**
 * Lists the codes that fit the index as items too, if `items` is given. False: the lengths are no prefix code that zlib
 * would take.
 */
export function buildTable(
  table: usize, bits: u32, lengthsAt: usize, symbols: u32, templates: usize, items: usize, itemsOf: usize,
): bool {
  const kind = sortByLength(lengthsAt, symbols);
  if (kind == Code.Bad) return false;
  if (kind != Code.Complete) {
    if (!items) return false;
    for (let i: u32 = 0; i < 20; i++) store<u32>(itemsOf + (i << 2), items);
    buildIncomplete(table, bits, kind, symbols, templates);
    return true;
  }
  let next: u32 = load<u32>(counts);
  let code: u32 = 0;
  for (let length: u32 = 1; length <= bits; length++) {
    double(table, length);
    if (items) store<u32>(itemsOf + (length << 2), items);
    const end = next + load<u32>(counts + (length << 2));
    for (; next < end; next++) {
      const symbol: u32 = load<u16>(sorted + (next << 1));
      const entry = load<u32>(templates + (symbol << 2)) + length;
      store<u32>(table + (code << 2), entry);
      if (items && entry < INVALID) {
        store<u32>(items, code << 2);
        store<u32>(items, entry, 4);
        items += ITEM;
      }
      code = successor(code, length);
    }
  }
  if (items) {
    for (let i = bits + 1; i < 20; i++) store<u32>(itemsOf + (i << 2), items);
  }
  if (next < symbols) buildSubtables(table, bits, next, symbols, code, templates);
  return true;
}

/** For a code of one symbol, or of none. */
export function buildIncomplete(table: usize, bits: u32, kind: Code, symbols: u32, templates: usize): void {
  const size: u32 = 1 << bits;
  for (let i: u32 = 0; i < size; i++) store<u32>(table + (i << 2), INVALID | 1);
  if (kind == Code.Empty) return;
  const symbol: u32 = load<u16>(sorted + ((symbols - 1) << 1));
  const entry = load<u32>(templates + (symbol << 2)) + 1;
  for (let i: u32 = 0; i < size; i += 2) store<u32>(table + (i << 2), entry);
}

/**
 * The codes longer than the table's index, from the `next` sorted symbol on:
 * each beginning that they share points to a table behind the main one.
 */
export function buildSubtables(table: usize, bits: u32, next: u32, symbols: u32, code: u32, templates: usize): void {
  const main: u32 = (1 << bits) - 1;
  let prefix: u32 = ~0;
  let start: u32 = 0;
  let free: u32 = 1 << bits;
  let extra: u32 = 0;
  let length = bits + 1;
  let left = load<u32>(counts + (length << 2));
  for (; next < symbols; next++) {
    while (left == 0) left = load<u32>(counts + (++length << 2));
    if ((code & main) != prefix) {
      prefix = code & main;
      start = free;
      // As many bits as it takes until the codes that remain fill it.
      extra = length - bits;
      let space = left;
      while (space < 1 << extra) space = (space << 1) + load<u32>(counts + ((bits + ++extra) << 2));
      free += 1 << extra;
      store<u32>(table + (prefix << 2), SUBTABLE | (extra << 21) | (start << 8) | bits);
    }
    const symbol: u32 = load<u16>(sorted + (next << 1));
    const own = length - bits;
    const entry = load<u32>(templates + (symbol << 2)) + own;
    for (let i = code >>> bits; i < 1 << extra; i += 1 << own) store<u32>(table + ((start + i) << 2), entry);
    code = successor(code, length);
    left--;
  }
}
