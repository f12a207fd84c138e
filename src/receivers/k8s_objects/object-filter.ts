import { apiText, type ApiJson } from '../../kubernetes/json.js';
import { pattern } from '../../pattern/pattern.js';
import type { NamespaceFilter, ObjectConfig } from './config.js';

/** Which objects are wanted, as far as the API server cannot select them. */
export class ObjectFilter {
  readonly #types: ReadonlySet<string>;
  readonly #excluded: readonly ((namespace: string) => boolean)[];

  constructor({
    exclude_watch_type: types,
    exclude_namespaces: excluded,
  }: Pick<ObjectConfig, 'exclude_watch_type' | 'exclude_namespaces'>) {
    this.#types = new Set(types);
    this.#excluded = excluded.map(matcherOf);
  }

  /** Whether changes of a type (`ADDED`) are wanted. */
  wantsType(type: string): boolean {
    return !this.#types.has(type);
  }

  wants(object: ApiJson): boolean {
    if (this.#excluded.length === 0) return true;
    const namespace = apiText(object, 'metadata', 'namespace');
    return namespace === undefined || !this.#excluded.some((matches) => matches(namespace));
  }
}

function matcherOf({ strict, regexp }: NamespaceFilter): (namespace: string) => boolean {
  if (regexp === '') return (namespace) => namespace === strict;
  const compiled = pattern(regexp);
  return (namespace) => compiled.test(namespace);
}
