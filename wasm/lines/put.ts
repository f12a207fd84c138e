// Numbers and runs of bytes as protobuf has them.

// @ts-ignore: decorator
@inline
export function varintSize(value: usize): usize {
  if (value < 1 << 7) return 1;
  if (value < 1 << 14) return 2;
  return value < 1 << 21 ? 3 : 4;
}

// @ts-ignore: decorator
@inline
export function putVarint(to: usize, value: usize): usize {
  while (value > 127) {
    store<u8>(to++, <u8>(value | 128));
    value >>= 7;
  }
  store<u8>(to++, <u8>value);
  return to;
}

/** Copies whole vectors: up to 15 bytes behind both runs are read and written as well. Returns the end of the copy. */
// @ts-ignore: decorator
@inline
export function copy(to: usize, from: usize, length: usize): usize {
  const end = to + length;
  for (; to < end; to += 16, from += 16) v128.store(to, v128.load(from));
  return end;
}

// @ts-ignore: decorator
@inline
export function isSame(a: usize, b: usize, length: usize): bool {
  for (let i: usize = 0; i < length; i++) if (load<u8>(a + i) != load<u8>(b + i)) return false;
  return true;
}
