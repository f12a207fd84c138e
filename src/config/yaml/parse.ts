import {
  Composer,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  Parser,
  Scalar,
  type Document,
  type Node,
  type Pair,
} from 'yaml';
import { maxDepth, maxLexemes, maxMerged, maxValues } from '../bounds.js';
import type { Fault } from '../fault.js';
import type { ConfigNode, MapEntry, MapNode } from '../node.js';
import type { Place, Source } from '../place.js';
import type { ScalarStyle } from './scalar-offsets.js';
import { plainScalar, taggedScalar, type ScalarValue } from './scalar.js';

export type Parsed =
  | { readonly ok: true; readonly node: ConfigNode }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** Reads the first document of a text. Scalars follow the Collector's YAML, not that of the parser. */
export function parseYaml(source: Source): Parsed {
  const text = source.text;
  const place = { source, start: 0, length: 0 };
  if (/^%YAML 1\.[^1]/m.test(text))
    return refused(place, 'found incompatible YAML document: only %YAML 1.1 is understood');
  if (!isBounded(text)) return refused(place, `document has more than ${maxLexemes} parts`);
  try {
    return read(source, place);
  } catch (error) {
    // The parser calls itself for each level, and has no bound of its own.
    if (error instanceof RangeError) return refused(place, tooMuch);
    throw error;
  }
}

/** Said wherever a bound on levels or values is passed. */
export const tooMuch = 'document contains excessive aliasing or nesting';

/** The parser takes time and memory for each lexeme; the lexer, which finds them one by one, takes little. */
function isBounded(text: string): boolean {
  let count = 0;
  for (const _lexeme of new Lexer().lex(text)) if (++count > maxLexemes) return false;
  return true;
}

function read(source: Source, place: Place): Parsed {
  const document = firstDocument(source.text);
  if (document === undefined) return { ok: true, node: { kind: 'scalar', place, value: null, text: '' } };
  // The parser's own words for what is nested deeper than it can go.
  if (document.errors.some(({ message }) => message.includes('call stack'))) return refused(place, tooMuch);
  const faults = document.errors.map((error): Fault => {
    const [start, end] = error.pos;
    return {
      path: '',
      message: `this is not valid YAML: ${lower(error.message)}`,
      place: { source, start, length: Math.max(1, end - start) },
      hint: hints[error.code],
    };
  });
  if (faults.length > 0) return { ok: false, faults };
  if (document.contents === null) return { ok: true, node: { kind: 'scalar', place, value: null, text: '' } };
  const reader = new Reader(source);
  const node = reader.read(document.contents);
  return reader.faults.length > 0 ? { ok: false, faults: reader.faults } : { ok: true, node };
}

function firstDocument(text: string): Document | undefined {
  // `uniqueKeys` would compare each key with all before it; the reader does it by a table.
  const composer = new Composer({
    schema: 'failsafe',
    logLevel: 'silent',
    prettyErrors: false,
    uniqueKeys: false,
    keepSourceTokens: false,
  });
  for (const document of composer.compose(new Parser().parse(text))) return document as unknown as Document;
  return undefined;
}

const styles: Readonly<Record<string, ScalarStyle>> = {
  [Scalar.PLAIN]: 'plain',
  [Scalar.QUOTE_SINGLE]: 'single',
  [Scalar.QUOTE_DOUBLE]: 'double',
  [Scalar.BLOCK_LITERAL]: 'literal',
  [Scalar.BLOCK_FOLDED]: 'folded',
};

const hints: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'Indent with spaces.',
  DUPLICATE_KEY: 'Keep one of the two.',
  BAD_INDENT: 'Keys of one map start in the same column.',
};

function refused(place: Place, message: string): Parsed {
  return { ok: false, faults: [{ path: '', message: `this is not valid YAML: ${message}`, place }] };
}

/** How much a node stands for once every alias in it is written out. */
interface Extent {
  readonly values: number;
  readonly depth: number;
}

const single: Extent = { values: 1, depth: 1 };

/**
 * Turns the nodes of the parser into ours. What has an anchor is read once, however many aliases name it, and shared:
 * `extent` knows how large the tree would be that those who walk it see.
 */
class Reader {
  readonly faults: Fault[] = [];
  readonly #source: Source;
  /** The last node before this place that has an anchor, by the anchor. */
  readonly #anchors: Map<string, Node> = new Map();
  /** What nodes with an anchor have become; undefined while they are being read. */
  readonly #shared: Map<Node, ConfigNode | undefined> = new Map();
  readonly #extents: WeakMap<ConfigNode, Extent> = new WeakMap();
  #merged = 0;
  #refused = false;

  constructor(source: Source) {
    this.#source = source;
  }

  read(node: Node): ConfigNode {
    if (isAlias(node)) return this.#alias(node.source, node);
    const { anchor } = node as { readonly anchor?: string };
    if (anchor !== undefined) {
      this.#anchors.set(anchor, node);
      this.#shared.set(node, undefined);
    }
    const read = isMap(node)
      ? this.#map(node.items as Pair<Node, Node | null>[], node)
      : isSeq(node)
        ? this.#list(node.items as (Node | null)[], node)
        : this.#scalar(node as Scalar);
    if (anchor !== undefined) this.#shared.set(node, read);
    return read;
  }

