import type { AttributeTable } from '../otlp/edit/attribute-table.js';
import { key, type Key } from '../otlp/view/key.js';
import { pattern, type Pattern } from '../pattern/pattern.js';
import type { Action } from './action.js';
import type { ActionConfig } from './action-config.js';

/** Sets an attribute for each named group of a pattern that the text of another attribute matches. */
export class ExtractAction implements Action {
  readonly keys: readonly Key[];
  readonly #key: Key;
  readonly #pattern: Pattern;
  /** By group, from the first on. */
  readonly #targets: readonly Key[];

  constructor(config: ActionConfig) {
    this.#key = key(config.key);
    this.#pattern = pattern(config.pattern);
    this.#targets = this.#pattern.groupNames.slice(1).map((name) => key(name));
    this.keys = [this.#key, ...this.#targets];
  }

  run(attributes: AttributeTable): void {
    const source = attributes.find(this.#key);
    const value = source < 0 ? undefined : attributes.value(source);
    if (value?.type !== 'string') return;
    const { bytes, start, end } = value.string;
    if (!this.#pattern.testBytes(bytes, start, end)) return;
    const match = this.#pattern.find(value.string.toString());
    if (match === undefined) return;
    for (const [i, target] of this.#targets.entries()) {
      const text = match.groups[i + 1] ?? '';
      const row = attributes.find(target);
      if (row < 0) attributes.addValue(target, text);
      else attributes.setValue(row, text);
    }
  }
}
