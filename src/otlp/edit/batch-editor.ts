import type { Batch } from '../batch.js';
import { fieldOf, messageNumber, type Field } from '../fields.js';
import type { Signal } from '../signal.js';
import type { MessageView } from '../view/message.js';
import type { Range } from '../view/range.js';
import { ResourceLevelView, ScopeLevelView, type ResourceView, type ScopeView } from '../view/resource.js';
import { resultAtOnce, type InPieces } from '../work.js';
import { Changes, removed, restOf } from './changes.js';
import { encoding } from './encode.js';
import { ItemEditor } from './item-editor.js';
import type { MessageEditor } from './message-editor.js';
import { Output } from './output.js';
import { Overlay } from './overlay.js';
import { RowEditor } from './row-editor.js';
import { addedUnitsOf, unitsOf } from './units.js';

/** Numbers of the messages around the items of each signal, and of the items. */
const messagesOf: Readonly<
  Record<Signal, { readonly resource: number; readonly scope: number; readonly item: number }>
> = {
  traces: { resource: messageNumber('ResourceSpans'), scope: messageNumber('ScopeSpans'), item: messageNumber('Span') },
  metrics: {
    resource: messageNumber('ResourceMetrics'),
    scope: messageNumber('ScopeMetrics'),
    item: messageNumber('Metric'),
  },
  logs: {
    resource: messageNumber('ResourceLogs'),
    scope: messageNumber('ScopeLogs'),
    item: messageNumber('LogRecord'),
  },
  profiles: {
    resource: messageNumber('ResourceProfiles'),
    scope: messageNumber('ScopeProfiles'),
    item: messageNumber('Profile'),
  },
};

// The four signals number these fields alike.
const resource: Field = fieldOf('ResourceSpans', 'resource');
const resourceSchemaUrl: Field = fieldOf('ResourceSpans', 'schema_url');
const scope: Field = fieldOf('ScopeSpans', 'scope');
const scopeSchemaUrl: Field = fieldOf('ScopeSpans', 'schema_url');

/**
 * Walks the items of batches as a BatchCursor does, reads them through views, and changes them, their scopes and their
 * resources. Changes lie beside the batch until `finish` encodes them once; all other bytes stay as they came.
 * ```
 * const spans = new BatchEditor(new SpanView());
 * const token = key('user.token');
 *
 * for (spans.open(batch); spans.next();) {
 *   if (spans.item.name.is(health)) spans.removeItem();
 *   else if (spans.item.attribute(token, value)) spans.itemEditor.setAttribute(token, '****');
 * }
 * const changed = spans.finish(); // `batch` itself when nothing was changed
 * ```
 * Views show the message as it is now. A scope or resource of which everything was removed goes too, and so does a
 * metric whose points were.
 */
export class BatchEditor<Item extends MessageView> {
  readonly item: Item;
  readonly #overlay: Overlay = new Overlay();
  readonly #changes: Changes = new Changes();
  readonly #itemEditor: ItemEditor;
  readonly #scopeLevel: RowEditor = new RowEditor(this.#overlay);
  readonly #resourceLevel: RowEditor = new RowEditor(this.#overlay);
  readonly #scopeLevelView: ScopeLevelView = new ScopeLevelView();
  readonly #resourceLevelView: ResourceLevelView = new ResourceLevelView();
  #scopeEditor: MessageEditor | undefined;
  #resourceEditor: MessageEditor | undefined;
  #batch: Batch | undefined;
  /** Rows of the current resource, scope and item. */
  #r = -1;
  #s = -1;
  #i = -1;
  /** First scope of the next resource, and first item of the next scope. */
  #scopesEnd = 0;
  #itemsEnd = 0;

  /** @param item - the view that is moved over the items: a SpanView, LogRecordView, MetricView or ProfileView */
  constructor(item: Item) {
    this.item = item;
    this.#itemEditor = new ItemEditor(this.#overlay, item);
    this.#scopeLevel.view(this.#scopeLevelView);
    this.#resourceLevel.view(this.#resourceLevelView);
  }

