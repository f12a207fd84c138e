import { MessageWriter } from '../build/message-writer.js';
import { tagOf } from '../fields.js';
import type { MetricType } from '../view/metric.js';
import type { InPieces } from '../work.js';
import { fieldsWith, fieldsWithout } from './field-runs.js';
import {
  addExponentials,
  addHistograms,
  exponentialOf,
  histogramOf,
  setExponential,
  setHistogram,
  type ExponentialValue,
  type HistogramValue,
} from './histogram-value.js';
import { pointsAtOnce } from './metric-draft.js';
import { setValue, pointValueOf } from './number-value.js';
import { PointDraft } from './point-draft.js';

export type AggregationType = 'sum' | 'mean' | 'min' | 'max' | 'count' | 'median';

type Merged = Exclude<MetricType, 'empty' | 'summary'>;

/** Tags of the fields of a point that say when it is, and of its flags and exemplars. */
interface Tags {
  readonly start: number;
  readonly time: number;
  readonly flags: number;
  readonly exemplars: number;
}
const tagsOf = (message: 'NumberDataPoint' | 'HistogramDataPoint' | 'ExponentialHistogramDataPoint'): Tags => ({
  start: tagOf(message, 'start_time_unix_nano'),
  time: tagOf(message, 'time_unix_nano'),
  flags: tagOf(message, 'flags'),
  exemplars: tagOf(message, 'exemplars'),
});
const number = tagsOf('NumberDataPoint');
const tags: Readonly<Record<Merged, Tags>> = {
  gauge: number,
  sum: number,
  histogram: tagsOf('HistogramDataPoint'),
  exponentialHistogram: tagsOf('ExponentialHistogramDataPoint'),
};
const writer = new MessageWriter();

/**
 * Merges the points that have the same labels, time and flags, in pieces of work; histograms also need the same bounds,
 * and are added whatever the aggregation is. The points of a group become its first one, in the place of that, with the
 * earliest start time and the exemplars of all.
 */
export function* mergePoints(
  type: Merged,
  points: readonly PointDraft[],
  aggregation: AggregationType,
): InPieces<PointDraft[]> {
  const groups = new Map<string, PointDraft[]>();
  let seen = 0;
  for (const point of points) {
    const key = keyOf(type, point);
    const group = groups.get(key);
    if (group) group.push(point);
    else groups.set(key, [point]);
    if (++seen % pointsAtOnce === 0) yield;
  }
  if (groups.size === points.length) return [...points];
  const merged: PointDraft[] = [];
  for (const group of groups.values()) {
    for (const point of group.length === 1 ? group : yield* mergeGroup(type, group, aggregation)) merged.push(point);
    if (++seen % pointsAtOnce === 0) yield;
  }
  return merged;
}

/** The key that points which are merged have in common. */
function keyOf(type: Merged, point: PointDraft): string {
  const { time, flags } = tags[type];
  const seen = new Set<string>();
  const labels = point.labels
    .filter(({ key }) => !seen.has(key) && seen.add(key))
    .toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ body }) => `${body.length} ${body.toString('latin1')}`);
  const fixed = fieldsWith(point.fields, [time, flags]).toString('latin1');
  const shape = type === 'histogram' ? histogramOf(point).shape : '';
  const scale = type === 'exponentialHistogram' ? exponentialOf(point).shape : '';
  return `${fixed.length} ${fixed}${shape}${scale}|${labels.join('')}`;
}

function mergeGroup(
  type: Merged,
  group: readonly PointDraft[],
  aggregation: AggregationType,
): InPieces<readonly PointDraft[]> {
  switch (type) {
    case 'gauge':
    case 'sum':
      return mergeNumbers(group, aggregation);
    case 'histogram':
      return mergeHistograms(group);
    case 'exponentialHistogram':
      return mergeExponentials(group);
  }
}

function* mergeHistograms(group: readonly PointDraft[]): InPieces<readonly PointDraft[]> {
  let sum: HistogramValue | undefined;
  for (const [i, point] of group.entries()) {
    const value = histogramOf(point);
    sum = sum ? addHistograms(sum, value) : value;
    if ((i + 1) % pointsAtOnce === 0) yield;
  }
  const point = yield* joined('histogram', group);
  if (sum) setHistogram(point, sum);
  return [point];
}

