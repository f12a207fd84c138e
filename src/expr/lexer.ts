import { ExprError } from './expr-error.js';
import { numberValue, numberEnd } from './number-literal.js';
import { textLiteral } from './text-literal.js';

/** A word or sign of an expression. Of a `number` or `text` the value counts, of all others the text. */
export interface ExprToken {
  readonly kind: 'number' | 'text' | 'name' | 'operator' | 'end';
  readonly text: string;
  readonly value: bigint | number | string;
  readonly at: number;
}

const words: ReadonlySet<string> = new Set('not in or and matches contains startsWith endsWith let if else'.split(' '));
/** The longest first. */
const signs = ['**', '==', '!=', '<=', '>=', '&&', '||', '??', '?.', '..', '::'].concat([
  ...'?.()[]{},;:%+-^*/<>!=|&#',
]);
const space = /[\s\uFEFF]/;
const nameStart = /[\p{L}_$]/u;
const namePart = /[\p{L}\p{Nd}_$]/u;

/** Cuts an expression into its tokens, the last of which is the end. Throws an `ExprError`. */
export function tokens(source: string): readonly ExprToken[] {
  const found: ExprToken[] = [];
  let at = 0;
  for (;;) {
    at = skipped(source, at);
    const character = source.charAt(at);
    if (character === '') break;
    const start = at;
    if (/[0-9]/.test(character) || (character === '.' && /[0-9]/.test(source.charAt(at + 1)))) {
      at = numberEnd(source, start);
      const text = source.slice(start, at);
      found.push({ kind: 'number', text, value: numberValue(text, start), at: start });
    } else if (character === '"' || character === "'" || character === '`') {
      const { value, end } = textLiteral(source, start);
      at = end;
      found.push({ kind: 'text', text: source.slice(start, at), value, at: start });
    } else if (nameStart.test(characterAt(source, at))) {
      while (namePart.test(characterAt(source, at))) at += characterAt(source, at).length;
      const text = source.slice(start, at);
      found.push({ kind: words.has(text) ? 'operator' : 'name', text, value: '', at: start });
    } else {
      const sign = signs.find((each) => source.startsWith(each, start));
      if (sign === undefined) throw new ExprError(`unexpected character "${characterAt(source, start)}"`, start);
      at += sign.length;
      found.push({ kind: 'operator', text: sign, value: '', at: start });
    }
  }
  found.push({ kind: 'end', text: '', value: '', at: source.length });
  return found;
}

function characterAt(source: string, at: number): string {
  const point = source.codePointAt(at);
  return point === undefined ? '' : String.fromCodePoint(point);
}

/** Behind spaces and comments. */
function skipped(source: string, from: number): number {
  let at = from;
  for (;;) {
    while (space.test(source.charAt(at))) at++;
    if (source.startsWith('//', at)) {
      const end = source.indexOf('\n', at);
      at = end < 0 ? source.length : end;
    } else if (source.startsWith('/*', at)) {
      const end = source.indexOf('*/', at + 2);
      if (end < 0) throw new ExprError('a comment that has no end', at);
      at = end + 2;
    } else return at;
  }
}
