/** Bytes before every message: one flag, and the length in four. */
export const messagePrefixSize = 5;

/** The prefix of a message of `length` bytes. */
export function prefixOf(length: number, compressed: boolean): Uint8Array {
  const prefix = new Uint8Array(messagePrefixSize);
  prefix[0] = compressed ? 1 : 0;
  new DataView(prefix.buffer).setUint32(1, length);
  return prefix;
}

/** Flag and length of the message behind a prefix. */
export function readPrefix(bytes: Uint8Array): { readonly flag: number; readonly length: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { flag: view.getUint8(0), length: view.getUint32(1) };
}

/** A message behind its prefix. */
export function framed(message: Uint8Array, compressed: boolean): Uint8Array {
  const frame = new Uint8Array(messagePrefixSize + message.length);
  frame.set(prefixOf(message.length, compressed));
  frame.set(message, messagePrefixSize);
  return frame;
}
