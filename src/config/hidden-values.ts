import { kinds, type Kind } from '../component/schema/schema.js';
import { holdsHeaders, isFileLike, isHarmlessOfItem, isTelling, secretsOfUrl } from './hidden.js';
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

function* valuesOf(
  node: ConfigNode,
  given: Kind | undefined,
  above: boolean,
  ofHeaders = given?.kind === 'headers',
): Generator<string> {
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
        if (ofHeaders && item.kind === 'map') yield* valuesOfHeader(item, hidden);
        else yield* valuesOf(item, element, hidden);
      return;
    }
    case 'map':
      for (const [key, { node: below }] of node.entries) {
        const next = kindBelow(kind, key);
        // Of headers only the values are secret.
        const secret = kind?.kind === 'headers' || (isTelling(key) && !knowsItsParts(next));
        yield* valuesOf(below, next, hidden || secret, holdsHeaders(key) && knowsItsParts(next));
      }
      return;
    case 'hole':
      return;
  }
}

/** `{name, value}`, or an action on a header: its name is no secret. */
function* valuesOfHeader(pair: MapNode, hidden: boolean): Generator<string> {
  for (const [key, { node }] of pair.entries)
    yield* valuesOf(node, undefined, hidden || !isHarmlessOfItem(`${key}:`), false);
}

function kindBelow(kind: Kind | undefined, key: string): Kind | undefined {
  if (kind?.kind === 'variant') return kindBelow(kindWith(kind, key), key);
  const schema = kind?.kind === 'group' ? kind.shape[key] : kind?.kind === 'map' ? kind.element : undefined;
  return schema && kinds.get(schema);
}

/** The first group of a variant that has a key: those of the same name are of one kind. */
function kindWith({ variants }: Extract<Kind, { readonly kind: 'variant' }>, key: string): Kind | undefined {
  return Object.values(variants)
    .map((schema) => kinds.get(schema))
    .find((kind) => kind?.kind === 'group' && key in kind.shape);
}

/** A schema that says of each part whether it is secret. */
function knowsItsParts(kind: Kind | undefined): boolean {
  if (kind?.kind === 'list') return ['group', 'variant'].includes(kinds.get(kind.element)?.kind ?? '');
  return kind !== undefined && ['headers', 'group', 'section', 'variant'].includes(kind.kind);
}
