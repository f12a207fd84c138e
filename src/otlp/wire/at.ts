/**
 * Elements of typed arrays whose place the caller knows to be inside: a length was checked, or the bytes are valid
 * OTLP. Functions this small are always inlined by V8, so that they cost what the element alone costs. A place outside
 * gives `undefined` in spite of the type, which compares as false with every number.
 */

/** The byte at `at`. */
export function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] as number;
}

/** The 32-bit number at `at`. */
export function at32(numbers: Int32Array, at: number): number {
  return numbers[at] as number;
}

/** The 64-bit float at `at`. */
export function floatAt(numbers: Float64Array, at: number): number {
  return numbers[at] as number;
}

/** The three bytes from `at` on as a number, the highest first. */
export function uint24At(bytes: Uint8Array, at: number): number {
  return (byteAt(bytes, at) << 16) | (byteAt(bytes, at + 1) << 8) | byteAt(bytes, at + 2);
}

/** The four bytes from `at` on as a number, the highest first. */
export function uint32At(bytes: Uint8Array, at: number): number {
  return ((byteAt(bytes, at) << 24) | uint24At(bytes, at + 1)) >>> 0;
}
