import { OttlError } from '../../ottl-error.js';

const padding = 61;
const standard = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** One of the four ways to write base64. */
export interface Base64Variant {
  readonly isUrl: boolean;
  readonly isPadded: boolean;
}

/** Decodes base64 as strictly as Go; line ends count for nothing. Throws an `OttlError` that names the byte. */
export function decodeBase64(bytes: Uint8Array, { isUrl, isPadded }: Base64Variant): Buffer {
  const values = isUrl ? urlValues : standardValues;
  const result = Buffer.alloc(Math.ceil((bytes.length * 3) / 4));
  let length = 0;
  let bits = 0;
  let count = 0;
  let at = 0;
  for (; at < bytes.length; at++) {
    const sign = bytes[at] ?? 0;
    if (isLineEnd(sign)) continue;
    if (isPadded && sign === padding) break;
    const value = values[sign] ?? 255;
    if (value === 255) throw illegal(at);
    bits = (bits << 6) | value;
    count++;
    if (count < 4) continue;
    result[length++] = bits >> 16;
    result[length++] = bits >> 8;
    result[length++] = bits;
    bits = 0;
    count = 0;
  }
  if (at < bytes.length) checkPadding(bytes, at, count);
  else if (count === 1 || (count > 0 && isPadded)) throw illegal(bytes.length - count);
  if (count > 1) result[length++] = bits >> (count === 2 ? 4 : 10);
  if (count > 2) result[length++] = bits >> 2;
  return result.subarray(0, length);
}

/** One or two `=` must make up for what misses of four characters, and nothing follows. */
function checkPadding(bytes: Uint8Array, from: number, count: number): void {
  if (count < 2) throw illegal(from);
  let at = behindLineEnds(bytes, from + 1);
  if (count === 2) {
    if (at === bytes.length) throw illegal(at);
    if (bytes[at] !== padding) throw illegal(at - 1);
    at = behindLineEnds(bytes, at + 1);
  }
  if (at < bytes.length) throw illegal(at);
}

function behindLineEnds(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && isLineEnd(bytes[at] ?? 0)) at++;
  return at;
}

function isLineEnd(sign: number): boolean {
  return sign === 10 || sign === 13;
}

function illegal(at: number): OttlError {
  return new OttlError(`could not decode: illegal base64 data at input byte ${at}`);
}

const standardValues = valuesOf(standard);
const urlValues = valuesOf(standard.replace('+', '-').replace('/', '_'));

/** By byte: the value of a sign, 255 for none. */
function valuesOf(signs: string): Uint8Array {
  const values = new Uint8Array(256).fill(255);
  for (let i = 0; i < signs.length; i++) values[signs.charCodeAt(i)] = i;
  return values;
}
