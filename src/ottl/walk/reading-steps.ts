import type { Batch } from '../../otlp/batch.js';
import { fieldOf } from '../../otlp/fields.js';
import { BatchCursor } from '../../otlp/view/batch-cursor.js';
import { Layout } from '../../otlp/view/layout.js';
import { MessageFields } from '../../otlp/view/message-fields.js';
import type { MessageView } from '../../otlp/view/message.js';
import { dataFieldOf, pointTypeOf, pointTypes, type BatchScene, type ScenePlace } from '../contexts/batch-scene.js';
import { ReadSource } from '../contexts/read-source.js';
import type { ContextName } from '../contexts/contexts.js';
import { itemView, walkLevel, type WalkLevel } from './level.js';
import type { Steps } from './steps.js';

const events = fieldOf('Span', 'events').number;
const points = fieldOf('Sum', 'data_points').number;
/** By type of the point; a summary has none. */
const exemplars = [fieldOf('NumberDataPoint', 'exemplars'), fieldOf('HistogramDataPoint', 'exemplars')]
  .concat(fieldOf('ExponentialHistogramDataPoint', 'exemplars'))
  .map(({ number }) => number);

/** Moves over a batch that is only read, with plain views. */
export class ReadingSteps extends ReadSource implements Steps {
  readonly #scene: BatchScene;
  readonly #level: WalkLevel;
  readonly #hasEvents: boolean;
  readonly #cursor: BatchCursor<MessageView>;
  readonly #event: MessageFields = new MessageFields(new Layout('Event'));
  readonly #data: MessageFields = new MessageFields(new Layout('Sum'));
  readonly #points: readonly MessageFields[] = pointTypes.map((type) => new MessageFields(new Layout(type)));
  readonly #exemplar: MessageFields = new MessageFields(new Layout('Exemplar'));
  #part: MessageFields = this.#event;

  constructor(name: ContextName, scene: BatchScene) {
    super();
    this.#scene = scene;
    this.#level = walkLevel[name];
    this.#hasEvents = name === 'spanevent';
    this.#cursor = new BatchCursor(itemView(name));
  }

  get itemRow(): number {
    return this.#cursor.itemRow;
  }

  get scopeRow(): number {
    return this.#cursor.scopeRow;
  }

  get resourceRow(): number {
    return this.#cursor.resourceRow;
  }

  open(batch: Batch): void {
    this.#cursor.open(batch);
    this.#event.clear();
    this.#exemplar.clear();
    this.#part = this.#event;
  }

  close(): void {
    this.#cursor.close();
  }

  next(): boolean {
    const cursor = this.#cursor;
    switch (this.#level) {
      case 'resource':
        return cursor.nextResource();
      case 'scope':
        while (!cursor.nextScope()) if (!cursor.nextResource()) return false;
        return true;
      case 'item':
        return cursor.next();
      case 'part':
        return this.#nextPart();
      case 'exemplar':
        while (!this.#exemplar.advance()) {
          if (!this.#nextPart()) return false;
          const field = exemplars[this.#scene.pointType];
          if (field === undefined) this.#exemplar.clear();
          else this.#part.list(field, this.#exemplar);
        }
        return true;
    }
  }

  fields(place: ScenePlace): MessageFields {
    const cursor = this.#cursor;
    switch (place) {
      case 'item':
        return cursor.item.fields;
      case 'scope':
        return cursor.scope.fields;
      case 'resource':
        return cursor.resource.fields;
      case 'scopeMessage':
        return cursor.scopeMessage.fields;
      case 'resourceMessage':
        return cursor.resourceMessage.fields;
      case 'metricData':
        cursor.item.fields.message(dataFieldOf(cursor.item.fields), this.#data);
        return this.#data;
      case 'part':
        return this.#part;
      case 'exemplar':
        return this.#exemplar;
    }
  }

  #nextPart(): boolean {
    while (!this.#part.advance()) {
      if (!this.#cursor.next()) return false;
      const { fields } = this.#cursor.item;
      if (this.#hasEvents) {
        fields.list(events, this.#part);
        continue;
      }
      const field = dataFieldOf(fields);
      const type = pointTypeOf(field);
      fields.message(field, this.#data);
      this.#scene.pointType = type;
      this.#part = this.#points[type] ?? this.#event;
      this.#data.list(points, this.#part);
    }
    return true;
  }
}
