import type { Batch } from '../../otlp/batch.js';
import { RowFilter } from '../../otlp/edit/row-filter.js';
import { BatchCursor } from '../../otlp/view/batch-cursor.js';
import type { MessageView } from '../../otlp/view/message.js';
import type { ResourceView, ScopeView } from '../../otlp/view/resource.js';
import { pieceBytes, type InPieces } from '../../otlp/work.js';
import type { Stage } from '../../statements/stages.js';

/** Rows that are looked at in one piece of work: some milliseconds. */
const rowsAtOnce = 2048;

/** Which items stay. It is asked level by level: an answer holds for all that is below. */
export interface Selecting<Item> {
  hasResource(resource: ResourceView): boolean;
  hasScope(scope: ScopeView): boolean;
  /** Whether items have to be asked for, each by itself. */
  readonly ofItems: boolean;
  /** Undefined: a piece of work was done, and it wants to be called again. */
  hasItem(item: Item): boolean | undefined;
}

/** Leaves out the items of batches that are not selected. */
export class SelectedRows<Item extends MessageView> implements Stage {
  readonly #selection: Selecting<Item>;
  readonly #cursor: BatchCursor<Item>;
  readonly #filter: RowFilter = new RowFilter();
  #rows = 0;
  #from = 0;

  /** @param item - the view that is moved over the items: a SpanView, LogRecordView or MetricView */
  constructor(selection: Selecting<Item>, item: Item) {
    this.#selection = selection;
    this.#cursor = new BatchCursor(item);
  }

  *apply(batch: Batch): InPieces<Batch> {
    const [filter, cursor, selection] = [this.#filter, this.#cursor, this.#selection];
    filter.open(batch);
    cursor.open(batch);
    this.#rows = this.#from = 0;
    let isDone = false;
    try {
      while (cursor.nextResource()) {
        if (this.#isPieceDone(batch)) yield;
        if (selection.hasResource(cursor.resource)) yield* this.#scopes(batch);
        else filter.removeResource(cursor.resourceRow);
      }
      isDone = true;
    } finally {
      if (!isDone) {
        cursor.close();
        filter.close();
      }
    }
    return yield* filter.finishing();
  }

  *#scopes(batch: Batch): InPieces<void> {
    const [cursor, selection] = [this.#cursor, this.#selection];
    while (cursor.nextScope()) {
      if (this.#isPieceDone(batch)) yield;
      if (!selection.hasScope(cursor.scope)) this.#filter.removeScope(cursor.scopeRow);
      else if (selection.ofItems) yield* this.#items(batch);
    }
  }

  *#items(batch: Batch): InPieces<void> {
    const [cursor, selection] = [this.#cursor, this.#selection];
    while (cursor.nextItem()) {
      if (this.#isPieceDone(batch)) yield;
      let has = selection.hasItem(cursor.item);
      while (has === undefined) {
        yield;
        has = selection.hasItem(cursor.item);
      }
      if (!has) this.#filter.removeItem(cursor.itemRow);
    }
  }

  /** Counts a row; true when those since the last time are a piece of work. */
  #isPieceDone({ index }: Batch): boolean {
    const row = this.#cursor.itemRow;
    const at = row < 0 || row >= index.itemCount ? 0 : index.itemTo(row);
    if (++this.#rows < rowsAtOnce && at - this.#from <= pieceBytes) return false;
    this.#rows = 0;
    this.#from = at;
    return true;
  }
}
