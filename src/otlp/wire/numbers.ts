/** Numbers that an array may keep for the next call: one large request must not hold its memory for good. */
const mostKept = 65_536;

/** `numbers` itself when it has `needed` places, otherwise a copy that has them, at least twice as long. */
export function withRoom(numbers: Int32Array, needed: number): Int32Array {
  if (needed <= numbers.length) return numbers;
  const more = new Int32Array(Math.max(needed, numbers.length * 2));
  more.set(numbers);
  return more;
}

/** The array that is kept between two calls: this one, or a short one when it has grown large. */
export function kept(numbers: Int32Array): Int32Array {
  return numbers.length > mostKept ? new Int32Array(1024) : numbers;
}
