// Meanings of the escapes of a JSON text.

/** The byte that an escape of one letter stands for; 0 for one that is read elsewhere. */
export function unescaped(letter: u32): u32 {
  if (letter == 0x22 || letter == 0x5c || letter == 0x2f) return letter;
  if (letter == 0x6e) return 0x0a;
  if (letter == 0x74) return 0x09;
  if (letter == 0x72) return 0x0d;
  if (letter == 0x62) return 0x08;
  return letter == 0x66 ? 0x0c : 0;
}

/** The character of the escape that was read last. */
export let codePoint: u32 = 0;

/**
 * Reads an escape of four digits, or a pair of them, at its backslash. Returns how long it is; 0 for one that stands
 * for NUL or for half a character.
 */
export function readUnicode(at: usize, end: usize): usize {
  if (at + 6 > end) return 0;
  const first = digitsAt(at + 2);
  if (first == 0 || first > 0xffff) return 0;
  if (first < 0xd800 || first > 0xdfff) {
    codePoint = first;
    return 6;
  }
  if (first > 0xdbff || at + 12 > end || load<u16>(at + 6) != 0x755c) return 0;
  const second = digitsAt(at + 8);
  if (second < 0xdc00 || second > 0xdfff) return 0;
  codePoint = 0x10000 + ((first & 0x3ff) << 10) + (second & 0x3ff);
  return 12;
}

export function utf8Size(character: u32): usize {
  if (character < 0x80) return 1;
  if (character < 0x800) return 2;
  return character < 0x10000 ? 3 : 4;
}

export function putUtf8(to: usize, character: u32): usize {
  const size = utf8Size(character);
  if (size == 1) {
    store<u8>(to, <u8>character);
    return to + 1;
  }
  let rest = character;
  for (let at = to + size - 1; at > to; at--) {
    store<u8>(at, <u8>((rest & 0x3f) | 0x80));
    rest >>= 6;
  }
  const lead: u32 = size == 2 ? 0xc0 : size == 3 ? 0xe0 : 0xf0;
  store<u8>(to, <u8>(lead | rest));
  return to + size;
}

/** Four hexadecimal digits; above 0xffff when one of them is none. */
function digitsAt(at: usize): u32 {
  let value: u32 = 0;
  for (let i: usize = 0; i < 4; i++) {
    const byte = <u32>load<u8>(at + i);
    let digit = byte - 48;
    if (digit > 9) {
      digit = (byte | 0x20) - 87;
      if (digit < 10 || digit > 15) return 0x10000;
    }
    value = (value << 4) | digit;
  }
  return value;
}
