import { StatementError } from '../ottl-error.js';
import type { Lexer } from './lexer.js';

const longest = 40;
const noLambdas = 'functions of your own ((x) => ...) are not supported';

/** Words of other languages, and what stands for them here. */
const elsewhere: ReadonlyMap<string, string> = new Map([
  ['in', 'write ContainsValue(list, value)'],
  ['contains', 'write IsMatch(text, pattern) or ContainsValue(list, value)'],
  ['like', 'write IsMatch(text, pattern)'],
  ['matches', 'write IsMatch(text, pattern)'],
  ['is', 'write == or !='],
  ['if', 'write where'],
]);

/** The error for a token at a place where `expected` must stand. `opened` is where what must be closed here begins. */
export function unexpected(lexer: Lexer, expected: string, opened?: number): StatementError {
  const advice =
    adviceFor(lexer) ?? (lexer.kind === 'end' && opened !== undefined ? openedAt(lexer, opened) : undefined);
  const message = `expected ${expected}, found ${shown(lexer)}`;
  return new StatementError(advice === undefined ? message : `${message}: ${advice}`, lexer.start);
}

/** The error for a token with which no value begins. */
export function missing(lexer: Lexer): StatementError {
  if (lexer.kind === '=>' || lexer.kind === ')')
    if (/^\s*=>/.test(lexer.text.slice(lexer.start + (lexer.kind === ')' ? 1 : 0), lexer.start + 20)))
      return new StatementError(noLambdas, lexer.start);
  return unexpected(lexer, 'a value');
}

/** The error for a statement that begins with something else than a call. */
export function noEditor(lexer: Lexer, offset: number = lexer.start): StatementError {
  return new StatementError('a statement begins with an editor and its arguments, such as set(...)', offset);
}

function adviceFor(lexer: Lexer): string | undefined {
  switch (lexer.kind) {
    case '=':
      return 'values are compared with "=="';
    case '=>':
      return noLambdas;
    case 'comparison':
      return 'a comparison stands in a condition, once between two values';
    case 'name':
      return adviceForName(lexer.word);
    case ',':
      return lexer.text.slice(lexer.start, lexer.start + 80).includes('=>') ? noLambdas : undefined;
    default:
      return undefined;
  }
}

function adviceForName(word: string): string | undefined {
  if (word === 'and' || word === 'or' || word === 'not') return `"${word}" stands between or before conditions`;
  const small = word.toLowerCase();
  const here = elsewhere.get(small);
  if (here !== undefined) return here;
  if (word !== small && ['and', 'or', 'not', 'where', 'true', 'false', 'nil'].includes(small))
    return `it is written in small letters, "${small}"`;
  return undefined;
}

function openedAt(lexer: Lexer, opened: number): string {
  return `"${lexer.text[opened]}" is open since column ${opened + 1}`;
}

function shown(lexer: Lexer): string {
  if (lexer.kind === 'end') return 'the end';
  const { word } = lexer;
  const cut = word.length > longest ? `${word.slice(0, longest)}...` : word;
  return lexer.kind === 'string' ? `the text ${cut}` : `"${cut}"`;
}
