import type { Batch } from '../../otlp/batch.js';
import { fieldOf, messages, messageNumber, type Field } from '../../otlp/fields.js';
import { BatchEditor } from '../../otlp/edit/batch-editor.js';
import type { ElementEditor, MessageEditor } from '../../otlp/edit/message-editor.js';
import { findAttribute, longestAttribute } from '../../otlp/view/attributes.js';
import type { Key } from '../../otlp/view/key.js';
import { Backing } from '../../otlp/view/backing.js';
import { Layout } from '../../otlp/view/layout.js';
import { MessageFields } from '../../otlp/view/message-fields.js';
import { MessageView } from '../../otlp/view/message.js';
import type { Range } from '../../otlp/view/range.js';
import type { InPieces } from '../../otlp/work.js';
import { dataFieldOf, pointTypeOf, pointTypes, type BatchScene, type ScenePlace } from '../contexts/batch-scene.js';
import type { ContextName } from '../contexts/contexts.js';
import { itemView, walkLevel, type WalkLevel } from './level.js';
import type { Steps } from './steps.js';

// The four signals number the items of a scope alike.
const itemsField = fieldOf('ScopeMetrics', 'metrics');
const events = fieldOf('Span', 'events');
const metricFields = messages[messageNumber('Metric')]?.fields ?? [];
/** By type of the point. */
const pointFields = (['Sum', 'Histogram', 'ExponentialHistogram', 'Summary'] as const).map((data) =>
  fieldOf(data, 'data_points'),
);
const exemplars = (['NumberDataPoint', 'HistogramDataPoint', 'ExponentialHistogramDataPoint'] as const).map((point) =>
  fieldOf(point, 'exemplars'),
);

/** Moves over a batch whose items, scopes and resources can be changed, and makes the changed one. */
export class EditingSteps implements Steps {
  readonly #scene: BatchScene;
  readonly #level: WalkLevel;
  readonly #hasEvents: boolean;
  readonly #batches: BatchEditor<MessageView>;
  readonly #event: MessageView = new MessageView(new Layout('Event'));
  readonly #dataView: MessageView = new MessageView(new Layout('Sum'));
  readonly #dataFields: MessageFields = new MessageFields(new Layout('Sum'));
  readonly #points: readonly MessageView[] = pointTypes.map((type) => new MessageView(new Layout(type)));
  readonly #exemplar: MessageView = new MessageView(new Layout('Exemplar'));
  #part: MessageView = this.#event;
  #data: MessageEditor | undefined;
  #parts: ElementEditor | undefined;
  #exemplars: ElementEditor | undefined;
  /** The walk over items that statements have added to the scope, and how many of them it has come to. */
  #added: ElementEditor | undefined;
  #addedVisited = 0;
  readonly #addedView: MessageView;

  constructor(name: ContextName, scene: BatchScene) {
    this.#scene = scene;
    this.#level = walkLevel[name];
    this.#hasEvents = name === 'spanevent';
    this.#batches = new BatchEditor(itemView(name));
    this.#addedView = itemView(name);
  }

  get itemRow(): number {
    return this.#batches.itemRow;
  }

  open(batch: Batch): void {
    this.#batches.open(batch);
    this.#data = this.#parts = this.#exemplars = this.#added = undefined;
  }

  close(): void {
    this.#batches.close();
    this.#data = this.#parts = this.#exemplars = this.#added = undefined;
  }

  /** The changed batch, or the same when nothing was changed. */
  finishing(): InPieces<Batch> {
    this.#data = this.#parts = this.#exemplars = this.#added = undefined;
    return this.#batches.finishing();
  }

  next(): boolean {
    const batches = this.#batches;
    switch (this.#level) {
      case 'resource':
        return batches.nextResource();
      case 'scope':
        while (!batches.nextScope()) if (!batches.nextResource()) return false;
        return true;
      case 'item':
        return this.#nextItem();
      case 'part':
        return this.#nextPart();
      case 'exemplar':
        return this.#nextExemplar();
    }
  }

  /** Removes the part of an item that the scene is at. */
  removePart(): void {
    this.#parts?.remove();
  }

