import { goEscapes } from '../../../strconv/quoted.js';

/** A text as `%q` writes it, whole; between backquotes where that is wanted and possible. */
export function quotedText(text: string, mayBeRaw: boolean): string {
  if (mayBeRaw && !/[`\p{Cc}\ufeff]/u.test(text.replaceAll('\t', ''))) return `\`${text}\``;
  return `"${text.replaceAll(/["\\\p{C}\p{Zl}\p{Zp}\p{Zs}]/gu, (sign) => (sign === ' ' ? sign : escaped(sign)))}"`;
}

/** The character of a number; the replacement character for none. */
export function goCharacter(codePoint: bigint): string {
  const isValid = codePoint >= 0n && codePoint <= 0x10ffffn && (codePoint < 0xd800n || codePoint > 0xdfffn);
  return isValid ? String.fromCodePoint(Number(codePoint)) : '\ufffd';
}

function escaped(sign: string): string {
  const known = goEscapes.get(sign);
  if (known !== undefined) return known;
  const code = sign.codePointAt(0) ?? 0;
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}
