import type { RequestContext } from '../component/consumer.js';
import type { AttributeTable } from '../otlp/edit/attribute-table.js';
import type { Key } from '../otlp/view/key.js';
import type { Action } from './action.js';
import { actionName, type ActionConfig } from './action-config.js';
import { ConvertAction } from './convert-action.js';
import { ExtractAction } from './extract-action.js';
import { DeleteAction, HashAction } from './key-actions.js';
import { SetAction } from './set-action.js';

/** Actions that change the attributes of messages in their order: each sees those before it. */
export class Actions {
  /** Keys of the attributes that they read or change; undefined: of any. */
  readonly keys: readonly Key[] | undefined;
  readonly #actions: readonly Action[];

  /** @param configs - checked */
  constructor(configs: readonly ActionConfig[]) {
    this.#actions = configs.map(create);
    const keys = this.#actions.map((action) => action.keys);
    this.keys = keys.every((some) => some !== undefined) ? keys.flat() : undefined;
  }

  /** Begins with the messages of another request. */
  begin(request: RequestContext): void {
    for (const action of this.#actions) action.begin?.(request);
  }

  run(attributes: AttributeTable): void {
    // By index: an iterator would be an object for each message.
    for (let i = 0; i < this.#actions.length; i++) (this.#actions[i] as Action).run(attributes);
  }
}

function create(config: ActionConfig): Action {
  const name = actionName(config.action);
  switch (name) {
    case 'insert':
    case 'update':
    case 'upsert':
      return new SetAction(name, config);
    case 'delete':
      return new DeleteAction(config);
    case 'hash':
      return new HashAction(config);
    case 'extract':
      return new ExtractAction(config);
    case 'convert':
      return new ConvertAction(config);
    case undefined:
      throw new Error(`no such action: ${config.action}`);
  }
}
