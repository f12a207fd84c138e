import type { ApiJson } from './json.js';

const managedFields = Buffer.from('"managedFields":[');
const backslash = 92;

/** How an object is read of its bytes. Throws when they are no JSON. */
export type ReadObject = (bytes: Buffer) => ApiJson;

export const wholeObject: ReadObject = (bytes) => JSON.parse(bytes.toString('utf8'));

/**
 * An object without its `managedFields`, which say who wrote each field: they are a third of most objects, and names in
 * them are keys, which take most of the time and memory of reading.
 */
export const briefObject: ReadObject = (bytes) => {
  const at = bytes.indexOf(managedFields);
  // Behind a backslash it is the end of a longer key.
  if (at < 1 || bytes[at - 1] === backslash) return wholeObject(bytes);
  const from = at + managedFields.length - 1;
  const to = endOf(bytes, from);
  return JSON.parse(`${bytes.toString('utf8', 0, from)}null${bytes.toString('utf8', to)}`);
};

/** Behind the value that begins at `from`, a list or a map. */
function endOf(bytes: Buffer, from: number): number {
  const quote = 34;
  const end = bytes.length;
  let depth = 0;
  for (let i = from; i < end; i++) {
    let byte = bytes[i];
    if (byte === quote) {
      for (byte = bytes[++i]; byte !== quote && i < end; byte = bytes[i]) i += byte === backslash ? 2 : 1;
      continue;
    }
    // Brackets of lists and maps differ from their other halves by two, and from each other in one bit.
    const bracket = (byte ?? 0) & 0xdf;
    if (bracket === 0x5b) depth++;
    else if (bracket === 0x5d && --depth === 0) return i + 1;
  }
  return end;
}
