// Fields of protobuf in bytes that are known to be valid.

/** The number of a varint of up to 64 bits: a tag or a length. */
export function varint(at: usize): u64 {
  let value: u64 = 0;
  let shift: u64 = 0;
  let byte: u64;
  do {
    byte = load<u8>(at++);
    value |= (byte & 127) << shift;
    shift += 7;
  } while (byte > 127 && shift < 64);
  return value;
}

export function varintEnd(at: usize): usize {
  while (load<u8>(at++) > 127);
  return at;
}

/** Where the field ends whose value, of a wire type, begins at `at`. */
export function skipValue(at: usize, wire: u32): usize {
  if (wire == 2) return varintEnd(at) + <usize>varint(at);
  if (wire == 0) return varintEnd(at);
  if (wire == 1) return at + 8;
  if (wire == 5) return at + 4;
  // A group: up to its own end tag.
  let open = 1;
  while (open > 0) {
    const inner = <u32>load<u8>(at) & 7;
    at = varintEnd(at);
    if (inner == 3) open++;
    else if (inner == 4) open--;
    else at = skipValue(at, inner);
  }
  return at;
}
