import { Lexer } from 'yaml';
import { maxLexemes } from '../bounds.js';
import type { Place, Source } from '../place.js';

/** A comment of a text, from its `#` to the end of the line. */
export interface YamlComment {
  readonly place: Place;
  readonly text: string;
}

/** Marks of the lexer that stand for no characters: the begin of a document, of a scalar, an error in braces. */
const marks = new Set(['\u0002', '\u0018', '\u001F']);

/** The comments of a text that has been parsed, in order. A `#` within a value begins none. */
export function commentsOf(source: Source): YamlComment[] {
  const comments: YamlComment[] = [];
  let at = 0;
  let before = '';
  let count = 0;
  for (const lexeme of new Lexer().lex(source.text)) {
    if (++count > maxLexemes) break;
    if (!marks.has(lexeme)) {
      if (lexeme.startsWith('#') && before !== '\u001F')
        comments.push({ place: { source, start: at, length: lexeme.length }, text: lexeme });
      at += lexeme.length;
    }
    before = lexeme;
  }
  return comments;
}