/** Points whose buckets are too far apart stay apart. */
function* mergeExponentials(group: readonly PointDraft[]): InPieces<readonly PointDraft[]> {
  const apart: PointDraft[] = [];
  const together: PointDraft[] = [];
  let sum: ExponentialValue | undefined;
  for (const [i, point] of group.entries()) {
    const value = exponentialOf(point);
    const next = sum ? addExponentials(sum, value) : value;
    if (next) together.push(point);
    else apart.push(point);
    sum = next ?? sum;
    if ((i + 1) % pointsAtOnce === 0) yield;
  }
  const point = yield* joined('exponentialHistogram', together);
  if (sum) setExponential(point, sum);
  return [point, ...apart];
}

function* mergeNumbers(group: readonly PointDraft[], aggregation: AggregationType): InPieces<readonly PointDraft[]> {
  const values: (bigint | number)[] = [];
  for (const [i, point] of group.entries()) {
    const value = pointValueOf(point);
    if (value !== undefined) values.push(value);
    if ((i + 1) % pointsAtOnce === 0) yield;
  }
  const point = yield* joined('sum', group);
  if (values.length > 0) setValue(point, aggregated(values, aggregation));
  return [point];
}

/** Ints stay ints, exactly; a double among them makes doubles of all. */
export function aggregated(values: readonly (bigint | number)[], aggregation: AggregationType): bigint | number {
  return values.every((value) => typeof value === 'bigint')
    ? ofInts(values, aggregation)
    : ofDoubles(values.map(Number), aggregation);
}

function ofInts(values: readonly bigint[], aggregation: AggregationType): bigint {
  const sum = (): bigint => values.reduce((total, value) => total + value, 0n);
  switch (aggregation) {
    case 'sum':
      return sum();
    case 'mean':
      return sum() / BigInt(values.length);
    case 'min':
      return values.reduce((least, value) => (value < least ? value : least));
    case 'max':
      return values.reduce((most, value) => (value > most ? value : most));
    case 'count':
      return BigInt(values.length);
    case 'median': {
      const sorted = values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
      const middle = sorted.slice((sorted.length - 1) >> 1, (sorted.length >> 1) + 1);
      return middle.reduce((total, value) => total + value, 0n) / BigInt(middle.length);
    }
  }
}

function ofDoubles(values: readonly number[], aggregation: AggregationType): number {
  const sum = (): number => values.reduce((total, value) => total + value, 0);
  switch (aggregation) {
    case 'sum':
      return sum();
    case 'mean':
      return sum() / values.length;
    case 'min':
      return values.reduce((least, value) => Math.min(least, value));
    case 'max':
      return values.reduce((most, value) => Math.max(most, value));
    case 'count':
      return values.length;
    case 'median': {
      const sorted = Float64Array.from(values).toSorted();
      const low = sorted[(sorted.length - 1) >> 1] ?? 0;
      const high = sorted[sorted.length >> 1] ?? 0;
      return low === high ? low : (low + high) / 2;
    }
  }
}

/** A copy of the first point of a group, with the earliest start time and the exemplars of all. */
function* joined(type: Merged, group: readonly PointDraft[]): InPieces<PointDraft> {
  const { start, exemplars } = tags[type];
  const [first] = group;
  if (!first) throw new Error('nothing to merge');
  const runs: Buffer[] = [fieldsWithout(first.fields, [start])];
  let earliest = startOf(first.fields, start);
  for (const [i, { fields }] of group.entries()) {
    const began = startOf(fields, start);
    if (began < earliest) earliest = began;
    const more = i === 0 ? undefined : fieldsWith(fields, [exemplars]);
    if (more && more.length > 0) runs.push(more);
    if ((i + 1) % pointsAtOnce === 0) yield;
  }
  writer.reset();
  if (earliest > 0n) {
    writer.tag(start);
    writer.fixed64(Number(earliest & 0xffffffffn), Number(earliest >> 32n));
  }
  runs.push(writer.finish((size) => Buffer.allocUnsafe(size)));
  return new PointDraft(first.labels, Buffer.concat(runs));
}

/** The start time of a point; 0 when it has none. */
function startOf(fields: Buffer, tag: number): bigint {
  const field = fieldsWith(fields, [tag]);
  return field.length < 9 ? 0n : field.readBigUInt64LE(field.length - 8);
}