  /** Moves before the first item of a batch. Changes of another one that was not finished are dropped. */
  open(batch: Batch): this {
    this.close();
    this.#batch = batch;
    this.#overlay.open(batch.bytes);
    this.#changes.reset(batch.index);
    return this.restart();
  }

  /** Drops all changes and lets go of the batch; views that came from this editor read nothing now. */
  close(): void {
    this.#itemEditor.abandon();
    this.#scopeLevel.abandon();
    this.#resourceLevel.abandon();
    this.#overlay.close();
    this.#batch = undefined;
  }

  /**
   * Encodes the changes and lets go of the batch. Returns the batch that was opened when nothing was changed, else a
   * new one, which the caller owns; it has no items when all were removed.
   */
  finish(): Batch {
    return resultAtOnce(this.finishing());
  }

  /** `finish` in pieces of work. */
  *finishing(): InPieces<Batch> {
    const batch = this.#batch;
    if (batch === undefined) throw new Error('no batch is open');
    this.#leave(this.#itemEditor, this.#scopeLevel, this.#resourceLevel);
    let result = batch;
    if (this.#changes.some(batch.index)) {
      const overlay = this.#overlay;
      const out = new Output(overlay.runs, overlay.backing.bytes);
      result = yield* encoding(
        batch,
        this.#changes,
        out,
        (list) => unitsOf(batch.signal, overlay, list),
        (list) => addedUnitsOf(batch.signal, overlay, list),
      );
    }
    this.close();
    return result;
  }

  /** Moves before the first item again; changes stay. */
  restart(): this {
    this.#leave(this.#itemEditor, this.#scopeLevel, this.#resourceLevel);
    this.#resourceEditor = this.#scopeEditor = undefined;
    this.#r = this.#s = this.#i = -1;
    this.#scopesEnd = this.#itemsEnd = 0;
    return this;
  }

  /** Moves to the next item that was not removed, of whichever scope; false behind the last one. */
  next(): boolean {
    while (!this.nextItem()) if (!this.nextScope() && !this.nextResource()) return false;
    return true;
  }

  /** Moves before the first scope of the next resource, past the rest of this one. */
  nextResource(): boolean {
    const batch = this.#batch;
    if (batch === undefined) return false;
    const { index, signal } = batch;
    const { resources } = this.#changes;
    let row = this.#r + 1;
    while (row < index.resourceCount && resources[row] === removed) row++;
    if (row >= index.resourceCount) return false;
    this.#leave(this.#itemEditor, this.#scopeLevel, this.#resourceLevel);
    this.#resourceEditor = this.#scopeEditor = undefined;
    this.#r = row;
    const first = index.firstScope(row);
    this.#scopesEnd = index.firstScope(row + 1);
    this.#s = first - 1;
    this.#itemsEnd = index.firstItem(first);
    this.#i = this.#itemsEnd - 1;
    const message = messagesOf[signal].resource;
    this.#resourceLevel.open(message, resources, row, index.resourceFrom(row), index.resourceTo(row));
    this.#resourceLevel.leaveOut(index.scopes, first, this.#scopesEnd);
    return true;
  }

