import { Actions } from '../../attributes/actions.js';
import type { AttributeChanges } from '../../attributes/changing-attributes.js';
import type { ItemView } from '../../attributes/match/item-properties.js';
import { Selection } from '../../attributes/match/selection.js';
import type { RequestContext } from '../../component/consumer.js';
import type { Batch } from '../../otlp/batch.js';
import { AttributePatcher } from '../../otlp/edit/attribute-patcher.js';
import type { Signal } from '../../otlp/signal.js';
import { Backing } from '../../otlp/view/backing.js';
import { LogRecordView } from '../../otlp/view/log-record.js';
import { MetricView } from '../../otlp/view/metric.js';
import { ResourceLevelView, ScopeLevelView } from '../../otlp/view/resource.js';
import { SpanView } from '../../otlp/view/span.js';
import type { Index } from '../../otlp/wire/item-index.js';
import type { InPieces } from '../../otlp/work.js';
import type { Config } from './config.js';

/** Items that are changed in one piece of work: some milliseconds. */
const itemsAtOnce = 1 << 13;
/** An item counts once for so many of its bytes, which are read. */
const bytesPerItem = 64;

/** Runs the actions on the items of one batch after the other. All that is needed for an item is made once. */
export class ItemAttributes implements AttributeChanges {
  readonly #actions: Actions;
  readonly #selection: Selection;
  readonly #patcher: AttributePatcher;
  readonly #isOfPoints: boolean;
  readonly #item: ItemView;
  readonly #backing: Backing = new Backing();
  readonly #resource: ResourceLevelView = new ResourceLevelView();
  readonly #scope: ScopeLevelView = new ScopeLevelView();
  /** Items that are left of the piece of work. */
  #left = 0;

  constructor(config: Config, signal: Signal) {
    this.#actions = new Actions(config.actions);
    this.#selection = new Selection(config.include, config.exclude, signal);
    const { keys } = this.#actions;
    this.#patcher = new AttributePatcher(keys && [...keys, ...this.#selection.keys]);
    this.#isOfPoints = signal === 'metrics';
    this.#item = viewOf(signal);
  }

  *changing(batch: Batch, request: RequestContext): InPieces<Batch> {
    const { index } = batch;
    const patcher = this.#patcher.open(batch);
    this.#backing.bytes = batch.bytes;
    this.#actions.begin(request);
    this.#left = itemsAtOnce;
    if (this.#selection.isAll) yield* this.#items(index, 0, index.itemCount);
    else
      for (let r = 0; r < index.resourceCount; r++) {
        this.#resource.move(this.#backing, index.resourceFrom(r), index.resourceTo(r));
        if (this.#selection.hasResource(this.#resource.resource)) yield* this.#scopes(index, r);
        if (this.#isPieceDone(1)) yield;
      }
    this.#backing.drop();
    return yield* patcher.finishing();
  }

  /** Changes the items of the scopes below a resource. */
  *#scopes(index: Index, r: number): InPieces<void> {
    for (let s = index.firstScope(r); s < index.firstScope(r + 1); s++) {
      this.#scope.move(this.#backing, index.scopeFrom(s), index.scopeTo(s));
      if (this.#selection.hasScope(this.#scope.scope))
        yield* this.#items(index, index.firstItem(s), index.firstItem(s + 1));
      if (this.#isPieceDone(1)) yield;
    }
  }

  /** Changes the items in rows `[first, last)`. */
  *#items(index: Index, first: number, last: number): InPieces<void> {
    const { points } = this.#patcher;
    for (let row = first; row < last; row++) {
      if (!this.#isOfPoints) this.#changeItem(index, row);
      else if (this.#isSelected(index, row)) {
        points.open(row);
        while (!this.#changePoints()) yield;
      }
      if (this.#isPieceDone(1 + (index.itemTo(row) - index.itemFrom(row)) / bytesPerItem)) yield;
    }
  }

  #changeItem(index: Index, row: number): void {
    const patcher = this.#patcher;
    patcher.openItem(row);
    if (!this.#isSelected(index, row)) return;
    this.#actions.run(patcher.attributes);
    patcher.closeItem();
  }

  /** Changes data points of a metric, as many as belong to a piece; false while there are more. */
  #changePoints(): boolean {
    const { attributes, points } = this.#patcher;
    while (points.next()) {
      this.#actions.run(attributes);
      if (this.#isPieceDone(1)) return false;
    }
    return true;
  }

  /** Counts what was done; true when it is a piece of work, after which the next begins. */
  #isPieceDone(items: number): boolean {
    this.#left -= items;
    if (this.#left > 0) return false;
    this.#left = itemsAtOnce;
    return true;
  }

  #isSelected(index: Index, row: number): boolean {
    if (!this.#selection.ofItems) return true;
    this.#item.move(this.#backing, index.itemFrom(row), index.itemTo(row));
    return this.#selection.hasItem(this.#item, this.#patcher.attributes);
  }
}

function viewOf(signal: Signal): ItemView {
  switch (signal) {
    case 'traces':
      return new SpanView();
    case 'logs':
      return new LogRecordView();
    case 'metrics':
      return new MetricView();
    case 'profiles':
      throw new Error('profiles have no attributes of their own here');
  }
}
