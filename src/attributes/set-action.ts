import type { RequestContext } from '../component/consumer.js';
import { PreparedAttribute, type AttributeTable } from '../otlp/edit/attribute-table.js';
import { key, type Key } from '../otlp/view/key.js';
import type { Action } from './action.js';
import type { ActionConfig } from './action-config.js';
import { attributeValue } from './attribute-value.js';
import { contextValue } from './context-value.js';

type SetName = 'insert' | 'update' | 'upsert';

/** Sets an attribute: if there is none (insert), if there is one (update), or always (upsert). */
export class SetAction implements Action {
  readonly keys: readonly Key[];
  readonly #key: Key;
  readonly #setsNew: boolean;
  readonly #setsOld: boolean;
  readonly #from: Key | undefined;
  readonly #fromContext: string;
  /** Set where the value to copy is missing. */
  readonly #fallback: PreparedAttribute | undefined;
  /** Set in all messages of the request; undefined: there is nothing to set, or it is copied. */
  #attribute: PreparedAttribute | undefined;

  constructor(name: SetName, config: ActionConfig) {
    this.#key = key(config.key);
    this.#setsNew = name !== 'update';
    this.#setsOld = name !== 'insert';
    this.#from = config.from_attribute === '' ? undefined : key(config.from_attribute);
    this.keys = this.#from === undefined ? [this.#key] : [this.#key, this.#from];
    this.#fromContext = config.from_context;
    const value = attributeValue(config.value);
    const fallback = attributeValue(config.default_value);
    if (fallback !== undefined) this.#fallback = new PreparedAttribute(config.key, fallback);
    this.#attribute = value === undefined ? this.#fallback : new PreparedAttribute(config.key, value);
  }

  begin(request: RequestContext): void {
    if (this.#fromContext === '') return;
    const value = contextValue(this.#fromContext, request);
    this.#attribute = value === undefined ? this.#fallback : new PreparedAttribute(this.#key.text, value);
  }

  run(attributes: AttributeTable): void {
    const row = attributes.find(this.#key);
    if (row < 0 ? !this.#setsNew : !this.#setsOld) return;
    const from = this.#from === undefined ? -1 : attributes.find(this.#from);
    if (from >= 0) attributes.copyValue(row, this.#key, from);
    else if (this.#attribute !== undefined) attributes.setPrepared(row, this.#attribute);
  }
}
