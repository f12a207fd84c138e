import { isRandomWord } from './letter-pairs.js';

/** A path that has more `/` ends before the one above. */
const mostSeparators = 10;

/**
 * The text with `*` for each segment between `/` that looks like an ID, and without query and fragment. A segment with
 * letters, `-`, `_`, `.` and spaces alone stays unless its letters look random; its second character may be any, such
 * as in `v1`.
 */
export function sanitizedUrl(text: string): string {
  const end = endOfPath(text);
  let result = '';
  let from = 0;
  for (let separators = 0; ; separators++) {
    if (separators === mostSeparators) return result.slice(0, -1);
    let to = text.indexOf('/', from);
    if (to < 0 || to > end) to = end;
    result += stays(text, from, to) ? text.slice(from, to) : '*';
    if (to === end) return result;
    result += '/';
    from = to + 1;
  }
}

/** Whether nothing but IDs was in a text that was sanitized. */
export function isAllIds(sanitized: string): boolean {
  let hasId = false;
  for (const char of sanitized) {
    if (char === '*') hasId = true;
    else if (char !== '/') return false;
  }
  return hasId;
}

function endOfPath(text: string): number {
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '?' || char === '&' || char === '#') return i;
  }
  return text.length;
}

function stays(text: string, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (!isPlain(text.charCodeAt(i)) && i !== from + 1) return false;
  return !isRandomWord(text, from, to);
}

function isPlain(char: number): boolean {
  const letter = char | 0x20;
  return (letter >= 0x61 && letter <= 0x7a) || char === 0x2d || char === 0x2e || char === 0x5f || char === 0x20;
}
