import { tagOf } from '../fields.js';
import { skipValue, tagAt, varintEnd, varintSize, writeVarint } from '../wire/varint.js';

/** Bounds `[from, to)` of some bytes of a batch. */
export type Run = readonly [from: number, to: number];

/** A metric's body in runs: fields beside the data, fields of the data beside the points, and the points. */
export interface MetricPoints {
  readonly rest: readonly Run[];
  /** Tag of the data: gauge, sum, histogram, exponential histogram or summary; 0 when there is none. */
  readonly data: number;
  readonly dataRest: readonly Run[];
  /** With their tags. */
  readonly points: readonly Run[];
}

const metricTag = tagOf('ScopeMetrics', 'metrics');
// All kinds of data have their points in the same field.
const pointTag = tagOf('Gauge', 'data_points');
const dataTags: ReadonlySet<number> = new Set([
  tagOf('Metric', 'gauge'),
  tagOf('Metric', 'sum'),
  tagOf('Metric', 'histogram'),
  tagOf('Metric', 'exponential_histogram'),
  tagOf('Metric', 'summary'),
]);

/** Reads a metric's body in valid bytes. For the rare metric whose points part ways: it makes objects. */
export function pointsOf(bytes: Uint8Array, from: number, to: number): MetricPoints {
  const rest: Run[] = [];
  const dataRest: Run[] = [];
  const points: Run[] = [];
  let data = 0;
  for (let at = from; at < to;) {
    const start = at;
    const tag = tagAt(bytes, at);
    at = varintEnd(bytes, at);
    const body = tag % 8 === 2 ? varintEnd(bytes, at) : at;
    at = skipValue(bytes, at, tag % 8);
    if (!dataTags.has(tag)) {
      rest.push([start, at]);
      continue;
    }
    // A oneof given again replaces what came before.
    data = tag;
    points.length = 0;
    dataRest.length = 0;
    for (let inner = body; inner < at;) {
      const begin = inner;
      const innerTag = tagAt(bytes, inner);
      inner = skipValue(bytes, varintEnd(bytes, inner), innerTag % 8);
      if (innerTag === pointTag) points.push([begin, inner]);
      else dataRest.push([begin, inner]);
    }
  }
  return { rest, data, dataRest, points };
}

/** Bytes of some runs. */
export function lengthOf(runs: readonly Run[]): number {
  let length = 0;
  for (const [from, to] of runs) length += to - from;
  return length;
}

/** A metric, with the tag of its field in the scope, that has only the chosen points, given by their numbers. */
export function reframeMetric(bytes: Uint8Array, metric: MetricPoints, chosen: readonly number[]): Uint8Array {
  const points = chosen.map((i): Run => metric.points[i] ?? [0, 0]);
  const data = lengthOf(metric.dataRest) + lengthOf(points);
  const body = lengthOf(metric.rest) + 1 + varintSize(data) + data;
  const out = new Uint8Array(1 + varintSize(body) + body);
  out[0] = metricTag;
  let at = writeVarint(out, 1, body);
  const copy = (runs: readonly Run[]): void => {
    for (const [from, to] of runs) {
      out.set(bytes.subarray(from, to), at);
      at += to - from;
    }
  };
  copy(metric.rest);
  out[at++] = metric.data;
  at = writeVarint(out, at, data);
  copy(metric.dataRest);
  copy(points);
  return out;
}
