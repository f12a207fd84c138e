import { decimalText } from '../../attributes/match/decimal-text.js';
import type { ItemSearch } from '../../otlp/view/item-search.js';
import type { ValueView } from '../../otlp/view/value.js';

/** Makes the name of a span of its attributes. */
export class JoinedName {
  readonly #separator: string;
  readonly #keys: readonly number[];

  /** @param keys - which of the keys of a search the name is made of, in that order */
  constructor(keys: readonly number[], separator: string) {
    this.#keys = keys;
    this.#separator = separator;
  }

  /** Undefined when an attribute is not there. */
  of(search: ItemSearch): string | undefined {
    for (let i = 0; i < this.#keys.length; i++) if (!search.attribute(this.#keys[i] ?? 0).isThere) return undefined;
    let name = '';
    for (let i = 0; i < this.#keys.length; i++) {
      if (i > 0) name += this.#separator;
      name += partOf(search.value(this.#keys[i] ?? 0));
    }
    return name;
  }
}

/** A value as the Collector writes it. */
function partOf(value: ValueView): string {
  switch (value.type) {
    case 'string':
      return value.string.toString();
    case 'bool':
      return String(value.bool);
    case 'int':
      return String(value.int.toSignedBigInt());
    case 'double':
      return decimalText(value.double);
    default:
      return '<unknown-attribute-type>';
  }
}