  #alias(anchor: string, node: Node): ConfigNode {
    const target = this.#anchors.get(anchor);
    const read = target && this.#shared.get(target);
    if (read) return read;
    const name = JSON.stringify(anchor);
    this.#fault(target ? `anchor ${name} contains itself` : `unknown anchor ${name} referenced`, node);
    return this.#null(node);
  }

  #list(nodes: readonly (Node | null)[], node: Node): ConfigNode {
    const items = nodes.map((item) => (item === null ? this.#null(node) : this.read(item)));
    return this.#measured({ kind: 'list', place: this.#place(node), items }, items);
  }

  #map(pairs: readonly Pair<Node, Node | null>[], node: Node): ConfigNode {
    const entries = new Map<string, MapEntry>();
    const merged: MapNode[] = [];
    const seen = new Set<unknown>();
    for (const { key, value } of pairs) {
      if (isScalar(key)) {
        if (seen.has(key.value)) this.#duplicate(key);
        seen.add(key.value);
      }
      if (isScalar(key) && key.type === Scalar.PLAIN && key.source === '<<') {
        this.#mergeKey(value === null ? this.#null(key) : this.read(value), value ?? key, merged);
        continue;
      }
      const name = this.#key(key);
      const child = value === null ? this.#null(key) : this.read(value);
      if (name !== undefined) entries.set(name, { keyPlace: this.#place(key), node: child });
    }
    for (const part of merged) {
      this.#merged += part.entries.size;
      if (this.#merged > maxMerged) return this.#tooMuch(node);
      for (const [name, entry] of part.entries) if (!entries.has(name)) entries.set(name, entry);
    }
    const children = [...entries.values()].map((entry) => entry.node);
    return this.#measured({ kind: 'map', place: this.#place(node), entries }, children);
  }

  #mergeKey(value: ConfigNode, node: Node, merged: MapNode[]): void {
    for (const part of value.kind === 'list' ? value.items : [value]) {
      if (part.kind === 'map') merged.push(part);
      else this.#fault('map merge requires map or sequence of maps as the value', node);
    }
  }

  #measured(node: ConfigNode, children: readonly ConfigNode[]): ConfigNode {
    let values = 1;
    let depth = 0;
    for (const child of children) {
      const extent = this.#extents.get(child) ?? single;
      values += extent.values;
      depth = Math.max(depth, extent.depth);
    }
    if (values > maxValues || depth >= maxDepth) return this.#tooMuch(node);
    this.#extents.set(node, { values, depth: depth + 1 });
    return node;
  }

  /** Only the innermost that is too large is a fault: in its place stands nothing, so that no other one is. */
  #tooMuch(at: Node | ConfigNode): ConfigNode {
    const place = 'place' in at ? at.place : this.#place(at);
    if (!this.#refused) this.faults.push({ path: '', message: tooMuch, place });
    this.#refused = true;
    return { kind: 'scalar', place, value: null, text: '' };
  }

  #duplicate(key: Node): void {
    this.faults.push({
      path: '',
      message: 'this is not valid YAML: map keys must be unique',
      place: { ...this.#place(key), length: 1 },
      hint: hints['DUPLICATE_KEY'],
    });
  }

  #fault(message: string, node: Node): void {
    this.faults.push({ path: '', message, place: this.#place(node) });
  }

  #key(key: Node): string | undefined {
    const node = this.read(key);
    if (node.kind === 'scalar' && node.timestamp === true)
      return String(node.value).replace('T', ' ').replace(/Z$/, ' +0000 UTC');
    if (node.kind === 'scalar') return node.value === null ? '<nil>' : String(node.value);
    this.#fault('a key of a map must be text', key);
    return undefined;
  }

  #scalar(node: Scalar): ConfigNode {
    const text = node.source ?? (typeof node.value === 'string' ? node.value : '');
    const place = this.#place(node);
    if (
      node.type === Scalar.QUOTE_DOUBLE &&
      /\\u[dD][89a-fA-F]/.test(this.#source.text.slice(place.start, place.start + place.length))
    )
      this.faults.push({ path: '', message: 'this is not valid YAML: invalid Unicode character escape code', place });
    const value = this.#value(node, text, place);
    const timestamp =
      typeof value === 'string' &&
      value !== text &&
      (node.type === undefined || node.type === Scalar.PLAIN) &&
      /^\d{4}-/.test(text);
    if (timestamp) return { kind: 'scalar', place, value, text, timestamp };
    const written = value === text ? { style: styles[node.type ?? 'PLAIN'] ?? 'plain', text, steps: [] } : undefined;
    return { kind: 'scalar', place, value, text, written };
  }

  #value(node: Scalar, text: string, place: Place): ScalarValue {
    if (typeof node.tag === 'string' && node.tag.startsWith('tag:yaml.org,2002:')) {
      const value = taggedScalar(node.tag, text);
      if (value !== undefined) return value;
      this.faults.push({
        path: '',
        message: `cannot decode ${JSON.stringify(text)} as a !!${node.tag.slice('tag:yaml.org,2002:'.length)}`,
        place,
      });
      return null;
    }
    if (typeof node.tag === 'string') return text;
    if (node.type === undefined || node.type === Scalar.PLAIN) return plainScalar(text);
    return text;
  }

  #null(node: Node): ConfigNode {
    return { kind: 'scalar', place: this.#place(node), value: null, text: '' };
  }

  #place(node: Node): Place {
    const [start, end] = node.range ?? [0, 0];
    return { source: this.#source, start, length: Math.max(1, end - start) };
  }
}

function lower(message: string): string {
  return message.slice(0, 1).toLowerCase() + message.slice(1);
}
