/** The largest place of at most `at` in UTF-8 bytes at which a character begins or the text ends. */
export function boundaryBefore(bytes: Uint8Array, at: number): number {
  let place = at;
  while (place > 0 && place < bytes.length && isInside(bytes[place])) place--;
  return place;
}

/** The smallest place of at least `at` at which a character begins or the text ends. */
export function boundaryBehind(bytes: Uint8Array, at: number): number {
  let place = at;
  while (place < bytes.length && isInside(bytes[place])) place++;
  return place;
}

function isInside(byte = 0): boolean {
  return (byte & 0xc0) === 0x80;
}
