/** Up to here a loop is faster than a call, bytes. */
const byLoop = 64;

/** Copies `length` bytes that lie `distance` back, which may be what it writes itself. There must be room. */
export function copyMatch(bytes: Buffer, to: number, distance: number, length: number): void {
  if (length <= byLoop) {
    for (let from = to - distance, end = to + length; to < end; to++, from++) bytes[to] = bytes[from] as number;
    return;
  }
  if (distance >= length) {
    bytes.copyWithin(to, to - distance, to - distance + length);
    return;
  }
  // The repeated piece becomes twice as long with each copy.
  const from = to - distance;
  const end = to + length;
  while (to < end) {
    const step = Math.min(to - from, end - to);
    bytes.copyWithin(to, from, from + step);
    to += step;
  }
}
