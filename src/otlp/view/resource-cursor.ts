import type { Batch } from '../batch.js';
import { Backing } from './backing.js';
import type { Range } from './range.js';
import { ResourceLevelView, type ResourceView } from './resource.js';

/**
 * Walks the resources of batches of any signal, for what is decided for all items of a resource together.
 * ```
 * const resources = new ResourceCursor();
 * for (resources.open(batch); resources.next();)
 *   if (!resources.resource.attribute(service, value))
 *     partOf.fill(-1, resources.unit, resources.unit + resources.units);
 * ```
 */
export class ResourceCursor {
  readonly #backing: Backing = new Backing();
  readonly #level: ResourceLevelView = new ResourceLevelView();
  #batch: Batch | undefined;
  #row = -1;
  #unit = 0;
  #units = 0;

  /** Moves before the first resource of a batch. */
  open(batch: Batch): this {
    this.#batch = batch;
    this.#backing.bytes = batch.bytes;
    this.#row = -1;
    this.#unit = this.#units = 0;
    return this;
  }

  /** Lets go of the batch, for a loop that is left before its end. */
  close(): void {
    this.#batch = undefined;
    this.#backing.drop();
  }

  /** Moves to the next resource; false behind the last one. */
  next(): boolean {
    const batch = this.#batch;
    if (batch === undefined) return false;
    const { index } = batch;
    this.#row++;
    if (this.#row >= index.resourceCount) {
      this.close();
      return false;
    }
    const from = index.firstItem(index.firstScope(this.#row));
    this.#unit += this.#units;
    this.#units = batch.unitsIn(from, index.firstItem(index.firstScope(this.#row + 1)));
    this.#level.fields.move(this.#backing, index.resourceFrom(this.#row), index.resourceTo(this.#row));
    return true;
  }

  get resource(): ResourceView {
    return this.#level.resource;
  }

  get schemaUrl(): Range {
    return this.#level.schemaUrl;
  }

  /** Number of the first unit below the resource, as `partition` counts: spans, log records, data points or samples. */
  get unit(): number {
    return this.#unit;
  }

  /** Units below the resource. */
  get units(): number {
    return this.#units;
  }
}
