// The end of the output: bytes before `output`, then `held` bits (fewer than 8 between blocks) in `buffer`.
export let output: usize = 0;
export let buffer: u64 = 0;
export let held: u64 = 0;

export function setOutput(at: usize, bits: u64, count: u64): void {
  output = at;
  buffer = bits;
  held = count;
}

/** At most 32 bits at once. */
export function put(value: u32, bits: u32): void {
  const all = buffer | ((<u64>value) << held);
  store<u64>(output, all);
  const count = held + bits;
  output += <usize>(count >> 3);
  buffer = all >> (count & 56);
  held = count & 7;
}

/** Fills up the last byte. */
export function align(): void {
  if (held) {
    store<u8>(output++, <u8>buffer);
    buffer = 0;
    held = 0;
  }
}
