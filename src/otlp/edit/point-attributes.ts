import { fieldOf, tagOf, type FieldName } from '../fields.js';
import { at32 } from '../wire/at.js';
import type { Index } from '../wire/item-index.js';
import { skipValue, tagAt, varintEnd, varintSize } from '../wire/varint.js';
import type { AttributeTable } from './attribute-table.js';
import type { ExtendedBytes } from './extended-bytes.js';
import type { Runs } from './runs.js';

// The data of all types have their points in the same field.
const pointTag = tagOf('Gauge', 'data_points');

/** By the tag of a metric's data: that of the attributes of its points; 0 for other fields. */
const attributesTags: Int32Array = new Int32Array(128);
const pointsOf = {
  gauge: tagOf('NumberDataPoint', 'attributes'),
  sum: tagOf('NumberDataPoint', 'attributes'),
  histogram: tagOf('HistogramDataPoint', 'attributes'),
  exponential_histogram: tagOf('ExponentialHistogramDataPoint', 'attributes'),
  summary: tagOf('SummaryDataPoint', 'attributes'),
} as const satisfies Partial<Record<FieldName<'Metric'>, number>>;
for (const [name, tag] of Object.entries(pointsOf))
  attributesTags[fieldOf('Metric', name as keyof typeof pointsOf).tag] = tag;

/**
 * Walks the data points of a metric, whose attributes can be changed in the table. Around a point that was changed, the
 * lengths of its metric's messages are written anew; everything else stays as it came.
 */
export class PointAttributes {
  readonly #bytes: ExtendedBytes;
  readonly #runs: Runs;
  readonly #attributes: AttributeTable;
  #index: Index | undefined;
  #lists: Int32Array = new Int32Array(0);
  #grow: (bytes: number) => void = () => {};
  #row = 0;
  /** Where the search goes on, and where the metric ends. */
  #at = 0;
  #to = 0;
  /** The runs of the metric, 0 while no point was changed, and up to where they have been written. */
  #list = 0;
  #kept = 0;
  /** The data: where its field and its body begin, and its end; 0 outside of it. */
  #dataField = 0;
  #data = 0;
  #dataTo = 0;
  /** The run for the tag and length of the data, 0 while none of its points was changed, and its growth since. */
  #header = 0;
  #growth = 0;
  /** The point: where its field and its body begin, and its end; 0 for none. */
  #point = 0;
  #body = 0;
  #end = 0;

  constructor(bytes: ExtendedBytes, runs: Runs, attributes: AttributeTable) {
    this.#bytes = bytes;
    this.#runs = runs;
    this.#attributes = attributes;
  }

  /** Begins with another batch. `lists[row]` becomes the list of a metric; `grow` hears by how much a point grew. */
  begin(index: Index, lists: Int32Array, grow: (bytes: number) => void): void {
    this.#index = index;
    this.#lists = lists;
    this.#grow = grow;
  }

  /** Moves before the first point of the metric in a row of the index. */
  open(row: number): this {
    const index = this.#index;
    if (index === undefined) throw new Error('no batch is open');
    this.#row = row;
    this.#at = this.#kept = index.itemFrom(row);
    this.#to = index.itemTo(row);
    this.#list = this.#dataTo = this.#header = this.#point = 0;
    return this;
  }

  /** Keeps the changes of the point, and moves to the next; false behind the last one. */
  next(): boolean {
    this.#closePoint();
    do {
      if (this.#nextPoint()) return true;
      this.#closeData();
    } while (this.#nextData());
    this.#closeMetric();
    return false;
  }

  #nextPoint(): boolean {
    const { bytes } = this.#bytes.source;
    while (this.#at < this.#dataTo) {
      const field = this.#at;
      const tag = tagAt(bytes, field);
      const value = varintEnd(bytes, field);
      this.#at = skipValue(bytes, value, tag % 8);
      if (tag !== pointTag) continue;
      this.#point = field;
      this.#body = varintEnd(bytes, value);
      this.#end = this.#at;
      this.#attributes.open(this.#body, this.#end, at32(attributesTags, tagAt(bytes, this.#dataField)));
      return true;
    }
    return false;
  }

  #nextData(): boolean {
    const { bytes } = this.#bytes.source;
    while (this.#at < this.#to) {
      const field = this.#at;
      const tag = tagAt(bytes, field);
      const value = varintEnd(bytes, field);
      this.#at = skipValue(bytes, value, tag % 8);
      if (tag > 127 || attributesTags[tag] === 0) continue;
      this.#dataField = field;
      this.#dataTo = this.#at;
      this.#data = this.#at = varintEnd(bytes, value);
      this.#growth = 0;
      return true;
    }
    return false;
  }

  #closePoint(): void {
    if (this.#point === 0) return;
    const field = this.#point;
    this.#point = 0;
    if (!this.#attributes.isChanged) return;
    const runs = this.#runs;
    if (this.#list === 0) this.#list = runs.create();
    if (this.#header === 0) {
      this.#keep(this.#dataField);
      this.#header = runs.append(this.#list, 0, 0);
      this.#kept = this.#data;
    }
    this.#keep(field);
    const header = runs.append(this.#list, 0, 0);
    const size = this.#end - this.#body + this.#attributes.write(runs, this.#list);
    this.#frame(header, pointTag, size);
    this.#kept = this.#end;
    const growth = 1 + varintSize(size) + size - (this.#end - field);
    this.#growth += growth;
    this.#grow(growth);
  }

  #closeData(): void {
    if (this.#header !== 0) {
      this.#keep(this.#dataTo);
      const { bytes } = this.#bytes.source;
      this.#frame(this.#header, tagAt(bytes, this.#dataField), this.#dataTo - this.#data + this.#growth);
      this.#header = 0;
    }
    this.#dataTo = 0;
  }

  #closeMetric(): void {
    if (this.#list === 0) return;
    this.#keep(this.#to);
    this.#lists[this.#row] = this.#list;
  }

  /** Makes a run the tag and the length of a message. */
  #frame(run: number, tag: number, size: number): void {
    const from = this.#bytes.end;
    this.#bytes.begin(tag, size);
    this.#runs.move(run, from, this.#bytes.end);
  }

  /** Adds what stands before `to` and was not added yet. */
  #keep(to: number): void {
    if (to > this.#kept) this.#runs.append(this.#list, this.#kept, to);
    this.#kept = to;
  }
}
