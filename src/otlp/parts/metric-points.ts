import { skipValue, tagAt, varintEnd, varintSize, writeVarint } from '../wire/varint.js';

/** Runs of a metric's body: fields beside the data, fields of the data beside the points, and the points. Offsets `[from, to)`. */
export interface MetricPoints {
  readonly rest: readonly (readonly [number, number])[];
  /** Field number of the data: 5 gauge, 7 sum, 9 histogram, 10 exponential histogram, 11 summary. */
  readonly data: number;
  readonly dataRest: readonly (readonly [number, number])[];
  /** With their tags. */
  readonly points: readonly (readonly [number, number])[];
}

const dataFields: readonly number[] = [5, 7, 9, 10, 11];

/** Reads a metric's body in valid bytes. For the rare metric whose points part ways: it makes objects. */
export function pointsOf(bytes: Uint8Array, from: number, to: number): MetricPoints {
  const rest: [number, number][] = [];
  const dataRest: [number, number][] = [];
  const points: [number, number][] = [];
  let data = 0;
  for (let at = from; at < to;) {
    const start = at;
    const tag = tagAt(bytes, at);
    at = varintEnd(bytes, at);
    const body = tag % 8 === 2 ? varintEnd(bytes, at) : at;
    at = skipValue(bytes, at, tag % 8);
    const number = Math.floor(tag / 8);
    if (!dataFields.includes(number)) {
      rest.push([start, at]);
      continue;
    }
    // A oneof given again replaces what came before.
    data = number;
    points.length = 0;
    dataRest.length = 0;
    for (let inner = body; inner < at;) {
      const begin = inner;
      const innerTag = tagAt(bytes, inner);
      inner = skipValue(bytes, varintEnd(bytes, inner), innerTag % 8);
      if (innerTag === 10) points.push([begin, inner]);
      else dataRest.push([begin, inner]);
    }
  }
  return { rest, data, dataRest, points };
}

/** A metric (with the tag of its field in the scope) that keeps only the chosen points. */
export function reframeMetric(bytes: Uint8Array, metric: MetricPoints, keep: (point: number) => boolean): Uint8Array {
  const chosen = metric.points.filter((_, i) => keep(i));
  const length = (runs: readonly (readonly [number, number])[]): number => runs.reduce((n, [from, to]) => n + to - from, 0);
  const data = length(metric.dataRest) + length(chosen);
  const body = length(metric.rest) + 1 + varintSize(data) + data;
  const out = new Uint8Array(1 + varintSize(body) + body);
  out[0] = 18;
  let at = writeVarint(out, 1, body);
  const copy = (runs: readonly (readonly [number, number])[]): void => {
    for (const [from, to] of runs) {
      out.set(bytes.subarray(from, to), at);
      at += to - from;
    }
  };
  copy(metric.rest);
  out[at++] = metric.data * 8 + 2;
  at = writeVarint(out, at, data);
  copy(metric.dataRest);
  copy(chosen);
  return out;
}
