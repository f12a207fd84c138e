import { tagOf } from '../fields.js';
import { skipValue, tagAt, varintEnd } from '../wire/varint.js';
import type { RunLists } from './run-lists.js';

// All kinds of data have their points in the same field.
const pointTag = tagOf('Gauge', 'data_points');
const dataTags: ReadonlySet<number> = new Set([
  tagOf('Metric', 'gauge'),
  tagOf('Metric', 'sum'),
  tagOf('Metric', 'histogram'),
  tagOf('Metric', 'exponential_histogram'),
  tagOf('Metric', 'summary'),
]);

/** A metric's body in valid bytes: fields beside the data, fields of the data beside the points, and the points. */
export class MetricPoints {
  /** Place in the lists of runs of the fields beside the data. */
  rest = 0;
  /** Place in the lists of runs of the fields of the data beside the points. */
  dataRest = 0;
  /** Tag of the data: gauge, sum, histogram, exponential histogram or summary; 0 when there is none. */
  data = 0;
  /** The point that `nextPoint` found, with its tag. */
  pointFrom = 0;
  pointTo = 0;
  #end = 0;

  /** Reads the metric whose body is `[from, to)`; the runs go to `lists`. */
  read(bytes: Uint8Array, from: number, to: number, lists: RunLists): void {
    this.data = 0;
    this.pointTo = this.#end = to;
    const rest = lists.open(0);
    for (let at = from; at < to;) {
      const start = at;
      const tag = tagAt(bytes, at);
      const value = varintEnd(bytes, at);
      at = skipValue(bytes, value, tag % 8);
      if (!dataTags.has(tag)) {
        lists.add(rest, start, at);
        continue;
      }
      // A oneof given again replaces what came before.
      this.data = tag;
      this.pointTo = varintEnd(bytes, value);
      this.#end = at;
    }
    this.rest = lists.close(rest);
    const dataRest = lists.open(0);
    for (let at = this.pointTo; at < this.#end;) {
      const start = at;
      const tag = tagAt(bytes, at);
      at = skipValue(bytes, varintEnd(bytes, at), tag % 8);
      if (tag !== pointTag) lists.add(dataRest, start, at);
    }
    this.dataRest = lists.close(dataRest);
  }

  /** Moves to the next point; false when there is none left. */
  nextPoint(bytes: Uint8Array): boolean {
    while (this.pointTo < this.#end) {
      this.pointFrom = this.pointTo;
      const tag = tagAt(bytes, this.pointFrom);
      this.pointTo = skipValue(bytes, varintEnd(bytes, this.pointFrom), tag % 8);
      if (tag === pointTag) return true;
    }
    return false;
  }
}
