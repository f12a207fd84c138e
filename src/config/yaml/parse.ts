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
import { positionOf, type Place, type Source } from '../place.js';
import type { ScalarStyle } from './scalar-offsets.js';
import { syntaxFault } from './syntax-fault.js';
import { plainScalar, taggedScalar, type ScalarValue } from './scalar.js';

export type Parsed =
  | { readonly ok: true; readonly node: ConfigNode }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** Reads the first document of a text. Scalars follow the Collector's YAML, not that of the parser. */
export function parseYaml(source: Source): Parsed {
  const nothing: ConfigNode = { kind: 'scalar', place: { source, start: 0, length: 0 }, value: null, text: '' };
  for (const parsed of parseYamlDocuments(source)) return parsed;
  return { ok: true, node: nothing };
}

/** Reads the documents of a text one after the other, and no further than the first that cannot be read. */
export function* parseYamlDocuments(source: Source): Generator<Parsed> {
  const text = source.text;
  const place = { source, start: 0, length: 0 };
  if (/^%YAML 1\.[^1]/m.test(text)) {
    yield refused(place, 'found incompatible YAML document: only %YAML 1.1 is understood');
    return;
  }
  if (!isBounded(text)) {
    yield refused(place, `document has more than ${maxLexemes} parts`);
    return;
  }
  try {
    for (const document of documentsOf(text)) {
      const parsed = read(document, source, place);
      yield parsed;
      if (!parsed.ok) return;
    }
  } catch (error) {
    // The parser calls itself for each level, and has no bound of its own.
    if (!(error instanceof RangeError)) throw error;
    yield refused(place, tooMuch);
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

function read(document: Document, source: Source, place: Place): Parsed {
  // The parser's own words for what is nested deeper than it can go.
  if (document.errors.some(({ message }) => message.includes('call stack'))) return refused(place, tooMuch);
  const fault = syntaxFault(document, source);
  if (fault) return { ok: false, faults: [fault] };
  if (document.contents === null) return { ok: true, node: { kind: 'scalar', place, value: null, text: '' } };
  const reader = new Reader(source);
  const node = reader.read(document.contents);
  return reader.faults.length > 0 ? { ok: false, faults: reader.faults } : { ok: true, node };
}

function* documentsOf(text: string): Generator<Document> {
  // `uniqueKeys` would compare each key with all before it; the reader does it by a table.
  const composer = new Composer({
    schema: 'failsafe',
    logLevel: 'silent',
    prettyErrors: false,
    uniqueKeys: false,
    keepSourceTokens: false,
  });
  for (const document of composer.compose(new Parser().parse(text))) yield document as unknown as Document;
}

const styles: Readonly<Record<string, ScalarStyle>> = {
  [Scalar.PLAIN]: 'plain',
  [Scalar.QUOTE_SINGLE]: 'single',
  [Scalar.QUOTE_DOUBLE]: 'double',
  [Scalar.BLOCK_LITERAL]: 'literal',
  [Scalar.BLOCK_FOLDED]: 'folded',
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
 * Turns the nodes of the parser into ours. A node with an anchor is read once, however many aliases name it, and
 * shared: `extent` knows how large the tree would be that those who walk it see.
 */
class Reader {
  readonly faults: Fault[] = [];
  readonly #source: Source;
  /** The last node before this place that has an anchor, by the anchor. */
  readonly #anchors: Map<string, Node> = new Map();
  /** The results of nodes with an anchor; undefined while they are being read. */
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
    const seen = new Map<unknown, Node>();
    for (const { key, value } of pairs) {
      if (isScalar(key)) {
        const first = seen.get(key.value);
        if (first) this.#duplicate(key, first);
        else seen.set(key.value, key);
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

  #duplicate(key: Node, first: Node): void {
    const before = positionOf(this.#place(first));
    const place = this.#place(key);
    const where = before.line === positionOf(place).line ? `column ${before.column}` : `line ${before.line}`;
    this.faults.push({
      path: '',
      message: `this is not valid YAML: map keys must be unique, and this one stands in ${where} too`,
      place,
      hint: 'Keep one of the two, or merge what is below them.',
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
