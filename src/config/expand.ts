import { bareVariable } from './bare-variable.js';
import { maxDepth, maxExpandedText, maxExpansions, maxExpansionWork, maxRounds, maxValues } from './bounds.js';
import { ConfigError, type Fault } from './fault.js';
import { isFileLike, isSecretPath, shownUri } from './hidden.js';
import { Mask } from './mask.js';
import { nestKeys } from './merge.js';
import type { ConfigNode, MapEntry, ScalarNode } from './node.js';
import type { Place } from './place.js';
import { isScheme, schemes, splitUri, type Retrieval, type Retrieved } from './providers.js';
import { tooMuch } from './yaml/parse.js';

export interface Expansion {
  readonly node: ConfigNode;
  readonly faults: readonly Fault[];
  readonly warnings: readonly NonNullable<Retrieved['warning']>[];
}

/**
 * Resolves every `${...}` of a merged configuration and then turns `$$` into `$` (docs/spec/core.md#expansion). Keys
 * are left alone. Rejects with a `ConfigError` when the whole would be too large.
 */
export async function expand(root: ConfigNode, retrieval: Retrieval): Promise<Expansion> {
  const expander = new Expander(retrieval);
  const node = await expander.node(root, '', { round: 0, depth: 0 });
  return { node, faults: expander.faults, warnings: [...expander.warnings.values()] };
}

class Refusal extends Error {}

const recursive = 'too many recursive expansions';

/** How far down a node is: in expansions of the same value, and in maps and lists. */
interface Level {
  readonly round: number;
  readonly depth: number;
}

class Expander {
  readonly faults: Fault[] = [];
  readonly warnings: Map<string, NonNullable<Retrieved['warning']>> = new Map();
  readonly #retrieval: Retrieval;
  readonly #retrieved: Map<string, Promise<Retrieved>> = new Map();
  /** The values that stand for a map or list which is being expanded. */
  readonly #open: Set<string> = new Set();
  #expansions = 0;
  #values = 0;
  #work = 0;

  constructor(retrieval: Retrieval) {
    this.#retrieval = retrieval;
  }

  async node(node: ConfigNode, path: string, level: Level): Promise<ConfigNode> {
    if (++this.#values > maxValues || level.depth > maxDepth)
      throw new ConfigError([{ path, message: tooMuch, place: node.place }]);
    const below = { ...level, depth: level.depth + 1 };
    switch (node.kind) {
      case 'hole':
        return node;
      case 'list': {
        const items: ConfigNode[] = [];
        for (const [i, item] of node.items.entries()) items.push(await this.node(item, `${path}[${i}]`, below));
        return { ...node, items };
      }
      case 'map': {
        const entries = new Map<string, MapEntry>();
        for (const [key, entry] of node.entries)
          entries.set(key, {
            ...entry,
            node: await this.node(entry.node, path === '' ? key : `${path}::${key}`, below),
          });
        return { ...node, entries };
      }
      case 'scalar':
        return typeof node.value === 'string' ? this.#scalar(node, node.value, path, level) : node;
    }
  }

  async #scalar(node: ScalarNode, value: string, path: string, level: Level): Promise<ConfigNode> {
    if (!value.includes('$')) return node;
    const steps: Step[] = [];
    try {
      return await this.#text(node, value, path, level, steps);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      // The text put together so far may be in the message, and the value itself, where a secret is expected.
      const secrets = steps.map(({ text }) => text).filter((text) => !text.includes('${'));
      const secret = isSecretPath(path);
      if (secret) secrets.push(value);
      this.faults.push({ path, message: new Mask(secrets).apply(error.message), place: node.place, secret });
      return { kind: 'hole', place: node.place };
    }
  }

