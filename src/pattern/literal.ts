import { onlyCharacter } from './char-set.js';
import type { Syntax } from './syntax.js';

/** A text that must stand somewhere, at one end or be all. */
export interface Literal {
  readonly bytes: Uint8Array;
  readonly atStart: boolean;
  readonly atEnd: boolean;
}

const mostLiterals = 32;

/** The literals of which one must be found, for a pattern that is no more than that; otherwise undefined. */
export function literalsOf(node: Syntax): readonly Literal[] | undefined {
  const texts = textsOf(node);
  if (texts === undefined) return undefined;
  const literals: Literal[] = [];
  for (const text of texts) {
    const atStart = text.startsWith(start);
    const atEnd = text.endsWith(end);
    const inner = text.slice(atStart ? 1 : 0, atEnd ? -1 : undefined);
    if (inner.includes(start) || inner.includes(end)) return undefined;
    literals.push({ bytes: Buffer.from(inner), atStart, atEnd });
  }
  return literals;
}

/** Stand for the assertions in texts: halves of a character, which no pattern has alone. */
const start = '\ud800';
const end = '\udc00';

/** All texts that a node matches, when they are few. */
function textsOf(node: Syntax): readonly string[] | undefined {
  switch (node.kind) {
    case 'set': {
      const character = onlyCharacter(node.set);
      if (character === undefined || (character >= 0xd800 && character <= 0xdfff)) return undefined;
      return [String.fromCodePoint(character)];
    }
    case 'assert':
      if (node.place === 'text start') return [start];
      return node.place === 'text end' ? [end] : undefined;
    case 'concat':
      return node.parts.reduce<readonly string[] | undefined>(combined, ['']);
    case 'alternate': {
      const texts = node.branches.map(textsOf);
      const all = texts.flatMap((some) => some ?? []);
      return texts.includes(undefined) || all.length > mostLiterals ? undefined : all;
    }
    case 'repeat':
    case 'capture':
      return undefined;
  }
}

function combined(before: readonly string[] | undefined, part: Syntax): readonly string[] | undefined {
  const texts = before && textsOf(part);
  if (before === undefined || texts === undefined || before.length * texts.length > mostLiterals) return undefined;
  return before.flatMap((text) => texts.map((more) => text + more));
}

/** Whether literals are found in one pass: several of them anywhere are better found by an automaton. */
export function areQuick(literals: readonly Literal[]): boolean {
  return literals.length === 1 || literals.every(({ atStart, atEnd }) => atStart || atEnd);
}

/** Whether one of them stands in `bytes[from, to)`. */
export function findsLiteral(literals: readonly Literal[], bytes: Uint8Array, from: number, to: number): boolean {
  for (const literal of literals) if (isFound(literal, bytes, from, to)) return true;
  return false;
}

function isFound({ bytes: own, atStart, atEnd }: Literal, bytes: Uint8Array, from: number, to: number): boolean {
  const last = to - own.length;
  if (last < from || (atStart && atEnd && last !== from)) return false;
  if (atStart) return isAt(own, bytes, from);
  if (atEnd) return isAt(own, bytes, last);
  for (let i = from; i <= last; i++) if (bytes[i] === own[0] && isAt(own, bytes, i)) return true;
  return own.length === 0;
}

function isAt(own: Uint8Array, bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < own.length; i++) if (bytes[at + i] !== own[i]) return false;
  return true;
}
