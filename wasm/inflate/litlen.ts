// The table of literals and lengths. Its entries decode as much as fits the index:
// two literals, or a match with its distance and perhaps a literal before it.
import {
  ITEM, LENGTH, LENGTH_ITEM, LITERAL, LITERAL_ITEM, NOWHERE, SECOND, SPECIAL,
  counts, distancesOf, lengthItems, lengthNumbers, lengthsOf,
  literals, literalsOf, litlenTable, litlenTemplates, matches, matchesOf, sorted,
} from './layout';
import { Code, sortByLength, successor } from './canonical';
import { buildIncomplete, buildSubtables, double } from './table';

/** Needs the distance table's items. False: the lengths are no prefix code that zlib would take. */
export function buildLitlenTable(bits: u32, lengthsAt: usize, symbols: u32): bool {
  const kind = sortByLength(lengthsAt, symbols);
  if (kind == Code.Bad) return false;
  if (kind != Code.Complete) {
    buildIncomplete(litlenTable, bits, kind, symbols, litlenTemplates);
    return true;
  }
  memory.fill(lengthsOf, 0, 80);
  let next: u32 = load<u32>(counts);
  let code: u32 = 0;
  let literal = literals;
  let lengthItem = lengthItems;
  let match = matches;
  let shortest: u32 = 0;
  for (let length: u32 = 1; length <= bits; length++) {
    double(litlenTable, length);
    store<u32>(literalsOf + (length << 2), literal);
    store<u32>(matchesOf + (length << 2), match);
    const end = next + load<u32>(counts + (length << 2));
    for (; next < end; next++) {
      const symbol: u32 = load<u16>(sorted + (next << 1));
      let entry = load<u32>(litlenTemplates + (symbol << 2)) + length;
      if (symbol < 256) {
        store<u32>(literal, code << 2);
        store<u32>(literal, entry, 4);
        store<u32>(literal, LITERAL + length + (symbol << SECOND), 8);
        literal += LITERAL_ITEM;
        entry |= NOWHERE;
        if (!shortest) shortest = length;
      } else if (symbol > 256) {
        listLength(lengthItem, code, length, symbol, entry & 63);
        lengthItem += LENGTH_ITEM;
      }
      store<u32>(litlenTable + (code << 2), entry);
      code = successor(code, length);
    }
    store<u32>(literalsOf + ((length + 1) << 2), literal);
    match = joinDistances(length, match);
    store<u32>(matchesOf + ((length + 1) << 2), match);
    if (shortest) prefixLiterals(shortest, length);
  }
  if (next < symbols) buildSubtables(litlenTable, bits, next, symbols, code, litlenTemplates);
  return true;
}

/** Lists a length of which all values go into the length field of an entry. */
// @ts-ignore: decorator
@inline
function listLength(item: usize, code: u32, length: u32, symbol: u32, consumed: u32): void {
  const number = load<u64>(lengthNumbers + ((symbol - 257) << 3));
  const base = (number as u32) >>> 16;
  const most = base + ((number >> 48) as u32);
  if (most >= SPECIAL || consumed >= 16) return;
  const head = lengthsOf + (consumed << 2);
  store<u32>(item, code << 2);
  store<u32>(item, (base << LENGTH) | consumed, 4);
  store<u32>(item, most, 8);
  store<u32>(item, load<u32>(head), 12);
  store<u32>(item, 4 << length, 16);
  store<u32>(head, item);
}

/** The matches of which length, extra bits and distance code have `total` bits together; their items go to `match`. */
function joinDistances(total: u32, match: usize): usize {
  for (let bits: u32 = 1; bits < total; bits++) {
    const from = load<usize>(distancesOf + ((total - bits) << 2));
    const until = load<usize>(distancesOf + ((total - bits + 1) << 2));
    if (from == until) continue;
    for (let item = load<usize>(lengthsOf + (bits << 2)); item; item = load<usize>(item, 12)) {
      const most = load<u32>(item, 8);
      let slot = load<u32>(item);
      let entry = load<u32>(item, 4);
      const step = load<u32>(item, 16);
      for (; entry >>> LENGTH <= most; entry += 1 << LENGTH) {
        for (let distance = from; distance < until; distance += ITEM) {
          const joined = entry + load<u32>(distance, 4);
          const at = slot + (load<u32>(distance) << bits);
          store<u32>(litlenTable + at, joined);
          store<u32>(match, at);
          store<u32>(match, joined, 4);
          match += ITEM;
        }
        slot += step;
      }
    }
  }
  return match;
}

/** Literals followed by a literal or by a match, with `total` bits together. */
function prefixLiterals(shortest: u32, total: u32): void {
  for (let first = shortest; first < total; first++) {
    const until = load<usize>(literalsOf + ((first + 1) << 2));
    const begin = load<usize>(literalsOf + (first << 2));
    if (begin == until) continue;
    const literalFrom = load<usize>(literalsOf + ((total - first) << 2));
    const literalEnd = load<usize>(literalsOf + ((total - first + 1) << 2));
    const matchFrom = load<usize>(matchesOf + ((total - first) << 2));
    const matchEnd = load<usize>(matchesOf + ((total - first + 1) << 2));
    for (let a = begin; a < until; a += LITERAL_ITEM) {
      const slot = litlenTable + load<u32>(a);
      const entry = load<u32>(a, 4);
      for (let b = literalFrom; b < literalEnd; b += LITERAL_ITEM) {
        store<u32>(slot + (load<u32>(b) << first), entry + load<u32>(b, 8));
      }
      for (let b = matchFrom; b < matchEnd; b += ITEM) {
        store<u32>(slot + (load<u32>(b) << first), entry + load<u32>(b, 4));
      }
    }
  }
}
