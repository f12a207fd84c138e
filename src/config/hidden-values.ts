import { kinds, type Kind } from '../component/schema/schema.js';
import { isFileLike, isTelling, secretsOfUrl } from './hidden.js';
import { Mask } from './mask.js';
import type { ConfigNode, MapNode } from './node.js';

/**
 * A mask of all values below a node that no message may show: what came through `${...}`, what stands under a key of
 * secret kind or with the name of a secret, and users, passwords and query values of URLs. A map or list from a file is
 * configuration like any other.
 */
export function maskOf(node: ConfigNode, kind?: Kind): Mask {
  return new Mask(valuesOf(node, kind, false));
}

function* valuesOf(node: ConfigNode, given: Kind | undefined, above: boolean): Generator<string> {
  const kind = given?.kind === 'section' ? kinds.get(given.element) : given;
  const through = node.from !== undefined && (node.kind === 'scalar' || !isFileLike(node.from.origin));
  const hidden = above || through || kind?.kind === 'secret';
  switch (node.kind) {
    case 'scalar':
      if (hidden) {
        if (node.value !== null) yield String(node.value);
        yield node.text;
        if (node.from) yield node.from.original;
      } else {
        // An intermediate text names variables, which are no secret.
        for (const text of node.through ?? []) if (!text.includes('${')) yield text;
        if (typeof node.value === 'string') yield* secretsOfUrl(node.value);
      }
      return;
    case 'list': {
      const element = kind?.kind === 'list' || kind?.kind === 'map' ? kinds.get(kind.element) : undefined;
      for (const item of node.items)
        if (kind?.kind === 'headers' && item.kind === 'map') yield* valuesOfHeader(item, hidden);
        else yield* valuesOf(item, element, hidden);
      return;
    }
    case 'map':
      for (const [key, { node: below }] of node.entries) {
        const next = kindBelow(kind, key);
        // Of headers only the values are secret.
        const secret = kind?.kind === 'headers' || (isTelling(key) && next?.kind !== 'headers');
        yield* valuesOf(below, next, hidden || secret);
      }
      return;
    case 'hole':
      return;
  }
}

/** `{name, value}`: the name is no secret. */
function* valuesOfHeader(pair: MapNode, hidden: boolean): Generator<string> {
  for (const [key, { node }] of pair.entries) yield* valuesOf(node, undefined, hidden || key === 'value');
}

function kindBelow(kind: Kind | undefined, key: string): Kind | undefined {
  const schema = kind?.kind === 'group' ? kind.shape[key] : kind?.kind === 'map' ? kind.element : undefined;
  return schema && kinds.get(schema);
}
