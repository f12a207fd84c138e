/**
 * Compares texts by their bytes in UTF-8: below 0 when `a` comes first. The order of UTF-16 units differs from it where
 * a character beyond the basic plane meets one of the end of that plane.
 */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return inCodePoints(left) - inCodePoints(right);
  }
  return a.length - b.length;
}

/** Puts surrogates behind the other units. */
function inCodePoints(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit;
}
