import { Actions } from '../../attributes/actions.js';
import { changingAttributes, type AttributeChanges } from '../../attributes/changing-attributes.js';
import type { Consumer, RequestContext } from '../../component/consumer.js';
import type { PipelineContext, Processor } from '../../component/define.js';
import type { Batch } from '../../otlp/batch.js';
import { AttributePatcher } from '../../otlp/edit/attribute-patcher.js';
import type { InPieces } from '../../otlp/work.js';
import type { Config } from './config.js';

/** Resources that are changed in one piece of work: some milliseconds. */
const resourcesAtOnce = 1 << 12;

/** Changes attributes of resources. */
export function createResource(config: Config, context: PipelineContext, next: Consumer): Processor {
  return changingAttributes(context, next, () => new ResourceAttributes(config));
}

class ResourceAttributes implements AttributeChanges {
  readonly #actions: Actions;
  readonly #patcher: AttributePatcher;

  constructor({ attributes }: Config) {
    this.#actions = new Actions(attributes);
    this.#patcher = new AttributePatcher(this.#actions.keys);
  }

  *changing(batch: Batch, request: RequestContext): InPieces<Batch> {
    const patcher = this.#patcher.open(batch);
    this.#actions.begin(request);
    for (let row = 0; row < batch.index.resourceCount; row++) {
      if ((row + 1) % resourcesAtOnce === 0) yield;
      patcher.openResource(row);
      this.#actions.run(patcher.attributes);
      patcher.closeResource();
    }
    return yield* patcher.finishing();
  }
}
