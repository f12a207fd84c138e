import { StatementError } from '../../ottl-error.js';

export interface Token {
  readonly kind: 'name' | 'number' | 'text' | 'symbol' | 'end';
  /** Without quotes. */
  readonly text: string;
}

const patterns: readonly (readonly [Token['kind'], RegExp])[] = [
  ['number', /(\d+(?:\.\d*)?|\.\d+)/y],
  ['text', /"([^"]*)"/y],
  ['text', /'([^']*)'/y],
  ['name', /([A-Za-z_\u00c0-\uffff][\w.\-\u00b7-\uffff]*)/y],
  ['symbol', /(::|\/\/|\.\.|!=|<=|>=|[/.@()[\],|=<>+*:-])/y],
];

/** Splits an XPath expression. Throws a `StatementError` at a character that none can have. */
export function xpathTokens(expression: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    while (/\s/.test(expression.charAt(at))) at++;
    if (at === expression.length) return [...tokens, { kind: 'end', text: '' }];
    const { token, end } = tokenAt(expression, at);
    tokens.push(token);
    at = end;
  }
}

function tokenAt(expression: string, at: number): { readonly token: Token; readonly end: number } {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at;
    const match = pattern.exec(expression);
    if (match !== null) return { token: { kind, text: match[1] ?? '' }, end: pattern.lastIndex };
  }
  throw new StatementError(`invalid xpath: unexpected "${expression.slice(at, at + 20)}"`);
}
