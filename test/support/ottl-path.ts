import type { Path, PathKey } from '../../src/ottl/context.js';
import type { Value } from '../../src/ottl/value.js';

/** A path of a statement, read by a parser of the tests' own: `span.attributes["a"][0]`. Keys are constants. */
export function pathOf(text: string, isOldStyle = false): Path {
  const parts = text.match(/[a-z_]+(?:\[(?:"(?:[^"\\]|\\.)*"|-?\d+)\])*/g) ?? [];
  const segments = parts.map((part) => ({
    name: part.replace(/\[.*$/s, ''),
    keys: [...part.matchAll(/\[("(?:[^"\\]|\\.)*"|-?\d+)\]/g)].map(([, key]) => constant(literal(key ?? ''))),
    offset: text.indexOf(part),
  }));
  const context = isOldStyle ? '' : (segments[0]?.name ?? '');
  return { context, segments: isOldStyle ? segments : segments.slice(1), text, offset: 0 };
}

function constant(value: Value): PathKey {
  return { expression: { get: () => value, constant: { value }, path: undefined }, offset: 0 };
}

function literal(text: string): Value {
  return text.startsWith('"') ? (JSON.parse(text) as string) : BigInt(text);
}
