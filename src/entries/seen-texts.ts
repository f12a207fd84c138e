/** Texts that are remembered; a power of two. */
const slots = 512;
/** Bytes of the longest text that is. */
const longest = 64;

const quote = 0x22;

/** A text, by its bytes and as a string. */
export interface SeenText {
  readonly bytes: Buffer;
  readonly text: string;
}

/** Strings of keys and short words: those of most lines are the same, and are found by their bytes. */
export class SeenTexts {
  readonly #texts: (SeenText | undefined)[] = Array.from({ length: slots }, () => undefined);

  /** The text `bytes[from, to)`, valid UTF-8. */
  find(bytes: Buffer, from: number, to: number): SeenText {
    const length = to - from;
    if (length > longest || length === 0) return made(bytes, from, to);
    const slot = slotOf(bytes, from, to);
    const known = this.#texts[slot];
    if (known !== undefined && known.bytes.length === length && standsAt(known.bytes, bytes, from)) return known;
    return (this.#texts[slot] = made(bytes, from, to));
  }
}

/** Whether a text stands there, with a quote behind it. */
export function isQuotedText({ bytes: key }: SeenText, bytes: Buffer, from: number, end: number): boolean {
  const to = from + key.length;
  return to < end && bytes[to] === quote && standsAt(key, bytes, from);
}

function made(bytes: Buffer, from: number, to: number): SeenText {
  return { bytes: Buffer.from(bytes.subarray(from, to)), text: bytes.toString('utf8', from, to) };
}

function slotOf(bytes: Buffer, from: number, to: number): number {
  const middle = (from + to) >> 1;
  const hash = (to - from) * 31 + (bytes[from] ?? 0) * 7 + (bytes[middle] ?? 0) * 131 + (bytes[to - 1] ?? 0) * 17;
  return hash & (slots - 1);
}

function standsAt(key: Buffer, bytes: Buffer, from: number): boolean {
  for (let i = 0; i < key.length; i++) if (key[i] !== bytes[from + i]) return false;
  return true;
}
