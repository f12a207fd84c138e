import type { MessageEditor } from '../../otlp/edit/message-editor.js';
import { Layout } from '../../otlp/view/layout.js';
import type { Field } from '../../otlp/fields.js';
import type { Key } from '../../otlp/view/key.js';
import type { MessageFields } from '../../otlp/view/message-fields.js';
import type { Range } from '../../otlp/view/range.js';
import { OttlError } from '../ottl-error.js';
import type { ClientInfo, Scene } from '../scene.js';
import type { StoredValue } from '../stored-value.js';

/** The messages of a scene at which paths begin. A part is a span event or a data point. */
export type ScenePlace =
  | 'resourceMessage'
  | 'resource'
  | 'scopeMessage'
  | 'scope'
  | 'item'
  | 'metricData'
  | 'part'
  | 'exemplar';

/** Where a scene finds its messages: a batch that is read, or one that is edited. */
export interface SceneSource {
  /** The fields of a message as they are now. */
  fields(place: ScenePlace): MessageFields;
  /** Moves a value to the first attribute of a key; false, and to nothing, when there is none. */
  findAttribute(place: ScenePlace, key: Key, value: MessageFields): boolean;
  /** Bytes of the longest attribute, its key and value, of a message. */
  longestAttribute(place: ScenePlace): number;
  /** Moves a range to a text or to bytes of a message; to nothing when the field is not there. */
  range(place: ScenePlace, field: Field, into: Range): Range;
  /** Throws while the batch is only read. */
  editor(place: ScenePlace): MessageEditor;
}

/** Types of data points, in the order of the tables of fields that go by them. */
export const pointTypes = [
  'NumberDataPoint',
  'HistogramDataPoint',
  'ExponentialHistogramDataPoint',
  'SummaryDataPoint',
] as const;

const metric = new Layout('Metric');
/** By field number. */
const metricTypes: number[] = [];
for (const [i, name] of (['gauge', 'sum', 'histogram', 'exponential_histogram', 'summary'] as const).entries())
  metricTypes[metric.field(name)] = i + 1;
const anyData = Object.keys(metricTypes).reduce((mask, number) => mask | (1 << Number(number)), 0);

/** Number of the field of a metric that has its data; 0 when it has none. The fields are of one oneof. */
export function dataFieldOf(fields: MessageFields): number {
  return 31 - Math.clz32(fields.among(anyData) | 1);
}

/** Type of the data points in a field of a metric: a place in `pointTypes`. */
export function pointTypeOf(field: number): number {
  return Math.max(0, (metricTypes[field] ?? 1) - 2);
}

/** A few statements add some metrics each for a scope's own; more than this is a mistake. */
const mostAdded = 100_000;
/** A metric that is added may lead to others, but not without end. */
const mostRounds = 20;

/** The scene of every context: an item of a batch, its scope and its resource, and the part of it that is looked at. */
export class BatchScene implements Scene {
  readonly context: string;
  /** Set while a batch is open. */
  source: SceneSource | undefined;
  /** Type of the data point, a place in `pointTypes`. */
  pointType = 0;
  client: ClientInfo | undefined;
  #cache: Map<string, StoredValue> | undefined;
  #added: Uint8Array[] = [];
  #addedInScope = 0;
  /** How often items were added while those of the time before were visited. */
  #rounds = 0;

  constructor(context: string) {
    this.context = context;
  }

  fields(place: ScenePlace): MessageFields {
    if (this.source === undefined) throw new Error('the scene is in no batch');
    return this.source.fields(place);
  }

  findAttribute(place: ScenePlace, key: Key, value: MessageFields): boolean {
    if (this.source === undefined) throw new Error('the scene is in no batch');
    return this.source.findAttribute(place, key, value);
  }

  longestAttribute(place: ScenePlace): number {
    if (this.source === undefined) throw new Error('the scene is in no batch');
    return this.source.longestAttribute(place);
  }

  range(place: ScenePlace, field: Field, into: Range): Range {
    if (this.source === undefined) throw new Error('the scene is in no batch');
    return this.source.range(place, field, into);
  }

  editor(place: ScenePlace): MessageEditor {
    if (this.source === undefined) throw new Error('the scene is in no batch');
    return this.source.editor(place);
  }

  /** Type of the metric: 0 for one without data, 1 a gauge, 2 a sum, up to 5, a summary. */
  get metricType(): number {
    return metricTypes[dataFieldOf(this.fields('item'))] ?? 0;
  }

  /** A map for one item, where statements leave values for those after them. */
  get cache(): Map<string, StoredValue> {
    return (this.#cache ??= new Map());
  }

  /**
   * Adds an item, the body of its message, to the scope. It is visited after those that are there; a statement that
   * adds an item for each that it has added would never end, so that this is bounded.
   */
  add(item: Uint8Array): void {
    if (this.#rounds >= mostRounds)
      throw new OttlError(`items that statements have added have added others, ${mostRounds} times in a row`);
    if (++this.#addedInScope > mostAdded)
      throw new OttlError(`the statements have added more than ${mostAdded} items to a scope`);
    this.#added.push(item);
  }

  /** The items added since the last call. */
  takeAdded(): readonly Uint8Array[] {
    const added = this.#added;
    if (added.length === 0) return added;
    this.#added = [];
    this.#rounds++;
    return added;
  }

  /** Called when the scene has moved to another scope. */
  movedToScope(): void {
    this.#addedInScope = this.#rounds = 0;
  }

  /** Called when the scene has moved to an item. */
  moved(): void {
    this.#cache = undefined;
  }

  /** Called when the batch is let go of. */
  left(): void {
    this.#cache = this.source = this.client = undefined;
    this.#added = [];
    this.#addedInScope = this.#rounds = 0;
  }
}

/** The scene that the paths of a batch are used in. */
export function at(scene: Scene): BatchScene {
  return scene as BatchScene;
}
