// The meaning of the symbols (RFC 1951, 3.2.5), as table entries without the bits of their codes.
import {
  END, HOLD, INVALID, LENGTH_ALONE, LITERAL, NOWHERE_DISTANCE, SECOND,
  distanceNumbers, distanceTemplates, lengthNumbers, litlenTemplates, patterns, precodeTemplates,
} from './layout';

function numbering(base: u32, extra: u32): u64 {
  return ((((1 << extra) - 1) as u64) << 48) | ((base << 16) as u64) | (((extra - HOLD) & 63) as u64);
}

export function writeTemplates(): void {
  for (let s: u32 = 0; s < 256; s++) store<u32>(litlenTemplates + (s << 2), LITERAL | (s << 8));
  store<u32>(litlenTemplates + (256 << 2), END);
  let base: u32 = 3;
  for (let i: u32 = 0; i < 29; i++) {
    const extra: u32 = i < 8 || i == 28 ? 0 : (i >>> 2) - 1;
    if (i == 28) base = 258;
    store<u32>(litlenTemplates + ((257 + i) << 2), LENGTH_ALONE | (i << SECOND) | extra);
    store<u64>(lengthNumbers + (i << 3), numbering(base, extra));
    base += 1 << extra;
  }
  store<u32>(litlenTemplates + (286 << 2), INVALID);
  store<u32>(litlenTemplates + (287 << 2), INVALID);

  for (let i: u32 = 0; i < 1024; i++) store<u64>(distanceNumbers + (i << 3), NOWHERE_DISTANCE << 16);
  base = 1;
  for (let i: u32 = 0; i < 30; i++) {
    const extra: u32 = i < 4 ? 0 : (i >>> 1) - 1;
    store<u32>(distanceTemplates + (i << 2), (i << SECOND) | extra);
    // Alone, and after a literal.
    store<u64>(distanceNumbers + (i << 3), numbering(base, extra));
    store<u64>(distanceNumbers + ((i + 256) << 3), numbering(base, extra));
    base += 1 << extra;
  }
  store<u32>(distanceTemplates + (30 << 2), INVALID);
  store<u32>(distanceTemplates + (31 << 2), INVALID);

  for (let s: u32 = 0; s < 19; s++) store<u32>(precodeTemplates + (s << 2), s << 8);
  for (let d: u32 = 1; d < 16; d++) {
    for (let i: u32 = 0; i < 16; i++) store<u8>(patterns + (d << 4) + i, (i % d) as u8);
  }
}
