import type { AttributeTable } from '../otlp/edit/attribute-table.js';
import { key, type Key } from '../otlp/view/key.js';
import { pattern, type Pattern } from '../pattern/pattern.js';
import type { Action } from './action.js';
import type { ActionConfig } from './action-config.js';
import { hashText } from './hash-text.js';

/** An action on the attribute with a key, and then on those whose key a pattern matches. */
abstract class KeyAction implements Action {
  readonly #key: Key | undefined;
  readonly #pattern: Pattern | undefined;

  constructor(config: ActionConfig) {
    this.#key = config.key === '' ? undefined : key(config.key);
    this.#pattern = config.pattern === '' ? undefined : pattern(config.pattern);
  }

  /** A pattern may match any key. */
  get keys(): readonly Key[] | undefined {
    return this.#pattern === undefined && this.#key ? [this.#key] : undefined;
  }

  run(attributes: AttributeTable): void {
    const name = this.#key;
    if (name)
      for (let row = attributes.find(name); row >= 0; row = attributes.findAfter(row, name))
        this.apply(attributes, row);
    if (this.#pattern === undefined) return;
    for (let row = attributes.first(); row >= 0; row = attributes.after(row)) {
      const { bytes, start, end } = attributes.key(row);
      if (this.#pattern.testBytes(bytes, start, end)) this.apply(attributes, row);
    }
  }

  protected abstract apply(attributes: AttributeTable, row: number): void;
}

export class DeleteAction extends KeyAction {
  protected override apply(attributes: AttributeTable, row: number): void {
    attributes.remove(row);
  }
}

export class HashAction extends KeyAction {
  protected override apply(attributes: AttributeTable, row: number): void {
    attributes.replaceValue(row, hashText(attributes.value(row)));
  }
}
