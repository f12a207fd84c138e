import { StatementError } from '../ottl/ottl-error.js';
import { renderStatementError } from '../ottl/render-error.js';

/** A statement or condition, and where it was written. */
export interface RuleLine {
  readonly text: string;
  /** `statement 1`, or a file. */
  readonly source: string;
  /** Its first line in the file, from 1; undefined where it is in none. */
  readonly line: number | undefined;
}

/** A mistake in a text, or, where none is given, in an option. */
export interface Mistake {
  readonly message: string;
  readonly written: RuleLine | undefined;
  /** UTF-16 units before it. */
  readonly offset: number | undefined;
}

/**
 * The statements in a file: one in each line, going on in the lines below it that are indented. Empty lines, and those
 * that begin with `#`, are left out.
 */
export function statementsIn(source: string, content: string): readonly RuleLine[] {
  const found: { text: string; readonly source: string; readonly line: number }[] = [];
  let last: (typeof found)[number] | undefined;
  for (const [i, line] of content.split(/\r?\n/).entries()) {
    if (last && /^\s+\S/.test(line)) last.text += `\n${line}`;
    else if (line.trim() === '') last = undefined;
    else if (!line.startsWith('#')) found.push((last = { text: line, source, line: i + 1 }));
  }
  return found;
}

/** Every mistake with its place, the line and a caret. */
export function renderMistakes(mistakes: readonly Mistake[]): string {
  return mistakes
    .map(({ message, written, offset }) => {
      if (written === undefined) return message;
      const shown = renderStatementError(written.text, new StatementError(message, offset));
      return `${placeOf(written, offset)}:\n${shown.replaceAll(/^/gm, '  ')}`;
    })
    .join('\n\n');
}

function placeOf({ text, source, line }: RuleLine, offset = 0): string {
  const before = text.slice(0, offset).split('\n');
  const column = (before.at(-1)?.length ?? 0) + 1;
  return line === undefined ? `${source}, column ${column}` : `${source}:${line + before.length - 1}:${column}`;
}
