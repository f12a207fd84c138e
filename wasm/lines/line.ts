// The next line of the input: bytes up to a line feed, without a carriage return before it, and trimmed.

let trimsLeading: bool = true;
let trimsTrailing: bool = true;
let longest: usize = 0;

/** The text of the line, and where the next one begins. */
export let start: usize = 0;
export let end: usize = 0;
export let after: usize = 0;

export function setTrimming(leading: bool, trailing: bool, most: usize): void {
  trimsLeading = leading;
  trimsTrailing = trailing;
  longest = most;
}

// @ts-ignore: decorator
@inline
function isBlank(byte: u32): bool {
  return byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09;
}

/** False when the line that begins at `from` has no end before `to`, or is longer than a line may be. */
// @ts-ignore: decorator
@inline
export function next(from: usize, to: usize): bool {
  const feeds = i8x16.splat(0x0a);
  let at = from;
  let found: i32 = 0;
  for (; at < to; at += 16) {
    found = i8x16.bitmask(i8x16.eq(v128.load(at), feeds));
    if (found != 0) break;
  }
  if (found == 0) return false;
  at += ctz(found);
  if (at >= to) return false;
  after = at + 1;
  let last = at;
  if (last > from && load<u8>(last - 1) == 0x0d) last--;
  if (last - from > longest) return false;
  let first = from;
  if (trimsTrailing) while (last > first && isBlank(load<u8>(last - 1))) last--;
  if (trimsLeading) while (first < last && isBlank(load<u8>(first))) first++;
  start = first;
  end = last;
  return true;
}
