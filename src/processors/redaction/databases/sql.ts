/** How a dialect writes strings. */
export interface SqlDialect {
  /** `\` in a string keeps the quote after it from ending it; else only in `E'...'`. */
  readonly hasEscapes: boolean;
  /** Texts between double quotes are strings, no names. */
  readonly hasDoubleQuotedStrings: boolean;
  /** `#` begins a comment. */
  readonly hasHashComments: boolean;
}

const mysql: SqlDialect = { hasEscapes: true, hasDoubleQuotedStrings: true, hasHashComments: true };
const standard: SqlDialect = { hasEscapes: false, hasDoubleQuotedStrings: false, hasHashComments: false };
/** Where the system is not known, as in the Collector. */
export const anySql: SqlDialect = { hasEscapes: true, hasDoubleQuotedStrings: false, hasHashComments: false };

/** By `db.system.name`, or the older `db.system`. */
export const sqlDialects: ReadonlyMap<string, SqlDialect> = new Map([
  ['other_sql', anySql],
  ['mysql', mysql],
  ['mariadb', mysql],
  ['postgresql', standard],
  ['sqlite', standard],
]);

const mask = '?';

/** Characters that begin nothing: spaces and most operators. */
const plain = /[^\p{L}_'"`#/\-+$@\d]+/uy;
const word = /[\p{L}_](?:[\p{L}\p{N}_$@.]|\p{M})*/uy;
const digits = /\d+/g;
const hexNumber = /0[xX][\da-fA-F]*/y;
const number = /[-+]?[\d.](?:[\d.]|[eE][-+]?)*/y;
const signedNumber = /[-+][\d.]/y;
const parameter = /\$\d+|@@?[\p{L}\p{N}_$#@]+/uy;
const dollarTag = /\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/uy;
const escapePrefix = /(?:^|[^\p{L}\p{N}_$#@.])[eE]$/u;
const functionTag = '$func$';

/** How deep `$func$` bodies are looked into; they do not nest otherwise. */
const deepestFunction = 1;

/**
 * The statement with `?` for each string and number, and for the digits in names. Keywords, spaces, comments and
 * parameters stay. A string that does not end reaches to the end of the text. Takes time linear in the text.
 */
export function sanitizedSql(text: string, dialect: SqlDialect, depth = 0): string {
  let result = '';
  let at = 0;
  while (at < text.length) {
    const char = text[at] as string;
    let end = endOf(plain, text, at);
    if (end > at) result += text.slice(at, end);
    else if ((end = endOfComment(text, at, dialect)) > at) result += text.slice(at, end);
    else if (char === "'" || (char === '"' && dialect.hasDoubleQuotedStrings)) {
      const hasEscapes = dialect.hasEscapes || escapePrefix.test(text.slice(Math.max(0, at - 2), at));
      end = endOfQuoted(text, at, hasEscapes);
      result += mask;
    } else if (char === '"' || char === '`') {
      end = endOfQuoted(text, at, false);
      // A name that does not end is hardly one.
      result += end < 0 ? mask : text.slice(at, end).replace(digits, mask);
    } else if ((end = endOf(word, text, at)) > at) result += text.slice(at, end).replace(digits, mask);
    else if ((end = endOf(parameter, text, at)) > at) result += text.slice(at, end);
    else if ((end = endOf(hexNumber, text, at)) > at) result += mask;
    else if (isDigit(char) || endOf(signedNumber, text, at) > at) {
      end = endOf(number, text, at);
      result += mask;
    } else if ((end = endOf(dollarTag, text, at)) > at) {
      const tag = text.slice(at, end);
      const closing = text.indexOf(tag, end);
      const body = text.slice(end, closing < 0 ? text.length : closing);
      const isFunction = tag === functionTag && depth < deepestFunction;
      result += isFunction ? tag + sanitizedSql(body, dialect, depth + 1) + (closing < 0 ? '' : tag) : mask;
      end = closing < 0 ? text.length : closing + tag.length;
    } else {
      end = at + 1;
      result += char;
    }
    at = end < 0 ? text.length : end;
  }
  return result.trim();
}

function isDigit(char: string): boolean {
  return char >= '0' && char <= '9';
}

/** Where what a sticky pattern matches ends, or `at`. */
function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

/** Where the comment that begins here ends, or `at`. One that does not end reaches to the end of the text. */
function endOfComment(text: string, at: number, { hasHashComments }: SqlDialect): number {
  if (text.startsWith('/*', at)) return behind(text, '*/', at + 2);
  if (text.startsWith('--', at) || (hasHashComments && text[at] === '#')) return behind(text, '\n', at);
  return at;
}

function behind(text: string, closing: string, from: number): number {
  const at = text.indexOf(closing, from);
  return at < 0 ? text.length : at + closing.length;
}

/** Behind the closing quote; -1: there is none. A quote that stands twice is part of the text. */
function endOfQuoted(text: string, at: number, hasEscapes: boolean): number {
  const quote = text[at];
  for (let i = at + 1; i < text.length; i++) {
    const char = text[i];
    if (char === quote) {
      if (text[i + 1] !== quote) return i + 1;
      i++;
    } else if (char === '\\' && hasEscapes) i++;
  }
  return -1;
}
