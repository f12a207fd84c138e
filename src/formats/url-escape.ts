import { goQuoted } from '../strconv/quoted.js';

/** The part of a URL: each allows other characters as they are. */
export type Part = 'path' | 'fragment' | 'user' | 'host' | 'query';

/** Characters that stay as they are. */
const kept: Readonly<Record<Part, RegExp>> = {
  path: /[\w\-.~$&+,/:;=@]/,
  fragment: /[\w\-.~$&+,/:;=?@!()*]/,
  user: /[\w\-.~$&+,;=]/,
  host: /[\w\-.~!$&'()*+,;=:[\]<>"]/,
  query: /[\w\-.~]/,
};

const escapes = /%([0-9a-fA-F]{2})/g;

/** Resolves `%20`. `fail` is called with Go's words for an escape or a character that is wrong. */
export function unescape(text: string, part: Part, fail: (what: string) => never): string {
  const wrong = /%(?![0-9a-fA-F]{2})/.exec(text);
  if (wrong !== null) return fail(`invalid URL escape ${goQuoted(text.slice(wrong.index, wrong.index + 3))}`);
  if (part === 'host') checkHost(text, fail);
  const spaced = part === 'query' ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  // Escapes stand for bytes of UTF-8, so all of them are put together before they become text.
  const bytes = Buffer.from(spaced, 'utf8').toString('latin1').replaceAll(escapes, (_, digits: string) => {
    return String.fromCharCode(Number.parseInt(digits, 16));
  }); // prettier-ignore
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** A host may have escapes for bytes outside of ASCII only, and few characters beside letters. */
function checkHost(text: string, fail: (what: string) => never): void {
  for (const [whole, digits] of text.matchAll(escapes))
    if (Number.parseInt(digits ?? '', 16) < 128 && whole !== '%25') fail(`invalid URL escape ${goQuoted(whole)}`);
  for (const character of text.replaceAll(escapes, ''))
    if (character < '\u0080' && !kept.host.test(character))
      fail(`invalid character ${goQuoted(character)} in host name`);
}

export function escape(text: string, part: Part): string {
  let result = '';
  for (const character of text) {
    if (kept[part].test(character)) result += character;
    else for (const byte of Buffer.from(character)) result += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return result;
}

/** Whether nothing in a path or fragment must be escaped that is not. */
export function isValidEncoding(text: string, part: Part): boolean {
  for (const character of text) if (!/[!$&'()*+,;=:@[\]%]/.test(character) && !kept[part].test(character)) return false;
  return true;
}
