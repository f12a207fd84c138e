import type { StatementError } from './ottl-error.js';

/** Characters of a line that are shown on each side of the place. */
const around = 60;

/**
 * A mistake for people: the line of the statement on which it stands, a caret below the place, and the message. Of a
 * long line only the characters around the place are shown.
 */
export function renderStatementError(text: string, { message, offset }: StatementError): string {
  if (offset === undefined) return message;
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const newline = text.indexOf('\n', offset);
  const end = newline === -1 ? text.length : newline;
  const from = offset - start > around ? offset - around : start;
  const to = end - offset > around ? offset + around : end;
  const before = from > start ? '...' : '';
  const shown = text.slice(from, to).replaceAll(/\p{Cc}/gu, ' ');
  const caret = ' '.repeat(before.length + offset - from);
  return `${before}${shown}${to < end ? '...' : ''}\n${caret}^\n${message}`;
}
