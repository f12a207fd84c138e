import { StatementError } from '../ottl-error.js';

/** Signs of other languages, and the words of this one. */
const elsewhere: readonly (readonly [string, string])[] = [
  ['&&', 'write "and"'],
  ['||', 'write "or"'],
  ['!', 'write "not"'],
  ["'", 'a text stands in double quotes ("...")'],
  ['`', 'a text stands in double quotes ("...")'],
  ['“', 'a text stands in straight double quotes ("...")'],
  ['”', 'a text stands in straight double quotes ("...")'],
  [';', 'each statement is an item of the list'],
  ['%', 'the operators are + - * /'],
  ['^', 'the operators are + - * /'],
  ['?', 'write a second statement with another "where"'],
  ['$', 'it stands in texts only; the configuration takes ${NAME} for a variable and $$ for "$"'],
  ['_', 'a name begins with a letter'],
];

/** The error for a character with which no token begins. */
export function strayCharacter(text: string, offset: number): StatementError {
  for (const [sign, advice] of elsewhere)
    if (text.startsWith(sign, offset)) return new StatementError(`"${sign}" has no meaning here: ${advice}`, offset);
  const character = String.fromCodePoint(text.codePointAt(offset) ?? 0);
  return new StatementError(`${JSON.stringify(character)} has no meaning here`, offset);
}
