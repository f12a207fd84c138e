import type { ScalarNode } from '../../config/node.js';
import { positionOf, type Source } from '../../config/place.js';

/**
 * The text of a value that is YAML itself, such as that of a key of a ConfigMap. A literal block (`|`) keeps the lines
 * and columns that it has in its file: empty lines stand for all above it. Lines of any other form are counted within
 * the value.
 */
export function embeddedSource(key: string, { place, text, written }: ScalarNode): Source {
  const { source } = place;
  if (written?.style !== 'literal') return { name: `${source.name}#${key}`, text };
  const header = source.text.indexOf('\n', place.start) + 1;
  const above = '\n'.repeat(positionOf({ ...place, start: header }).line - 1);
  return { name: source.name, text: above + source.text.slice(header, place.start + place.length) };
}
