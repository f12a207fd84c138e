/** Bytes before every message: one flag, and the length in four. */
export const messagePrefixSize = 5;

/** The prefix of a message of `length` bytes. */
export function prefixOf(length: number, compressed: boolean): Uint8Array {
  const prefix = new Uint8Array(messagePrefixSize);
  writePrefix(prefix, length, compressed);
  return prefix;
}

/** Flag and length of the message behind a prefix. Bytes one by one: making a `DataView` costs more than they do. */
export function readPrefix(bytes: Uint8Array): { readonly flag: number; readonly length: number } {
  const length = (byte(bytes, 1) << 24) | (byte(bytes, 2) << 16) | (byte(bytes, 3) << 8) | byte(bytes, 4);
  return { flag: byte(bytes, 0), length: length >>> 0 };
}

/** A message behind its prefix. */
export function framed(message: Uint8Array, compressed: boolean): Uint8Array {
  const frame = new Uint8Array(messagePrefixSize + message.length);
  writePrefix(frame, message.length, compressed);
  frame.set(message, messagePrefixSize);
  return frame;
}

function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

function writePrefix(target: Uint8Array, length: number, compressed: boolean): void {
  target[0] = compressed ? 1 : 0;
  target[1] = length >>> 24;
  target[2] = length >>> 16;
  target[3] = length >>> 8;
  target[4] = length;
}
