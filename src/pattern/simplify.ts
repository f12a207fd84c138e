import { isAnchored, concat, type Syntax } from './syntax.js';

/**
 * A simpler pattern that matches the same texts, though not at the same places: without groups, and without what an
 * unanchored pattern may skip at its ends. `.*error.*` is `error`, and `\w+@` is `\w@`.
 */
export function forTest(node: Syntax): Syntax {
  const plain = withoutGroups(node);
  if (plain.kind !== 'alternate') return trimmed(plain);
  return { kind: 'alternate', branches: plain.branches.map(trimmed) };
}

function withoutGroups(node: Syntax): Syntax {
  switch (node.kind) {
    case 'capture':
      return withoutGroups(node.body);
    case 'concat':
      return concat(node.parts.map(withoutGroups));
    case 'alternate':
      return { kind: 'alternate', branches: node.branches.map(withoutGroups) };
    case 'repeat':
      return { ...node, body: withoutGroups(node.body) };
    case 'set':
    case 'assert':
      return node;
  }
}

function trimmed(node: Syntax): Syntax {
  const parts = node.kind === 'concat' ? [...node.parts] : [node];
  if (!isAnchored(node)) shorten(parts, 0);
  shorten(parts, -1);
  return concat(parts);
}

/** Cuts repetitions at one end down to the smallest number of rounds. */
function shorten(parts: Syntax[], end: 0 | -1): void {
  for (;;) {
    const part = parts.at(end);
    if (part?.kind !== 'repeat') return;
    if (part.min > 0) {
      const fixed = part.min === 1 ? part.body : { ...part, max: part.min };
      parts.splice(end === 0 ? 0 : parts.length - 1, 1, ...(fixed.kind === 'concat' ? fixed.parts : [fixed]));
      if (part.min > 1) return;
      continue;
    }
    parts.splice(end === 0 ? 0 : parts.length - 1, 1);
  }
}
