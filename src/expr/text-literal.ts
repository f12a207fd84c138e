import { ExprError } from './expr-error.js';

const plainEscapes: Readonly<Record<string, string>> = {
  ...{ n: '\n', t: '\t', r: '\r', a: '\u0007', b: '\b', f: '\f', v: '\v' },
  ...{ '\\': '\\', "'": "'", '"': '"', '`': '`' },
};
/** Digits of an escape by number, and their base. */
const numbered: Readonly<Record<string, readonly [length: number, base: number]>> = {
  ...{ x: [2, 16], u: [4, 16], U: [8, 16] },
  ...{ 0: [3, 8], 1: [3, 8], 2: [3, 8], 3: [3, 8] },
};

/** The text in quotes that begins at `start`, without its quotes and escapes; in backticks nothing is escaped. */
export function textLiteral(source: string, start: number): { readonly value: string; readonly end: number } {
  const quote = source.charAt(start);
  const parts: string[] = [];
  let at = start + 1;
  for (;;) {
    const character = source.charAt(at);
    if (character === '' || (character === '\n' && quote !== '`')) throw new ExprError('a text that has no end', start);
    if (character === quote) {
      if (quote !== '`' || source.charAt(at + 1) !== quote) return { value: parts.join(''), end: at + 1 };
      // A backtick within backticks is written twice.
      parts.push(quote);
      at += 2;
    } else if (character === '\\' && quote !== '`') {
      const { value, end } = escaped(source, at);
      parts.push(value);
      at = end;
    } else {
      parts.push(character);
      at++;
    }
  }
}

function escaped(source: string, at: number): { readonly value: string; readonly end: number } {
  const letter = source.charAt(at + 1);
  const plain = plainEscapes[letter];
  if (plain !== undefined) return { value: plain, end: at + 2 };
  const number = numbered[letter];
  if (number !== undefined) {
    const [length, base] = number;
    const from = base === 8 ? at + 1 : at + 2;
    const digits = source.slice(from, from + length);
    const point = Number.parseInt(digits, base);
    const isWhole = digits.length === length && (base === 8 ? /^[0-7]+$/ : /^[0-9a-f]+$/i).test(digits);
    if (isWhole && point <= 0x10ffff) return { value: String.fromCodePoint(point), end: from + length };
  }
  throw new ExprError(`"\\${letter}" is no escape that is known`, at);
}
