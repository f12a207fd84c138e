import { emptyContext, type RequestContext } from '../component/consumer.js';
import { DeliveryError } from '../component/delivery-error.js';

/** Characters of the values that requests are kept apart by: they are kept for as long as anything waits. */
const mostCharacters = 8192;

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
   * empty. Throws a permanent `DeliveryError` when they are too long.
   */
  partitionOf({ metadata }: RequestContext): string {
    if (this.empty) return '';
    const partition = JSON.stringify(this.#names.map((name) => metadata.get(name) ?? null));
    if (partition.length <= mostCharacters) return partition;
    const message = `client metadata of ${this.#names.join(', ')} is longer than ${mostCharacters} characters`;
    throw new DeliveryError(`Permanent error: ${message}`, {
      class: 'permanent',
      reason: 'metadata_too_long',
      status: { code: 3, message, details: [] },
    });
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