  /** Moves before the first item of the next scope of this resource, past the rest of this one. */
  nextScope(): boolean {
    const batch = this.#batch;
    if (batch === undefined) return false;
    const { index, signal } = batch;
    const { scopes } = this.#changes;
    let row = this.#s + 1;
    while (row < this.#scopesEnd && scopes[row] === removed) row++;
    if (row >= this.#scopesEnd) return false;
    this.#leave(this.#itemEditor, this.#scopeLevel);
    this.#scopeEditor = undefined;
    this.#s = row;
    const first = index.firstItem(row);
    this.#itemsEnd = index.firstItem(row + 1);
    this.#i = first - 1;
    this.#scopeLevel.open(messagesOf[signal].scope, scopes, row, index.scopeFrom(row), index.scopeTo(row));
    this.#scopeLevel.leaveOut(index.items, first, this.#itemsEnd);
    return true;
  }

  /** Moves to the next item of this scope that was not removed. */
  nextItem(): boolean {
    const batch = this.#batch;
    if (batch === undefined) return false;
    const { index, signal } = batch;
    const { items } = this.#changes;
    let row = this.#i + 1;
    while (row < this.#itemsEnd && items[row] === removed) row++;
    if (row >= this.#itemsEnd) return false;
    this.#itemEditor.leave();
    this.#i = row;
    this.#itemEditor.open(messagesOf[signal].item, items, row, index.itemFrom(row), index.itemTo(row));
    return true;
  }

  /** Changes the item. */
  get itemEditor(): ItemEditor {
    return this.#itemEditor;
  }

  /** Changes the scope, for all its items. */
  get scopeEditor(): MessageEditor {
    // A walk over items that were added to the scope leaves it.
    if (this.#scopeEditor === undefined || this.#scopeEditor.isLeft) this.#scopeEditor = this.#scopeLevel.child(scope);
    return this.#scopeEditor;
  }

  /** Changes the resource, for all its items. */
  get resourceEditor(): MessageEditor {
    return (this.#resourceEditor ??= this.#resourceLevel.child(resource));
  }

  /** Changes the message around the scope, which has the schema URL. */
  get scopeMessageEditor(): MessageEditor {
    return this.#scopeLevel;
  }

  /** Changes the message around the resource, which has the schema URL. */
  get resourceMessageEditor(): MessageEditor {
    return this.#resourceLevel;
  }

  /** Row of the current item in the index of the batch; -1 before the first. */
  get itemRow(): number {
    return this.#i;
  }

  get scopeMessage(): ScopeLevelView {
    return this.#scopeLevelView;
  }

  get resourceMessage(): ResourceLevelView {
    return this.#resourceLevelView;
  }

  get scope(): ScopeView {
    return this.#scopeLevelView.scope;
  }

  get resource(): ResourceView {
    return this.#resourceLevelView.resource;
  }

  get scopeSchemaUrl(): Range {
    return this.#scopeLevelView.schemaUrl;
  }

  get resourceSchemaUrl(): Range {
    return this.#resourceLevelView.schemaUrl;
  }

  setScopeSchemaUrl(url: string): void {
    this.#scopeLevel.setText(scopeSchemaUrl, url);
  }

  setResourceSchemaUrl(url: string): void {
    this.#resourceLevel.setText(resourceSchemaUrl, url);
  }

  /** Removes the item. Its view and editor are of no use until the editor moves on. */
  removeItem(): void {
    if (this.#i < 0) throw new Error('there is no item to remove');
    this.#itemEditor.abandon();
    this.#changes.items[this.#i] = removed;
  }

  /** Removes the scope with all its items. */
  removeScope(): void {
    if (this.#s < 0) throw new Error('there is no scope to remove');
    this.#itemEditor.abandon();
    this.#scopeLevel.abandon();
    this.#changes.scopes[this.#s] = removed;
    this.#i = this.#itemsEnd - 1;
  }

  /** Removes the resource with all its scopes. */
  removeResource(): void {
    if (this.#r < 0) throw new Error('there is no resource to remove');
    this.#itemEditor.abandon();
    this.#scopeLevel.abandon();
    this.#resourceLevel.abandon();
    this.#changes.resources[this.#r] = removed;
    this.#s = this.#scopesEnd - 1;
    this.#i = this.#itemsEnd - 1;
  }

  /** Removes scopes without items and resources without scopes, also those that were empty on arrival. */
  removeEmpty(): void {
    const index = this.#batch?.index;
    if (index === undefined) return;
    const { resources, scopes, items } = this.#changes;
    for (let s = 0; s < index.scopeCount; s++)
      if (restOf(items, index.firstItem(s), index.firstItem(s + 1)) === 0) scopes[s] = removed;
    for (let r = 0; r < index.resourceCount; r++)
      if (restOf(scopes, index.firstScope(r), index.firstScope(r + 1)) === 0) resources[r] = removed;
  }

  /** Finishes the editing of some messages; they can be changed again when the walk comes to them again. */
  #leave(...editors: readonly RowEditor[]): void {
    for (const editor of editors) {
      editor.leave();
      editor.abandon();
    }
  }
}