  fields(place: ScenePlace): MessageFields {
    const batches = this.#batches;
    switch (place) {
      case 'item':
        return this.#itemFields;
      case 'scope':
        return batches.scope.fields;
      case 'resource':
        return batches.resource.fields;
      case 'scopeMessage':
        return batches.scopeMessage.fields;
      case 'resourceMessage':
        return batches.resourceMessage.fields;
      case 'metricData':
        if (this.#data) return this.#dataView.fields;
        this.#itemFields.message(dataFieldOf(this.#itemFields), this.#dataFields);
        return this.#dataFields;
      case 'part':
        return this.#part.fields;
      case 'exemplar':
        return this.#exemplar.fields;
    }
  }

  findAttribute(place: ScenePlace, key: Key, value: MessageFields): boolean {
    if (place === 'item' && this.#added === undefined) return this.#batches.itemEditor.lookUp(key, value);
    return findAttribute(this.fields(place), key, value);
  }

  longestAttribute(place: ScenePlace): number {
    if (place === 'item' && this.#added === undefined) return this.#batches.itemEditor.longestAttribute();
    return longestAttribute(this.fields(place));
  }

  range(place: ScenePlace, field: Field, into: Range): Range {
    if (place === 'item' && this.#added === undefined) return this.#batches.itemEditor.range(field, into);
    return this.fields(place).range(field.number, into);
  }

  editor(place: ScenePlace): MessageEditor {
    const batches = this.#batches;
    switch (place) {
      case 'item':
        return this.#itemEditor;
      case 'scope':
        return batches.scopeEditor;
      case 'resource':
        return batches.resourceEditor;
      case 'scopeMessage':
        return batches.scopeMessageEditor;
      case 'resourceMessage':
        return batches.resourceMessageEditor;
      case 'metricData':
        return this.#data ?? this.#itemEditor.child(this.#dataField());
      case 'part':
        return opened(this.#parts);
      case 'exemplar':
        return opened(this.#exemplars);
    }
  }

  #dataField(): Field {
    const number = dataFieldOf(this.#itemFields);
    const field = metricFields.find((candidate) => candidate.number === number);
    if (field === undefined) throw new Error('the metric has no data');
    return field;
  }

  get #itemFields(): MessageFields {
    return this.#added === undefined ? this.#batches.item.fields : this.#addedView.fields;
  }

  get #itemEditor(): MessageEditor {
    if (this.#added === undefined) return this.#batches.itemEditor;
    // A change of the scope has ended the walk.
    if (this.#added.isLeft) this.#walkAdded(this.#addedVisited);
    return this.#added;
  }

  /** Moves to the next item: those of a scope as they came, then those that statements have added to it. */
  #nextItem(): boolean {
    const batches = this.#batches;
    if (this.#added === undefined && batches.nextItem()) return true;
    for (;;) {
      if (this.#nextAdded()) return true;
      this.#added = undefined;
      this.#addedVisited = 0;
      this.#scene.movedToScope();
      if (!batches.nextScope() && !batches.nextResource()) return false;
      if (batches.nextItem()) return true;
    }
  }

  #nextAdded(): boolean {
    if (this.#added !== undefined) {
      if (this.#added.isLeft) this.#walkAdded(this.#addedVisited);
      if (this.#added.next()) {
        this.#addedVisited++;
        return true;
      }
    }
    const added = this.#scene.takeAdded();
    if (added.length === 0) return false;
    const backing = new Backing();
    for (const item of added) {
      backing.bytes = item;
      this.#addedView.move(backing, 0, item.length);
      this.#batches.scopeMessageEditor.add(itemsField).copyFrom(this.#addedView);
    }
    this.#walkAdded(this.#addedVisited);
    return this.#nextAdded();
  }

  /** Begins the walk over added items, past those that were visited. */
  #walkAdded(visited: number): void {
    const walk = this.#batches.scopeMessageEditor.elements(itemsField);
    for (let i = 0; i < visited; i++) walk.next();
    walk.view(this.#addedView);
    this.#added = walk;
  }

  #nextPart(): boolean {
    while (this.#parts === undefined || this.#parts.isLeft || !this.#parts.next()) {
      this.#data = this.#parts = undefined;
      if (!this.#nextItem()) return false;
      if (this.#hasEvents) {
        this.#parts = this.#itemEditor.elements(events);
        this.#parts.view(this.#event);
      } else this.#openPoints();
    }
    return true;
  }

  #openPoints(): void {
    const number = dataFieldOf(this.#itemFields);
    const type = pointTypeOf(number);
    const [view, field] = [this.#points[type], pointFields[type]];
    if (number === 0 || view === undefined || field === undefined) return;
    this.#data = this.#itemEditor.child(this.#dataField());
    this.#data.view(this.#dataView);
    this.#parts = this.#data.elements(field);
    this.#part = this.#parts.view(view);
    this.#scene.pointType = type;
  }

  #nextExemplar(): boolean {
    while (this.#exemplars === undefined || this.#exemplars.isLeft || !this.#exemplars.next()) {
      this.#exemplars = undefined;
      if (!this.#nextPart()) return false;
      const field = exemplars[this.#scene.pointType];
      if (field === undefined) continue;
      this.#exemplars = opened(this.#parts).elements(field);
      this.#exemplars.view(this.#exemplar);
    }
    return true;
  }
}

function opened(editor: ElementEditor | undefined): ElementEditor {
  if (editor === undefined) throw new Error('the scene is at no such message');
  return editor;
}
