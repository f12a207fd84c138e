/** The end of `bytes[from, to)` without a character of UTF-8 whose last bytes are missing. */
export function completeUtf8End(bytes: Uint8Array, from: number, to: number): number {
  for (let back = 1; back <= 3 && to - back >= from; back++) {
    const byte = bytes[to - back] ?? 0;
    if (byte < 0x80) return to;
    if (byte < 0xc0) continue;
    const size = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    return size > back ? to - back : to;
  }
  return to;
}

/** Where the character of UTF-8 begins that `bytes[at]` is of, not before `from`; `at` where it is of none. */
export function startOfUtf8(bytes: Uint8Array, from: number, at: number): number {
  for (let back = 0; back <= 3 && at - back >= from; back++) if (!continuesUtf8(bytes[at - back])) return at - back;
  return at;
}

/** Whether a byte stands behind the first one of a character of UTF-8. */
export function continuesUtf8(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
