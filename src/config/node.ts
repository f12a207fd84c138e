import { Expanded, WholeFloat } from '../component/schema/expanded.js';
import type { Place } from './place.js';
import type { WrittenText } from './written.js';

interface Base {
  /** Undefined only for what no source holds. */
  readonly place: Place;
  /** Set on what came through a whole-value `${...}`. */
  readonly from?: { readonly origin: string; readonly original: string } | undefined;
  /** Each `${...}` of it that names a variable which is not set, as written. */
  readonly unset?: readonly string[] | undefined;
}

export interface ScalarNode extends Base {
  readonly kind: 'scalar';
  /** A number beyond 2^53 is a bigint. A timestamp is its RFC 3339 text. */
  readonly value: string | number | bigint | boolean | null;
  /** The characters as written. */
  readonly text: string;
  /** How its characters became the value; undefined for what is not text, and for what does not stand at `place`. */
  readonly written?: WrittenText | undefined;
  readonly timestamp?: boolean;
  /** The texts that `${...}` put into it. */
  readonly through?: readonly string[];
}

export interface ListNode extends Base {
  readonly kind: 'list';
  readonly items: readonly ConfigNode[];
}

export interface MapEntry {
  readonly keyPlace: Place;
  readonly node: ConfigNode;
}

export interface MapNode extends Base {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, MapEntry>;
}

/** A value whose `${...}` could not be resolved: its fault is listed already, so it is checked no further. */
export interface HoleNode extends Base {
  readonly kind: 'hole';
}

/** Configuration with the place of every part. */
export type ConfigNode = ScalarNode | ListNode | MapNode | HoleNode;

/** The value for decoding: plain JavaScript, with `Expanded` around what came through a whole-value `${...}`. */
export function toValue(node: ConfigNode): unknown {
  const value = bare(node);
  if (node.from !== undefined && (typeof value !== 'string' || (node.kind === 'scalar' && node.timestamp === true)))
    return new Expanded(value, node.from.original, node.from.origin);
  // A timestamp in the file: text fields take what was written.
  if (node.kind === 'scalar' && node.timestamp === true) return new Expanded(value, node.text, '');
  return value;
}

/** With a point or an exponent, as in `3.0` and `3e2`, but not in `0x3e`. */
const floatingPoint = /^[-+]?[\d_]*(?:\.|[\d_][eE])/;

function isWholeFloat(node: ScalarNode): node is ScalarNode & { readonly value: number } {
  return typeof node.value === 'number' && Number.isInteger(node.value) && floatingPoint.test(node.text);
}

function bare(node: ConfigNode): unknown {
  switch (node.kind) {
    case 'scalar':
      return isWholeFloat(node) ? new WholeFloat(node.value) : node.value;
    case 'list':
      return node.items.map(toValue);
    case 'map': {
      // Without a prototype, so that a key named __proto__ is a key.
      const object = Object.create(null) as Record<string, unknown>;
      for (const [key, entry] of node.entries) object[key] = toValue(entry.node);
      return object;
    }
    case 'hole':
      return undefined;
  }
}

export interface Located {
  /** The deepest part that exists on the way. */
  readonly place: Place;
  /** The key of it, for faults about the key itself. */
  readonly keyPlace: Place;
  readonly origin: string | undefined;
  readonly node: ConfigNode;
  /** The way goes through a hole. */
  readonly hole: boolean;
}

/** Finds the node at a path, or the deepest one on the way to it. */
export function locate(root: ConfigNode, path: readonly PropertyKey[]): Located {
  let node = root;
  let keyPlace = root.place;
  let origin = root.from?.origin;
  for (const step of path) {
    const next =
      node.kind === 'map'
        ? node.entries.get(String(step))
        : node.kind === 'list'
          ? item(node.items[Number(step)])
          : undefined;
    if (next === undefined) break;
    ({ node, keyPlace } = next);
    origin = node.from?.origin ?? origin;
  }
  return { place: node.place, keyPlace, origin, node, hole: node.kind === 'hole' };
}

/**
 * Each `${...}` of a variable that is not set, in the node, or right below it under a key that `message` speaks of: the
 * fault follows from it.
 */
export function unsetIn(node: ConfigNode, message: string): readonly string[] {
  if (node.kind !== 'map') return node.unset ?? [];
  const below = [...node.entries].filter(
    ([
      key,
      {
        node: { unset },
      },
    ]) => unset && speaksOf(message, key),
  );
  return [...new Set([node, ...below.map(([, entry]) => entry.node)].flatMap(({ unset }) => unset ?? []))];
}

/** Of a key or of a word of it. */
function speaksOf(message: string, key: string): boolean {
  return [key, ...key.split('_')].some((word) => word.length >= 4 && message.includes(word));
}

function item(node: ConfigNode | undefined): MapEntry | undefined {
  return node === undefined ? undefined : { keyPlace: node.place, node };
}
