/** UTF-16 units of a value that a message shows: a sender must not be able to fill a log. */
const longest = 256;

/** How Go writes signs in double quotes that have an escape of their own. */
export const goEscapes: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\u0007', '\\a'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
]);

/** A text in double quotes, as Go's strconv writes it in its messages; a long one is cut. */
export function goQuoted(text: string): string {
  const shown = text.length > longest ? `${text.slice(0, longest)}...` : text;
  return `"${shown.replaceAll(/["\\\p{Cc}\p{Zl}\p{Zp}]/gu, escaped)}"`;
}

function escaped(character: string): string {
  const known = goEscapes.get(character);
  if (known !== undefined) return known;
  const code = character.charCodeAt(0).toString(16);
  return character < '\u0080' ? `\\x${code.padStart(2, '0')}` : `\\u${code.padStart(4, '0')}`;
}
