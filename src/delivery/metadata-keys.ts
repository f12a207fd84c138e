import { emptyContext, type RequestContext } from '../component/consumer.js';

/** Client metadata keys by whose values requests are kept apart, and which the batches of such requests carry on. */
export class MetadataKeys {
  readonly #names: readonly string[];

  /** `names` in any case; no name twice (`duplicateKey`). */
  constructor(names: readonly string[]) {
    this.#names = names.map((name) => name.toLowerCase());
  }

  get empty(): boolean {
    return this.#names.length === 0;
  }

  /**
   * Equal for requests with the same values of every key; several values count in their order, and absent differs from
   * empty.
   */
  partitionOf({ metadata }: RequestContext): string {
    return this.empty ? '' : JSON.stringify(this.#names.map((name) => metadata.get(name) ?? null));
  }

  /** The context that all requests of the same partition share: the values of these keys and nothing else. */
  shared({ metadata }: RequestContext): RequestContext {
    if (this.empty) return emptyContext;
    const own = new Map<string, readonly string[]>();
    for (const name of this.#names) {
      const values = metadata.get(name);
      if (values) own.set(name, values);
    }
    return { metadata: own };
  }
}

/** The Collector's complaint about a list of key names in which one comes twice; undefined when none does. */
export function duplicateKey(names: readonly string[]): string | undefined {
  const seen = new Set<string>();
  for (const name of names) {
    const lower = name.toLowerCase();
    if (seen.has(lower)) return `duplicate entry in metadata_keys: "${lower}" (case-insensitive)`;
    seen.add(lower);
  }
  return undefined;
}
