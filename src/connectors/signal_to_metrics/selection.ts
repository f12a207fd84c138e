import type { ValueKey } from '../../aggregation/value-key.js';
import { fixedValue } from '../../aggregation/fixed-value.js';
import { attributeValue } from '../../attributes/attribute-value.js';
import { findAttribute } from '../../otlp/view/attributes.js';
import { key, type Key } from '../../otlp/view/key.js';
import type { MessageFields } from '../../otlp/view/message-fields.js';
import type { Range } from '../../otlp/view/range.js';
import { KeyValueView, ValueView } from '../../otlp/view/value.js';
import type { SelectedAttribute } from './config.js';

/** An attribute that is looked for by its name. */
interface Named {
  readonly key: Key;
  readonly view: ValueView;
  /** Undefined: there is none. */
  readonly fallback: ValueView | undefined;
  readonly isOptional: boolean;
}

/** Attributes of a message that metrics have: some by name, others by the beginning of their names. */
export class AttributeSelection {
  readonly #named: readonly Named[];
  readonly #prefixes: readonly Key[];
  readonly #entry: KeyValueView = new KeyValueView();
  /** By name: the value that was found; undefined where there is none. */
  readonly #found: (ValueView | undefined)[] = [];
  /** The attributes found by prefixes. */
  #more: (readonly [string, ValueView])[] = [];

  /** @param isStrict - a message that lacks an attribute which is not optional is not selected */
  constructor(attributes: readonly SelectedAttribute[], isStrict: boolean) {
    this.#named = attributes
      .filter(({ key: name }) => name !== '')
      .map(({ key: name, optional, default_value: given }) => {
        const fallback = attributeValue(given);
        return {
          key: key(name),
          view: new ValueView(),
          fallback: fallback === undefined ? undefined : fixedValue(fallback),
          isOptional: optional || !isStrict,
        };
      });
    this.#prefixes = attributes.filter(({ prefix }) => prefix !== '').map(({ prefix }) => key(prefix));
  }

  /** Looks for the attributes of a message; false when it lacks one. */
  find(fields: MessageFields | undefined): boolean {
    for (let i = 0; i < this.#named.length; i++) {
      const { key: name, view, fallback, isOptional } = this.#named[i] as Named;
      const isThere = fields !== undefined && findAttribute(fields, name, view.fields);
      const value = isThere ? view : fallback;
      if (value === undefined && !isOptional) return false;
      this.#found[i] = value;
    }
    if (this.#prefixes.length > 0) this.#findMore(fields);
    return true;
  }

  /** Adds what was found to a key. */
  addTo(to: ValueKey): void {
    for (const value of this.#found) {
      if (value) to.value(value);
      else to.absent();
    }
    for (const [name, value] of this.#more) {
      to.text(name);
      to.value(value);
    }
  }

  /** The attributes that were found, with their names. */
  *[Symbol.iterator](): Generator<readonly [string, ValueView]> {
    for (const [i, { key: name }] of this.#named.entries()) {
      const value = this.#found[i];
      if (value) yield [name.text, value];
    }
    yield* this.#more;
  }

  /** In the order of their names, so that two messages with the same attributes have one key. */
  #findMore(fields: MessageFields | undefined): void {
    const more = new Map<string, ValueView>();
    if (fields) fields.list(fields.attributesField, this.#entry.fields);
    while (fields && this.#entry.next()) {
      const { key: name, value } = this.#entry;
      if (!this.#prefixes.some((prefix) => beginsWith(name, prefix))) continue;
      const text = name.toString();
      if (more.has(text) || this.#named.some((one) => name.is(one.key))) continue;
      const copy = new ValueView();
      copy.fields.copy(value.fields);
      more.set(text, copy);
    }
    this.#more = [...more].sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

function beginsWith({ bytes, start, length }: Range, prefix: Key): boolean {
  const most = prefix.bytes.length;
  return length >= most && prefix.equals(bytes, start, start + most);
}
