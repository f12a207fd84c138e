import { lastOf, onlyCharacter, type CharSet } from './char-set.js';
import { someNode } from './linear.js';
import { isAnchored, isNullable, type AssertedPlace, type Syntax } from './syntax.js';

const places: Readonly<Record<AssertedPlace, string>> = {
  'text start': '^',
  'text end': '$',
  // The flag `m` would take other characters than "\n" for the end of a line.
  'line start': '(?:^|(?<=\\n))',
  'line end': '(?=\\n|$)',
  'word boundary': '\\b',
  'no word boundary': '\\B',
};

/** Whether JavaScript gives the same groups as Go: in a loop it forgets those of earlier rounds. */
export function hasSameGroups(node: Syntax): boolean {
  return !someNode(
    node,
    (part) =>
      part.kind === 'repeat' &&
      (part.max > 1 || part.min === part.max) &&
      someNode(part.body, (inner) => inner.kind === 'capture'),
  );
}

/**
 * Whether JavaScript finds the same matches: V8 looks also between the two halves of a character beyond 16 bits, where
 * it finds that no word begins or ends.
 */
export function hasSameMatches(node: Syntax): boolean {
  return !isNullable(node) || !someNode(node, (part) => part.kind === 'assert' && part.place === 'no word boundary');
}

/**
 * The same pattern for JavaScript's engine. It is sticky when it can only match at the beginning of the text, so that
 * no other place is tried; otherwise global, so that the search begins at `lastIndex`.
 */
export function toRegExp(node: Syntax): RegExp {
  // Without `u` the engine is faster, but takes a character beyond 16 bits for two, and looks between these.
  const isWide = isNullable(node) || someNode(node, (part) => part.kind === 'set' && lastOf(part.set) > 0xd7ff);
  return new RegExp(sourceOf(node), (isAnchored(node) ? 'y' : 'g') + (isWide ? 'u' : ''));
}

function sourceOf(node: Syntax): string {
  switch (node.kind) {
    case 'set':
      return setSource(node.set);
    case 'assert':
      return places[node.place];
    case 'concat':
      return node.parts.map((part) => (part.kind === 'alternate' ? `(?:${sourceOf(part)})` : sourceOf(part))).join('');
    case 'alternate':
      return node.branches.map(sourceOf).join('|');
    case 'repeat': {
      const body = node.body.kind === 'set' ? sourceOf(node.body) : `(?:${sourceOf(node.body)})`;
      return `${body}{${node.min},${node.max === Infinity ? '' : node.max}}${node.greedy ? '' : '?'}`;
    }
    case 'capture':
      return `(${sourceOf(node.body)})`;
  }
}

function setSource(set: CharSet): string {
  const character = onlyCharacter(set);
  if (character !== undefined) return characterSource(character);
  let source = '';
  for (let i = 0; i < set.length; i += 2) {
    const [first = 0, last = 0] = set.slice(i, i + 2);
    source += first === last ? characterSource(first) : `${characterSource(first)}-${characterSource(last)}`;
  }
  return `[${source}]`;
}

function characterSource(codePoint: number): string {
  const text = String.fromCodePoint(codePoint);
  if (/[A-Za-z0-9]/.test(text)) return text;
  if (codePoint > 0xffff) return `\\u{${codePoint.toString(16)}}`;
  return `\\u${codePoint.toString(16).padStart(4, '0')}`;
}