  async #text(node: ScalarNode, value: string, path: string, level: Level, steps: Step[]): Promise<ConfigNode> {
    let current = value;
    let origin: string | undefined;
    const missing: string[] = [];
    // Undefined where there is none: most values have none.
    const unset = (): readonly string[] | undefined => (missing.length === 0 ? undefined : missing);
    for (let round = level.round; round < maxRounds; round++) {
      const uri = this.#next(current);
      if (uri === undefined) {
        const text = unescapeDollars(current);
        const variable = bareVariable(path, text);
        if (variable !== undefined) this.#refuseBare(node, path, variable);
        return {
          kind: 'scalar',
          place: node.place,
          value: text,
          text,
          written: node.written && { ...node.written, steps },
          unset: unset(),
          ...(steps.length === 0 ? {} : { through: steps.map((step) => step.text) }),
          ...(origin === undefined ? {} : { from: { origin, original: text } }),
        };
      }
      const retrieved = await this.#retrieve(uri);
      steps.push({ uri, text: retrieved.text });
      if (retrieved.unset === true) missing.push(uri);
      if (uri !== current) {
        current = replaced(current, uri, retrieved.text);
        continue;
      }
      origin ??= uri;
      if (
        retrieved.node.kind === 'scalar' &&
        typeof retrieved.node.value === 'string' &&
        retrieved.node.timestamp !== true
      ) {
        current = bounded(retrieved.text);
        continue;
      }
      const { inner, original } = await this.#whole(uri, retrieved, path, { ...level, round: round + 1 });
      // A value from a file keeps its own places; the text of a variable is shown where it is used.
      const place = isFileLike(uri) ? inner.place : node.place;
      return { ...(place === inner.place ? inner : moved(inner, place)), unset: unset(), from: { origin, original } };
    }
    throw new Refusal(recursive);
  }

  #refuseBare({ place }: ScalarNode, path: string, variable: string): void {
    const message = `no address begins with $${variable}: it does not stand for the value of a variable`;
    this.faults.push({ path, message, place, hint: `Write \${env:${variable}}.` });
  }

  /** The node in place of a value that is nothing but `uri`, when that is no text. */
  async #whole(
    uri: string,
    { node, text }: Retrieved,
    path: string,
    level: Level,
  ): Promise<{ readonly inner: ConfigNode; readonly original: string }> {
    this.#open.add(uri);
    try {
      const original = unescapeDollars(await this.#splice(text, level.round));
      return { original, inner: await this.node(node.kind === 'map' ? nestKeys(node) : node, path, level) };
    } finally {
      this.#open.delete(uri);
    }
  }

  /** Text with every `${...}` replaced by text. */
  async #splice(text: string, firstRound: number): Promise<string> {
    let current = text;
    for (let round = firstRound; round < maxRounds; round++) {
      const uri = this.#next(current);
      if (uri === undefined) return current;
      const { text: found } = await this.#retrieve(uri);
      current = replaced(current, uri, found);
    }
    throw new Refusal(recursive);
  }

  #next(text: string): string | undefined {
    this.#work += text.length;
    if (this.#work > maxExpansionWork) throw new ConfigError([{ path: '', message: recursive }]);
    return findUri(text);
  }

  async #retrieve(uri: string): Promise<Retrieved> {
    if (this.#open.has(uri)) throw new Refusal(`${recursive}: ${shownUri(uri)} contains itself`);
    if (++this.#expansions > maxExpansions) throw new Refusal(recursive);
    let pending = this.#retrieved.get(uri);
    if (!pending) this.#retrieved.set(uri, (pending = this.#fetch(uri)));
    const retrieved = await pending;
    if (retrieved.warning) this.warnings.set(uri, retrieved.warning);
    return retrieved;
  }

  async #fetch(uri: string): Promise<Retrieved> {
    const inner = uri.slice(2, -1);
    const full = inner.includes(':') ? inner : `env:${inner}`;
    const shown = JSON.stringify(shownUri(full));
    const parts = splitUri(full);
    if (!parts) throw new Refusal(`invalid uri: ${shown}${defaultHint(inner)}`);
    const { scheme, opaque } = parts;
    if (opaque.includes('$')) throw new Refusal(`the uri ${shown} contains unsupported characters ('$')`);
    if (!isScheme(scheme))
      throw new Refusal(
        `scheme ${JSON.stringify(scheme)} is not supported for uri ` +
          `${shown}${defaultHint(inner) || `: use one of ${schemes.join(', ')}`}`,
      );
    try {
      return await this.#retrieval.retrieve({ scheme, opaque }, scheme === 'file' ? opaque : shownUri(uri));
    } catch (error) {
      throw new Refusal((error as Error).message);
    }
  }
}

interface Step {
  readonly uri: string;
  readonly text: string;
}

/** `text` with `uri` replaced. Throws when that becomes longer than a value may be. */
function replaced(text: string, uri: string, by: string): string {
  const parts = text.split(uri);
  if (text.length + (parts.length - 1) * (by.length - uri.length) > maxExpandedText) bounded(undefined);
  return parts.join(by);
}

function bounded(text: string | undefined): string {
  if (text !== undefined && text.length <= maxExpandedText) return text;
  throw new Refusal(`${recursive}: the value becomes longer than ${maxExpandedText} characters`);
}

function defaultHint(inner: string): string {
  return inner.includes(':-') ? `: a default needs the scheme, ${shownUri(`\${env:${inner}}`)}` : '';
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
