// Data points of metrics: what tells where a point stands in its stream, in one pass over its bytes. The host puts bytes
// at `input` and finds what was read at `found`.
import { skipValue, varint, varintEnd } from './field';
import { found as foundAt, HAS_VALUE, INPUT, IS_DOUBLE, MOST_INPUT } from './layout';
import { setSeed, sipHash } from './sip';

export { setSeed };

export const input: usize = INPUT;
export const mostInput: usize = MOST_INPUT;
export const found: usize = foundAt;

// Points of all kinds have these in the same fields, and the count of those that are no number where a double is.
const START: u32 = 2 * 8 + 1;
const TIME: u32 = 3 * 8 + 1;
const DOUBLE: u32 = 4 * 8 + 1;
const INT: u32 = 6 * 8 + 1;
/** The bit of a point's flags that says that there is no value. */
const NO_VALUE: u32 = 1;

/** Reads the point whose body is `[from, to)` of the input. `attributes`, `flags`: the tags of these fields. */
export function read(from: usize, to: usize, attributes: u32, flags: u32, isNumber: bool): void {
  let start: u64 = 0;
  let time: u64 = 0;
  let value: u64 = 0;
  let hash: u64 = 0;
  let form: u32 = isNumber ? 0 : HAS_VALUE;
  let isWithout: u32 = 0;
  let at = INPUT + from;
  const end = INPUT + to;
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
  store<u64>(foundAt, start);
  store<u64>(foundAt + 8, time);
  store<u64>(foundAt + 16, value);
  store<u64>(foundAt + 24, hash);
  store<u32>(foundAt + 32, isWithout ? form & ~HAS_VALUE : form);
}
