import { type Fault } from './fault.js';
import { nestKeys } from './merge.js';
import type { ConfigNode, MapEntry, ScalarNode } from './node.js';
import type { Place } from './place.js';
import { isScheme, retrieve, schemes, splitUri, type ConfigEnvironment, type Retrieved } from './providers.js';

const maxRounds = 1000;
/** All `${...}` of one configuration together, so that variables that double each other come to an end. */
const maxExpansions = 100_000;

export interface Expansion {
  readonly node: ConfigNode;
  readonly faults: readonly Fault[];
  readonly warnings: readonly NonNullable<Retrieved['warning']>[];
}

/**
 * Resolves every `${...}` of a merged configuration and then turns `$$` into `$` (docs/spec/core.md#expansion). Keys
 * are left alone.
 */
export async function expand(root: ConfigNode, environment: ConfigEnvironment): Promise<Expansion> {
  const expander = new Expander(environment);
  const node = await expander.node(root, '', 0);
  return { node, faults: expander.faults, warnings: [...expander.warnings.values()] };
}

class Refusal extends Error {}

class Expander {
  readonly faults: Fault[] = [];
  readonly warnings: Map<string, NonNullable<Retrieved['warning']>> = new Map();
  readonly #environment: ConfigEnvironment;
  readonly #retrieved: Map<string, Promise<Retrieved>> = new Map();
  #expansions = 0;

  constructor(environment: ConfigEnvironment) {
    this.#environment = environment;
  }

  async node(node: ConfigNode, path: string, round: number): Promise<ConfigNode> {
    switch (node.kind) {
      case 'hole':
        return node;
      case 'list': {
        const items: ConfigNode[] = [];
        for (const [i, item] of node.items.entries()) items.push(await this.node(item, `${path}[${i}]`, round));
        return { ...node, items };
      }
      case 'map': {
        const entries = new Map<string, MapEntry>();
        for (const [key, entry] of node.entries)
          entries.set(key, {
            ...entry,
            node: await this.node(entry.node, path === '' ? key : `${path}::${key}`, round),
          });
        return { ...node, entries };
      }
      case 'scalar':
        return typeof node.value === 'string' ? this.#scalar(node, node.value, path, round) : node;
    }
  }

  async #scalar(node: ScalarNode, value: string, path: string, round: number): Promise<ConfigNode> {
    if (!value.includes('$')) return node;
    try {
      return await this.#text(node, value, path, round);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.faults.push({ path, message: error.message, place: node.place });
      return { kind: 'hole', place: node.place };
    }
  }

  async #text(node: ScalarNode, value: string, path: string, firstRound: number): Promise<ConfigNode> {
    let current = value;
    let origin: string | undefined;
    const steps: { uri: string; text: string }[] = [];
    for (let round = firstRound; round < maxRounds; round++) {
      const uri = findUri(current);
      if (uri === undefined) {
        const text = unescapeDollars(current);
        return {
          kind: 'scalar',
          place: node.place,
          value: text,
          text,
          written: node.written && { ...node.written, steps },
          ...(origin === undefined ? {} : { from: { origin, original: text } }),
        };
      }
      const retrieved = await this.#retrieve(uri);
      steps.push({ uri, text: retrieved.text });
      if (uri !== current) {
        current = current.replaceAll(uri, () => retrieved.text);
        continue;
      }
      origin ??= uri;
      if (
        retrieved.node.kind === 'scalar' &&
        typeof retrieved.node.value === 'string' &&
        retrieved.node.timestamp !== true
      ) {
        current = retrieved.text;
        continue;
      }
      const inner = await this.node(
        retrieved.node.kind === 'map' ? nestKeys(retrieved.node) : retrieved.node,
        path,
        round + 1,
      );
      const original = unescapeDollars(await this.#splice(retrieved.text, round + 1));
      // A value from a file keeps its own places; the text of a variable is shown where it is used.
      const place = uri.startsWith('${file:') || uri.startsWith('${http') ? inner.place : node.place;
      return { ...(place === inner.place ? inner : moved(inner, place)), from: { origin, original } };
    }
    throw new Refusal('too many recursive expansions');
  }

  /** Text with every `${...}` replaced by text. */
  async #splice(text: string, firstRound: number): Promise<string> {
    let current = text;
    for (let round = firstRound; round < maxRounds; round++) {
      const uri = findUri(current);
      if (uri === undefined) return current;
      const { text: found } = await this.#retrieve(uri);
      current = current.replaceAll(uri, () => found);
    }
    throw new Refusal('too many recursive expansions');
  }

  async #retrieve(uri: string): Promise<Retrieved> {
    if (++this.#expansions > maxExpansions) throw new Refusal('too many recursive expansions');
    let pending = this.#retrieved.get(uri);
    if (!pending) this.#retrieved.set(uri, (pending = this.#fetch(uri)));
    const retrieved = await pending;
    if (retrieved.warning) this.warnings.set(uri, retrieved.warning);
    return retrieved;
  }

  async #fetch(uri: string): Promise<Retrieved> {
    const inner = uri.slice(2, -1);
    const full = inner.includes(':') ? inner : `env:${inner}`;
    const parts = splitUri(full);
    if (!parts) throw new Refusal(`invalid uri: ${JSON.stringify(full)}${defaultHint(inner)}`);
    const { scheme, opaque } = parts;
    if (opaque.includes('$'))
      throw new Refusal(`the uri ${JSON.stringify(full)} contains unsupported characters ('$')`);
    if (!isScheme(scheme))
      throw new Refusal(
        `scheme ${JSON.stringify(scheme)} is not supported for uri ` +
          `${JSON.stringify(full)}${defaultHint(inner) || `: use one of ${schemes.join(', ')}`}`,
      );
    try {
      return await retrieve({ scheme, opaque }, scheme === 'file' ? opaque : uri, this.#environment);
    } catch (error) {
      throw new Refusal((error as Error).message);
    }
  }
}

function defaultHint(inner: string): string {
  return inner.includes(':-') ? `: a default needs the scheme, \${env:${inner}}` : '';
}

/** Everything below stands where the variable is used. */
function moved(node: ConfigNode, place: Place): ConfigNode {
  switch (node.kind) {
    case 'list':
      return { ...node, place, items: node.items.map((item) => moved(item, place)) };
    case 'map':
      return {
        ...node,
        place,
        entries: new Map(
          [...node.entries].map(([key, entry]) => [key, { keyPlace: place, node: moved(entry.node, place) }]),
        ),
      };
    case 'scalar':
      return { ...node, place, written: undefined };
    case 'hole':
      return { ...node, place };
  }
}

/** The first `${...}` to expand: up to the first `}`, from the last `${` before it, unless a `$` escapes that. */
export function findUri(text: string): string | undefined {
  let rest = text;
  for (;;) {
    const close = rest.indexOf('}');
    if (close < 0) return undefined;
    const open = rest.lastIndexOf('${', close);
    if (open >= 0) {
      let dollars = 0;
      while (open - 1 - dollars >= 0 && rest[open - 1 - dollars] === '$') dollars++;
      if (dollars % 2 === 0) return rest.slice(open, close + 1);
    }
    rest = rest.slice(close + 1);
  }
}

function unescapeDollars(text: string): string {
  return text.replaceAll('$$', () => '$');
}
