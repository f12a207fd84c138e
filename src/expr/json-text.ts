import { ExprError } from './expr-error.js';
import { longestMade } from './evaluation.js';
import { isExprList, isExprMap, type ExprValue } from './value.js';

/** A value that is not written down yet, or a text that is. */
type Piece = { readonly value: ExprValue } | string;

/** A value as JSON with the keys of maps in order. Lists and maps may nest to any depth. */
export function valueJson(value: ExprValue, at: number): string {
  const written: string[] = [];
  let size = 0;
  const waiting: Piece[] = [{ value }];
  for (let piece = waiting.pop(); piece !== undefined; piece = waiting.pop()) {
    const text = typeof piece === 'string' ? piece : scalarText(piece.value, at);
    if (text !== undefined) {
      written.push(text);
      size += text.length;
      if (size > longestMade) throw new ExprError('a text that is too long', at);
    } else if (typeof piece !== 'string') {
      const pieces = within(piece.value);
      for (let i = pieces.length - 1; i >= 0; i--) waiting.push(pieces[i] as Piece);
    }
  }
  return written.join('');
}

/** Undefined for a list or a map. */
function scalarText(value: ExprValue, at: number): string | undefined {
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new ExprError(`JSON has no ${value}`, at);
    return String(value);
  }
  return value === null || typeof value === 'string' ? JSON.stringify(value) : undefined;
}

function within(value: ExprValue): Piece[] {
  if (isExprList(value)) {
    const pieces: Piece[] = ['['];
    for (const [i, element] of value.entries()) pieces.push(i > 0 ? ',' : '', { value: element });
    return [...pieces, ']'];
  }
  const pieces: Piece[] = ['{'];
  if (isExprMap(value))
    for (const [i, key] of [...value.keys()].sort().entries())
      pieces.push(`${i > 0 ? ',' : ''}${JSON.stringify(key)}:`, { value: value.get(key) ?? null });
  return [...pieces, '}'];
}
