import { isAlias, isMap, isScalar, isSeq, parseAllDocuments, Scalar, type Document, type Node, type Pair } from 'yaml';
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
  const [document] = parseAllDocuments(text, {
    schema: 'failsafe',
    logLevel: 'silent',
    prettyErrors: false,
    uniqueKeys: true,
    keepSourceTokens: false,
  }) as [Document | undefined];
  if (document === undefined) return { ok: true, node: { kind: 'scalar', place, value: null, text: '' } };
  if (document.errors.length > 0) {
    const faults = document.errors.map((error): Fault => {
      const [start, end] = error.pos;
      return {
        path: '',
        message: `this is not valid YAML: ${lower(error.message)}`,
        place: { source, start, length: Math.max(1, end - start) },
        hint: hints[error.code],
      };
    });
    return { ok: false, faults };
  }
  const reader = new Reader(source, document);
  const node =
    document.contents === null
      ? ({ kind: 'scalar', place, value: null, text: '' } as const)
      : reader.read(document.contents);
  return reader.faults.length > 0 ? { ok: false, faults: reader.faults } : { ok: true, node };
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

/** How deep maps and lists may stand in one another. */
const maxDepth = 500;
/** How many nodes aliases may multiply a document into. */
const maxNodes = 1_000_000;

class Reader {
  readonly faults: Fault[] = [];
  readonly #source: Source;
  readonly #document: Document;
  #depth = 0;
  #nodes = 0;

  constructor(source: Source, document: Document) {
    this.#source = source;
    this.#document = document;
  }

  read(node: Node): ConfigNode {
    if (++this.#nodes > maxNodes || this.#depth > maxDepth) {
      if (this.faults.length === 0)
        this.faults.push({
          path: '',
          message: 'document contains excessive aliasing or nesting',
          place: this.#place(node),
        });
      return this.#null(node);
    }
    this.#depth++;
    try {
      if (isAlias(node)) {
        const target = node.resolve(this.#document);
        if (target) return this.read(target);
        this.faults.push({
          path: '',
          message: `unknown anchor ${JSON.stringify(node.source)} referenced`,
          place: this.#place(node),
        });
        return this.#null(node);
      }
      if (isMap(node)) return this.#map(node.items as Pair<Node, Node | null>[], node);
      if (isSeq(node))
        return {
          kind: 'list',
          place: this.#place(node),
          items: (node.items as (Node | null)[]).map((item) => (item === null ? this.#null(node) : this.read(item))),
        };
      return this.#scalar(node);
    } finally {
      this.#depth--;
    }
  }

  #map(pairs: readonly Pair<Node, Node | null>[], node: Node): MapNode {
    const entries = new Map<string, MapEntry>();
    const merged: MapNode[] = [];
    for (const { key, value } of pairs) {
      const child = value === null ? this.#null(key) : this.read(value);
      if (isScalar(key) && key.type === Scalar.PLAIN && key.source === '<<') {
        for (const part of child.kind === 'list' ? child.items : [child]) {
          if (part.kind === 'map') merged.push(part);
          else
            this.faults.push({
              path: '',
              message: 'map merge requires map or sequence of maps as the value',
              place: this.#place(value ?? key),
            });
        }
        continue;
      }
      const name = this.#key(key);
      if (name !== undefined) entries.set(name, { keyPlace: this.#place(key), node: child });
    }
    for (const part of merged)
      for (const [name, entry] of part.entries) if (!entries.has(name)) entries.set(name, entry);
    return { kind: 'map', place: this.#place(node), entries };
  }

  #key(key: Node): string | undefined {
    const node = this.read(key);
    if (node.kind === 'scalar' && node.timestamp === true)
      return String(node.value).replace('T', ' ').replace(/Z$/, ' +0000 UTC');
    if (node.kind === 'scalar') return node.value === null ? '<nil>' : String(node.value);
    this.faults.push({ path: '', message: 'a key of a map must be text', place: this.#place(key) });
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
