import type { Batch } from '../batch.js';
import { Backing } from './backing.js';
import type { MessageView } from './message.js';
import type { Range } from './range.js';
import { ResourceLevelView, ScopeLevelView, type ResourceView, type ScopeView } from './resource.js';

/**
 * Walks the items of batches: spans, log records, metrics or profiles, each with its scope and its resource. Made once
 * and opened for one batch after the other, it makes no object for an item.
 * ```
 * const spans = new BatchCursor(new SpanView());
 * const route = key('http.route');
 * const value = new ValueView();
 *
 * for (spans.open(batch); spans.next();)
 *   if (spans.item.attribute(route, value) && value.is(health)) drop(spans.unit);
 * ```
 * Views are valid until the cursor moves. Behind the last item, or the last resource, it lets go of the bytes; a
 * loop that is left early ends with `close`. `nextResource`, `nextScope` and `nextItem` walk level by level.
 * A look-up reads attributes up to its key, so look those of a resource up once, in the loop of `nextResource`.
 */
export class BatchCursor<Item extends MessageView> {
  readonly item: Item;
  readonly #backing: Backing = new Backing();
  readonly #resourceLevel: ResourceLevelView = new ResourceLevelView();
  readonly #scopeLevel: ScopeLevelView = new ScopeLevelView();
  #batch: Batch | undefined;
  #resource = -1;
  #scope = -1;
  #row = -1;
  /** First scope of the next resource, and first item of the next scope. */
  #scopesEnd = 0;
  #itemsEnd = 0;
  #unit = 0;
  #units = 0;

  /** @param item - the view that is moved over the items: a SpanView, LogRecordView, MetricView or ProfileView */
  constructor(item: Item) {
    this.item = item;
  }

  /** Moves before the first item of a batch. */
  open(batch: Batch): this {
    this.#batch = batch;
    this.#backing.bytes = batch.bytes;
    this.#resource = this.#scope = this.#row = -1;
    this.#scopesEnd = this.#itemsEnd = this.#unit = this.#units = 0;
    return this;
  }

  /** Lets go of the batch; all views that came from this cursor read nothing now. */
  close(): void {
    this.#batch = undefined;
    this.#backing.drop();
  }

  /** Moves to the next item, of whichever scope; false behind the last one. */
  next(): boolean {
    while (!this.nextItem()) if (!this.nextScope() && !this.nextResource()) return false;
    return true;
  }

  /** Moves before the first scope of the next resource, past what is left of this one. */
  nextResource(): boolean {
    const index = this.#batch?.index;
    if (index === undefined || this.#resource + 1 >= index.resourceCount) {
      this.close();
      return false;
    }
    this.#passItems(index.firstItem(this.#scopesEnd));
    this.#scope = this.#scopesEnd - 1;
    this.#resource++;
    this.#scopesEnd = index.firstScope(this.#resource + 1);
    this.#resourceLevel.fields.move(
      this.#backing,
      index.resourceFrom(this.#resource),
      index.resourceTo(this.#resource),
    );
    return true;
  }

  /** Moves before the first item of the next scope of this resource, past what is left of this one. */
  nextScope(): boolean {
    const index = this.#batch?.index;
    if (index === undefined || this.#scope + 1 >= this.#scopesEnd) return false;
    this.#passItems(this.#itemsEnd);
    this.#scope++;
    this.#itemsEnd = index.firstItem(this.#scope + 1);
    this.#scopeLevel.fields.move(this.#backing, index.scopeFrom(this.#scope), index.scopeTo(this.#scope));
    return true;
  }

  /** Moves to the next item of this scope. */
  nextItem(): boolean {
    const batch = this.#batch;
    if (batch === undefined || this.#row + 1 >= this.#itemsEnd) return false;
    const { index } = batch;
    this.#row++;
    this.#unit += this.#units;
    this.#units = batch.unitsIn(this.#row, this.#row + 1);
    this.item.fields.move(this.#backing, index.itemFrom(this.#row), index.itemTo(this.#row));
    return true;
  }

  /** Items of this scope behind the current one. */
  get itemsLeft(): number {
    return this.#itemsEnd - this.#row - 1;
  }

  /** Moves past `count` of the items that are left, without a look at them. */
  skipItems(count: number): void {
    if (this.#batch === undefined || count === 0) return;
    this.#unit += this.#units + this.#batch.unitsIn(this.#row + 1, this.#row + 1 + count);
    this.#units = 0;
    this.#row += count;
  }

  /** The resource of the item; all its pieces, should it have come in several. */
  get resource(): ResourceView {
    return this.#resourceLevel.resource;
  }

  get resourceSchemaUrl(): Range {
    return this.#resourceLevel.schemaUrl;
  }

  get scope(): ScopeView {
    return this.#scopeLevel.scope;
  }

  get scopeSchemaUrl(): Range {
    return this.#scopeLevel.schemaUrl;
  }

  /** The message around the resource, which has the schema URL. */
  get resourceMessage(): ResourceLevelView {
    return this.#resourceLevel;
  }

  /** The message around the scope, which has the schema URL. */
  get scopeMessage(): ScopeLevelView {
    return this.#scopeLevel;
  }

  /** Row of the current resource, scope and item in the index of the batch. */
  get resourceRow(): number {
    return this.#resource;
  }

  get scopeRow(): number {
    return this.#scope;
  }

  get itemRow(): number {
    return this.#row;
  }

  /**
   * Number of the item's first unit in the batch, as `partition` counts: units are spans, log records, data points or
   * samples, so that `unit` is the item's place in `partOf`.
   */
  get unit(): number {
    return this.#unit;
  }

  /** Units of the item: 1, or the number of its data points or samples. */
  get units(): number {
    return this.#units;
  }

  /** Units of the whole scope; directly behind `nextScope`, `unit` is the first of them. */
  get scopeUnits(): number {
    const batch = this.#batch;
    if (batch === undefined || this.#scope < 0) return 0;
    return batch.unitsIn(batch.index.firstItem(this.#scope), this.#itemsEnd);
  }

  /** Moves behind the items before `end` without a look at them. */
  #passItems(end: number): void {
    if (this.#batch === undefined) return;
    this.#unit += this.#units + this.#batch.unitsIn(this.#row + 1, end);
    this.#units = 0;
    this.#row = end - 1;
    this.#itemsEnd = end;
  }
}
