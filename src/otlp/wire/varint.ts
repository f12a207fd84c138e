/** A varint and the offset behind it. */
export interface ReadVarint {
  /** Exact up to 2^53. */
  readonly value: number;
  readonly next: number;
}

/** Reads a varint of at most ten bytes; undefined when it is cut off. For cold paths: it makes an object. */
export function readVarint(bytes: Uint8Array, from: number, end: number): ReadVarint | undefined {
  let value = 0;
  let scale = 1;
  for (let at = from; at < end && at < from + 10; at++) {
    const byte = bytes[at] as number;
    value += (byte & 127) * scale;
    if (byte < 128) return { value, next: at + 1 };
    scale *= 128;
  }
  return undefined;
}

/** Bytes that `value` (below 2^53) takes as a varint. */
export function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) size++;
  return size;
}

/** Writes a varint and answers the offset behind it. */
export function writeVarint(target: Uint8Array, at: number, value: number): number {
  let rest = value;
  while (rest > 127) {
    target[at++] = (rest & 127) | 128;
    rest = rest < 0x80000000 ? rest >>> 7 : Math.floor(rest / 128);
  }
  target[at++] = rest;
  return at;
}

/** The number of the varint at `at` in bytes known to be valid; `varintEnd` says where it ends. */
export function varintAt(bytes: Uint8Array, at: number): number {
  let byte = bytes[at++] as number;
  if (byte < 128) return byte;
  let value = byte & 127;
  for (let scale = 128; ; scale *= 128) {
    byte = bytes[at++] as number;
    value += (byte & 127) * scale;
    if (!(byte >= 128)) return value;
  }
}

/**
 * The tag at `at`: field number * 8 + wire type. A tag may have 64 bits; what is above the field number's 32 does not
 * count, as in the Collector, and would not leave the lower bits exact either.
 */
export function tagAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at] as number;
  return byte < 128 ? byte : low(bytes, at, 5);
}

/** The length at `at`, of which the tenth byte does not count. */
export function lengthAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at] as number;
  return byte < 128 ? byte : low(bytes, at, 9);
}

/** The first `most` bytes of a varint as a number. */
function low(bytes: Uint8Array, from: number, most: number): number {
  let value = 0;
  for (let at = from, scale = 1; at < from + most; at++, scale *= 128) {
    const byte = bytes[at] as number;
    value += (byte & 127) * scale;
    if (!(byte >= 128)) break;
  }
  return value;
}

export function varintEnd(bytes: Uint8Array, at: number): number {
  while ((bytes[at++] as number) >= 128);
  return at;
}

/** Whether a varint of at most ten bytes ends before `end`. */
export function hasVarint(bytes: Uint8Array, from: number, end: number): boolean {
  const last = Math.min(end, from + 10);
  for (let at = from; at < last; at++) if ((bytes[at] as number) < 128) return true;
  return false;
}

/** The offset behind the field whose value (after the tag) starts at `at`, in bytes known to be valid. */
export function skipValue(bytes: Uint8Array, at: number, wire: number): number {
  if (wire === 2) return varintEnd(bytes, at) + lengthAt(bytes, at);
  if (wire === 0) return varintEnd(bytes, at);
  if (wire === 1) return at + 8;
  if (wire === 5) return at + 4;
  // A group: up to its own end tag.
  for (let open = 1; open > 0;) {
    const inner = (bytes[at] as number) & 7;
    at = varintEnd(bytes, at);
    if (inner === 3) open++;
    else if (inner === 4) open--;
    else at = skipValue(bytes, at, inner);
  }
  return at;
}
