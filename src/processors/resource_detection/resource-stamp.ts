import type { AttributeChanges } from '../../attributes/changing-attributes.js';
import type { Batch } from '../../otlp/batch.js';
import { AttributePatcher } from '../../otlp/edit/attribute-patcher.js';
import { PreparedAttribute } from '../../otlp/edit/attribute-table.js';
import type { InPieces } from '../../otlp/work.js';
import type { DetectedResource } from './detection/merge.js';

/** Resources that are changed in one piece of work: some milliseconds. */
const resourcesAtOnce = 1 << 12;

interface Prepared {
  readonly of: DetectedResource;
  readonly attributes: readonly PreparedAttribute[];
  readonly schemaUrl: Uint8Array;
  readonly patcher: AttributePatcher;
}

/**
 * Sets what is detected in the resources of batches. The attributes are encoded when they are detected, and copied into
 * each batch: the items are not looked at.
 */
export class ResourceStamp implements AttributeChanges {
  readonly #override: boolean;
  readonly #detected: () => DetectedResource;
  #prepared: Prepared | undefined;

  constructor(override: boolean, detected: () => DetectedResource) {
    this.#override = override;
    this.#detected = detected;
  }

  *changing(batch: Batch): InPieces<Batch> {
    const { attributes, schemaUrl, patcher } = this.#present();
    if (attributes.length === 0 && schemaUrl.length === 0) return batch;
    patcher.open(batch);
    const table = patcher.attributes;
    for (let row = 0; row < batch.index.resourceCount; row++) {
      if ((row + 1) % resourcesAtOnce === 0) yield;
      patcher.openResource(row);
      for (const attribute of attributes) {
        const own = table.find(attribute.key);
        if (own < 0 || this.#override) table.setPrepared(own, attribute);
      }
      if (schemaUrl.length > 0) patcher.fillSchemaUrl(schemaUrl);
      patcher.closeResource();
    }
    return yield* patcher.finishing();
  }

  #present(): Prepared {
    const of = this.#detected();
    if (this.#prepared?.of === of) return this.#prepared;
    const attributes = [...of.attributes].map(([name, value]) => new PreparedAttribute(name, value));
    const patcher = new AttributePatcher(attributes.map(({ key }) => key));
    this.#prepared = { of, attributes, schemaUrl: Buffer.from(of.schemaUrl), patcher };
    return this.#prepared;
  }
}
