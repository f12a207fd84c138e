import { skipValue, tagAt, varintEnd } from '../wire/varint.js';

/** A run of bytes in a batch; `start` is -1 when there is none. */
export interface Range {
  start: number;
  end: number;
}

/**
 * Finds the value (an AnyValue's body) of the first attribute named `key` among those that a resource, scope or span has
 * in `field`. Writes it to `found` and answers whether there was one. Bytes must be valid.
 */
export function findAttribute(bytes: Uint8Array, from: number, to: number, field: number, key: Buffer, found: Range): boolean {
  const wanted = field * 8 + 2;
  for (let at = from; at < to;) {
    const tag = tagAt(bytes, at);
    at = varintEnd(bytes, at);
    const end = skipValue(bytes, at, tag % 8);
    if (tag === wanted && matches(bytes, varintEnd(bytes, at), end, key, found)) return true;
    at = end;
  }
  return false;
}

function matches(bytes: Uint8Array, from: number, to: number, key: Buffer, found: Range): boolean {
  let same = false;
  found.start = found.end = to;
  for (let at = from; at < to;) {
    const tag = tagAt(bytes, at);
    at = varintEnd(bytes, at);
    const end = skipValue(bytes, at, tag % 8);
    if (tag === 10) {
      const start = varintEnd(bytes, at);
      same = end - start === key.length && key.equals(bytes.subarray(start, end));
    } else if (tag === 18) {
      found.start = varintEnd(bytes, at);
      found.end = end;
    }
    at = end;
  }
  return same;
}

/** Finds the text inside an AnyValue; false when the value is not text. The last member wins, as in any protobuf. */
export function textOf(bytes: Uint8Array, value: Range, found: Range): boolean {
  let text = false;
  for (let at = value.start; at < value.end;) {
    const tag = tagAt(bytes, at);
    at = varintEnd(bytes, at);
    const end = skipValue(bytes, at, tag % 8);
    if (tag === 10) {
      found.start = varintEnd(bytes, at);
      found.end = end;
      text = true;
    } else if (tag >= 16 && tag < 64) text = false;
    at = end;
  }
  return text;
}
