import type { TextFault } from '../component/config-value-error.js';
import type { CompiledExpr } from '../expr/expression.js';
import { typeOf } from '../expr/value.js';
import { entryExpression, expressionFault, expressionValue } from './condition.js';
import type { LogEntry } from './entry.js';
import { EntryFailure } from './operator.js';

const start = 'EXPR(';

/** Text, or an expression with the place where it stands. */
type Part = { readonly text: string } | { readonly source: string; readonly at: number };

/** A text with any number of `EXPR(...)` in it, each of which gives a text. */
export interface TextTemplate {
  /** A failure when an expression fails, or gives anything but a text. */
  text(entry: LogEntry): string | EntryFailure;
}

/** The fault of an expression in a text; undefined when all are good. */
export function templateFault(written: string): TextFault | undefined {
  const parts = partsOf(written);
  if (!Array.isArray(parts)) return parts;
  for (const part of parts) {
    if ('text' in part) continue;
    const fault = expressionFault(part.source);
    if (fault !== undefined) return { ...fault, at: { offset: part.at + (fault.at?.offset ?? 0) } };
  }
  return undefined;
}

/** Makes the template of a text that `templateFault` has checked. */
export function compileTemplate(written: string): TextTemplate {
  const parts = partsOf(written);
  const compiled = (Array.isArray(parts) ? parts : []).map((part) =>
    'text' in part ? part.text : entryExpression(part.source),
  );
  if (compiled.every((part) => typeof part === 'string')) {
    const text = compiled.join('');
    return { text: () => text };
  }
  return { text: (entry) => joined(compiled, entry) };
}

function joined(parts: readonly (string | CompiledExpr<LogEntry>)[], entry: LogEntry): string | EntryFailure {
  let text = '';
  for (const part of parts) {
    const value = typeof part === 'string' ? part : expressionValue(part, entry);
    if (value instanceof EntryFailure) return value;
    if (typeof value !== 'string')
      return new EntryFailure(`an expression in a text is of type ${typeOf(value)}, not string`);
    text += value;
  }
  return text;
}

function partsOf(written: string): Part[] | TextFault {
  const parts: Part[] = [];
  let from = 0;
  for (let open = written.indexOf(start); open >= 0; open = written.indexOf(start, from)) {
    const end = closing(written, open + start.length);
    if (end < 0) return { message: 'EXPR( without its closing bracket', at: { offset: open, length: start.length } };
    if (open > from) parts.push({ text: written.slice(from, open) });
    parts.push({ source: written.slice(open + start.length, end), at: open + start.length });
    from = end + 1;
  }
  if (from < written.length) parts.push({ text: written.slice(from) });
  return parts;
}

/** The bracket that closes the one before `from`; brackets within quotes do not count. -1 for none. */
function closing(text: string, from: number): number {
  let depth = 1;
  let quote = '';
  for (let at = from; at < text.length; at++) {
    const character = text.charAt(at);
    if (quote !== '') {
      if (character === '\\') at++;
      else if (character === quote) quote = '';
    } else if (character === '"' || character === "'" || character === '`') quote = character;
    else if (character === '(') depth++;
    else if (character === ')' && --depth === 0) return at;
  }
  return -1;
}
