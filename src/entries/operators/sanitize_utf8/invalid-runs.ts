import { isUtf8 } from 'node:buffer';

/** Bytes as text, with one U+FFFD for each run of bytes that are not UTF-8. */
export function withoutInvalidRuns(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const good = endOfValid(bytes, at);
    text += bytes.toString('utf8', at, good);
    at = good;
    while (at < bytes.length && sizeAt(bytes, at) === 0) at++;
    if (at > good) text += '\ufffd';
  }
  return text;
}

function endOfValid(bytes: Buffer, from: number): number {
  let at = from;
  for (let size = sizeAt(bytes, at); size > 0; size = sizeAt(bytes, at)) at += size;
  return at;
}

/** Bytes of the character that begins there; 0 when none does. */
function sizeAt(bytes: Buffer, at: number): number {
  const first = bytes[at];
  if (first === undefined) return 0;
  if (first < 0x80) return 1;
  const size = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  return size > 0 && at + size <= bytes.length && isUtf8(bytes.subarray(at, at + size)) ? size : 0;
}
