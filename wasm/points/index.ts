// Data points of metrics: what tells where a point stands in its stream, in one pass over its bytes. The host puts
// bytes at `input` and finds what was read at `rows`.
import { skipValue, varint, varintEnd } from './field';
import { countAt, HAS_VALUE, INPUT, IS_DOUBLE, MOST_INPUT, MOST_ROWS, ROW, rows as rowsAt } from './layout';
import { setSeed, sipHash } from './sip';

export { setSeed };

export const input: usize = INPUT;
export const mostInput: usize = MOST_INPUT;
export const rows: usize = rowsAt;
export const mostRows: u32 = MOST_ROWS;

/** The points of metrics of all kinds: field 1 of the data. */
const POINT: u32 = 1 * 8 + 2;

// Points of all kinds have these in the same fields, and the count of those that are no number where a double is.
const START: u32 = 2 * 8 + 1;
const TIME: u32 = 3 * 8 + 1;
const DOUBLE: u32 = 4 * 8 + 1;
const INT: u32 = 6 * 8 + 1;
/** The bit of a point's flags that says that there is no value. */
const NO_VALUE: u32 = 1;

/**
 * Reads the points among the fields in `[from, to)` of the input, of which `[from, held)` is there: as many as are
 * there as a whole, and for which there are rows. Returns where the first field begins that was not read, which is for
 * the host when it is the very first. `attributes`, `flags`: the tags of these fields of a point.
 */
export function read(from: usize, to: usize, held: usize, attributes: u32, flags: u32, isNumber: bool): usize {
  let at = INPUT + from;
  const end = INPUT + to;
  const last = INPUT + held;
  let row: usize = rowsAt;
  let count: u32 = 0;
  while (at < end && count < MOST_ROWS) {
    // A tag and a length have up to ten bytes each, which might not be there.
    if (at + 20 > last && last < end) break;
    const tag = varint(at) & 0x7_ffff_ffff;
    let value = varintEnd(at);
    // A group, which no known field is, may have to be followed to where nothing is.
    if ((tag & 7) == 3) break;
    if (tag != POINT) {
      const behind = skipValue(value, <u32>tag & 7);
      if (behind > last) break;
      at = behind;
      continue;
    }
    const length = <usize>varint(value);
    value = varintEnd(value);
    if (value + length > last) break;
    at = value + length;
    readPoint(row, value, at, attributes, flags, isNumber);
    row += ROW;
    count++;
  }
  store<u32>(countAt, count);
  return at - INPUT;
}

/** Reads the point whose body is `[at, end)` into a row. */
function readPoint(row: usize, at: usize, end: usize, attributes: u32, flags: u32, isNumber: bool): void {
  let start: u64 = 0;
  let time: u64 = 0;
  let value: u64 = 0;
  let hash: u64 = 0;
  let form: u32 = isNumber ? 0 : HAS_VALUE;
  let isWithout: u32 = 0;
  store<u32>(row, <u32>(at - INPUT));
  store<u32>(row + 4, <u32>(end - INPUT));
  while (at < end) {
    let tag: u32 = load<u8>(at++);
    if (tag > 127) {
      // What is above the 32 bits of a field number does not count; the fields read here have less.
      const wide = varint(at - 1) & 0x7_ffff_ffff;
      tag = wide > 0xffff ? <u32>(wide & 7) : <u32>wide;
      at = varintEnd(at);
    }
    if (tag == attributes) {
      let length: usize = load<u8>(at++);
      if (length > 127) {
        length = <usize>varint(at - 1);
        at = varintEnd(at);
      }
      hash += sipHash(at, length);
      at += length;
    } else if ((tag & 7) == 1) {
      const word = load<u64>(at);
      at += 8;
      if (tag == TIME) time = word;
      else if (tag == START) start = word;
      else if (tag == DOUBLE || (tag == INT && isNumber)) {
        value = word;
        form = isNumber && tag == DOUBLE ? HAS_VALUE | IS_DOUBLE : HAS_VALUE;
      }
    } else {
      if (tag == flags) isWithout = <u32>load<u8>(at) & NO_VALUE;
      at = skipValue(at, tag & 7);
    }
  }
  store<u64>(row + 8, start);
  store<u64>(row + 16, time);
  store<u64>(row + 24, value);
  store<u64>(row + 32, hash);
  store<u32>(row + 40, isWithout ? form & ~HAS_VALUE : form);
}
