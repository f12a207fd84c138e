import { StatementError } from '../ottl-error.js';

const simple: ReadonlyMap<string, number> = new Map([
  ['a', 7],
  ['b', 8],
  ['f', 12],
  ['n', 10],
  ['r', 13],
  ['t', 9],
  ['v', 11],
  ['\\', 0x5c],
  ['"', 0x22],
]);

/** Digits of the escapes for a byte (`\x41`) and a code point (`\u00e9`, `\U0001f600`). */
const widths: ReadonlyMap<string, number> = new Map([
  ['x', 2],
  ['u', 4],
  ['U', 8],
]);

/**
 * The text of a literal without its quotes, with the escapes of Go. `\x41` and `\101` are bytes, so that some of them
 * together make one character. Throws a `StatementError` at an escape that does not exist.
 */
export function unquote(inside: string, offset: number): string {
  if (!inside.includes('\\')) return inside;
  const parts: Uint8Array[] = [];
  let from = 0;
  for (let at = inside.indexOf('\\'); at !== -1; at = inside.indexOf('\\', from)) {
    if (at > from) parts.push(Buffer.from(inside.slice(from, at)));
    const [bytes, length] = escape(inside, at, offset);
    parts.push(bytes);
    from = at + length;
  }
  parts.push(Buffer.from(inside.slice(from)));
  return Buffer.concat(parts).toString();
}

/** The bytes of the escape at `at`, and its length. */
function escape(inside: string, at: number, offset: number): readonly [Uint8Array, number] {
  const letter = inside[at + 1] ?? '';
  const known = simple.get(letter);
  if (known !== undefined) return [Uint8Array.of(known), 2];
  const width = widths.get(letter);
  const digits = width === undefined ? inside.slice(at + 1, at + 4) : inside.slice(at + 2, at + 2 + width);
  const pattern = width === undefined ? /^[0-7]{3}$/ : /^[0-9a-fA-F]+$/;
  if (digits.length === (width ?? 3) && pattern.test(digits)) {
    const code = Number.parseInt(digits, width === undefined ? 8 : 16);
    const length = width === undefined ? 4 : 2 + width;
    if (isByte(letter) && code < 0x100) return [Uint8Array.of(code), length];
    if (!isByte(letter) && code <= 0x10ffff && !(code >= 0xd800 && code < 0xe000))
      return [Buffer.from(String.fromCodePoint(code)), length];
  }
  throw new StatementError(
    `"\\${letter}" is no escape in a text: a backslash, such as that of a pattern, is written twice ("\\\\${letter}")`,
    offset + at,
  );
}

function isByte(letter: string): boolean {
  return letter !== 'u' && letter !== 'U';
}
