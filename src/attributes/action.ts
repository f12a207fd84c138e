import type { RequestContext } from '../component/consumer.js';
import type { Key } from '../otlp/view/key.js';
import type { AttributeTable } from '../otlp/edit/attribute-table.js';

/** Changes the attributes of one message after the other. */
export interface Action {
  /** Keys of the attributes that it reads or changes; undefined: of any. */
  readonly keys: readonly Key[] | undefined;
  /** Begins with the messages of another request. */
  begin?(request: RequestContext): void;
  run(attributes: AttributeTable): void;
}
