import { varintSize, writeVarint } from '../wire/varint.js';

/** Bytes of a field of one of the small messages of responses, whose tags take one byte: tag, length, body. */
export function fieldSize(body: Uint8Array): number {
  return 1 + varintSize(body.length) + body.length;
}

/** Writes such a field; the result is the offset behind it. */
export function writeField(out: Uint8Array, at: number, tag: number, body: Uint8Array): number {
  out[at++] = tag;
  at = writeVarint(out, at, body.length);
  out.set(body, at);
  return at + body.length;
}
