import { StatementError } from '../ottl-error.js';
import { strayCharacter } from './stray.js';
import { unquote } from './unquote.js';

/** A sign of punctuation is its own kind. */
export type TokenKind =
  | 'end'
  | 'name'
  | 'int'
  | 'float'
  | 'string'
  | 'bytes'
  | 'comparison'
  | '='
  | '=>'
  | '+'
  | '-'
  | '*'
  | '/'
  | '('
  | ')'
  | '['
  | ']'
  | '{'
  | '}'
  | ','
  | '.'
  | ':';

const blank = /\s+/y;
const name = /[A-Za-z][A-Za-z0-9_]*/y;
const hexadecimal = /0x[0-9a-fA-F]+/y;
const float = /(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?/y;
const int = /[0-9]+/y;
const operator = /=>|[=!<>]=|[-=<>+*/()[\]{},.:]/y;
const comparisons = new Set(['==', '!=', '<=', '>=', '<', '>']);

/** Digits of 2^63. A literal with more after its zeros fits no int64, and is not made a BigInt. */
const longestInt = 19;
const highest = 2n ** 63n - 1n;

/** Cuts a statement into tokens, one at a time: the fields are those of the current one. */
export class Lexer {
  readonly text: string;
  kind: TokenKind = 'end';
  start = 0;
  end = 0;
  /** Of a literal. */
  value: bigint | number | string | Uint8Array = '';

  constructor(text: string) {
    this.text = text;
    this.advance();
  }

  /** The current token as it is written; a text as its value. */
  get word(): string {
    return this.text.slice(this.start, this.end);
  }

  /** Reads the next token. Throws a `StatementError` where there is none. */
  advance(): void {
    const from = this.#match(blank, this.end) ?? this.end;
    this.start = from;
    if (from === this.text.length) this.#token('end', from);
    else if (this.text[from] === '"') this.#string(from);
    else this.#other(from);
  }

  #other(from: number): void {
    const { text } = this;
    const end = this.#match(name, from);
    if (end !== undefined) return this.#token('name', end);
    if (this.#match(hexadecimal, from) !== undefined) return this.#bytes(from);
    if (this.#match(float, from) !== undefined) return this.#float(from);
    if (this.#match(int, from) !== undefined) return this.#int(from);
    const operatorEnd = this.#match(operator, from);
    if (operatorEnd === undefined) throw strayCharacter(text, from);
    const word = text.slice(from, operatorEnd);
    this.#token(comparisons.has(word) ? 'comparison' : (word as TokenKind), operatorEnd);
  }

  #string(from: number): void {
    const { text } = this;
    let end = from + 1;
    while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
    if (end >= text.length) throw new StatementError('this text has no closing quote (")', from);
    const inside = text.slice(from + 1, end);
    const newline = inside.indexOf('\n');
    if (newline !== -1) throw new StatementError('a text has no line breaks: write \\n', from + 1 + newline);
    this.value = unquote(inside, from + 1);
    this.#token('string', end + 1);
  }

  #bytes(from: number): void {
    const end = this.#match(hexadecimal, from)!;
    const digits = this.text.slice(from + 2, end);
    if (digits.length % 2 === 1)
      throw new StatementError('bytes have two hexadecimal digits each: one is missing here', from);
    this.value = Buffer.from(digits, 'hex');
    this.#number('bytes', end);
  }

  #float(from: number): void {
    const end = this.#match(float, from)!;
    const value = Number(this.text.slice(from, end));
    if (!Number.isFinite(value)) throw new StatementError('this number does not fit into a float64', from);
    this.value = value;
    this.#number('float', end);
  }

  #int(from: number): void {
    const end = this.#match(int, from)!;
    let first = from;
    while (first < end - 1 && this.text[first] === '0') first++;
    const value = end - first > longestInt ? highest + 1n : BigInt(this.text.slice(first, end));
    if (value > highest)
      throw new StatementError('this number does not fit into an int64 (at most 9223372036854775807)', from);
    this.value = value;
    this.#number('int', end);
  }

  /** A number ends before a letter only by mistake: `1e3`, `0x`, `5s`. */
  #number(kind: TokenKind, end: number): void {
    const behind = this.#match(name, end);
    if (behind !== undefined) throw wrongNumber(this.text.slice(this.start, behind), this.start);
    this.#token(kind, end);
  }

  #token(kind: TokenKind, end: number): void {
    this.kind = kind;
    this.end = end;
  }

  /** Where a match that begins at `from` ends. */
  #match(pattern: RegExp, from: number): number | undefined {
    pattern.lastIndex = from;
    return pattern.test(this.text) ? pattern.lastIndex : undefined;
  }
}

function wrongNumber(word: string, offset: number): StatementError {
  const shown = word.length > 40 ? `${word.slice(0, 40)}...` : word;
  const problem = `"${shown}" is no number`;
  if (/^0x/i.test(word)) return new StatementError(`${problem}: bytes are written 0x01ff`, offset);
  const [, digits, exponent] = /^([0-9]{1,20})[eE]([0-9]{1,3})$/.exec(word) ?? [];
  if (digits !== undefined)
    return new StatementError(`${problem}: a float has a point, write ${digits}.0e${exponent}`, offset);
  if (/^[0-9.]+(?:ns|us|ms|s|m|h)$/.test(word) && word === shown)
    return new StatementError(`${problem}: a duration is written Duration("${word}")`, offset);
  return new StatementError(problem, offset);
}
