/** Characters of a value that, seen in a row, are taken for a part of it: less than any password has. */
const size = 4;
/** As much of a value is looked for, UTF-16 units: messages show the beginning of what is longer. */
const maxMasked = 16_384;
const hidden = '***';

/**
 * Hides values in messages. A message may show a part of a value, quoted or not, so that every run of characters that
 * one of them has too becomes `***`; a value shorter than that only where it stands as a word of its own.
 */
export class Mask {
  readonly #parts: Set<string> = new Set();
  readonly #short: Set<string> = new Set();

  constructor(values: Iterable<string>) {
    for (const value of values)
      for (const form of new Set([value, JSON.stringify(value).slice(1, -1)]))
        this.#add(form.trim().slice(0, maxMasked));
  }

  apply(text: string): string {
    if (this.#parts.size === 0 && this.#short.size === 0) return text;
    const covered = new Uint8Array(text.length);
    for (let i = 0; i + size <= text.length; i++)
      if (this.#parts.has(text.slice(i, i + size))) covered.fill(1, i, i + size);
    for (const value of this.#short)
      for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + value.length))
        if (isShortValue(text, at, at + value.length)) covered.fill(1, at, at + value.length);
    let shown = '';
    for (let i = 0; i < text.length; i++)
      if (covered[i] === 0) shown += text.charAt(i);
      else if (covered[i - 1] !== 1) shown += hidden;
    return shown;
  }

  #add(text: string): void {
    if (text.length >= size) for (let i = 0; i + size <= text.length; i++) this.#parts.add(text.slice(i, i + size));
    else if (text !== '') this.#short.add(text);
  }
}

/** A value of a few letters may be a word of the message too: it is one of the value where it is set off. */
function isShortValue(text: string, from: number, to: number): boolean {
  const setOff = /["'`(=[]/.test(text.charAt(from - 1)) || /[:=]\s?$/.test(text.slice(Math.max(0, from - 2), from));
  return isWord(text, from, to) && (setOff || !/^[a-z]+$/.test(text.slice(from, to)));
}

function isWord(text: string, from: number, to: number): boolean {
  return !/\w/.test(text.charAt(from - 1)) && !/\w/.test(text.charAt(to));
}
