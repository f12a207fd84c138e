import { MessageWriter } from '../build/message-writer.js';
import { writeZigzag } from '../build/numbers.js';
import { tagOf } from '../fields.js';
import type { MetricType } from '../view/metric.js';
import { Backing } from '../view/backing.js';
import {
  ExponentialHistogramPointView,
  HistogramPointView,
  SummaryPointView,
  type BucketsView,
} from '../view/points.js';
import type { Word64 } from '../view/word64.js';
import { fieldsWithout, takeMessages } from './field-runs.js';
import { scaledExemplar } from './number-value.js';
import type { PointDraft } from './point-draft.js';

const explicit = {
  count: tagOf('HistogramDataPoint', 'count'),
  sum: tagOf('HistogramDataPoint', 'sum'),
  min: tagOf('HistogramDataPoint', 'min'),
  max: tagOf('HistogramDataPoint', 'max'),
  counts: tagOf('HistogramDataPoint', 'bucket_counts'),
  bounds: tagOf('HistogramDataPoint', 'explicit_bounds'),
  exemplars: tagOf('HistogramDataPoint', 'exemplars'),
} as const;
const exponential = {
  count: tagOf('ExponentialHistogramDataPoint', 'count'),
  sum: tagOf('ExponentialHistogramDataPoint', 'sum'),
  min: tagOf('ExponentialHistogramDataPoint', 'min'),
  max: tagOf('ExponentialHistogramDataPoint', 'max'),
  zeroCount: tagOf('ExponentialHistogramDataPoint', 'zero_count'),
  zeroThreshold: tagOf('ExponentialHistogramDataPoint', 'zero_threshold'),
  positive: tagOf('ExponentialHistogramDataPoint', 'positive'),
  negative: tagOf('ExponentialHistogramDataPoint', 'negative'),
  exemplars: tagOf('ExponentialHistogramDataPoint', 'exemplars'),
} as const;
const bucketsTags = { offset: tagOf('Buckets', 'offset'), counts: tagOf('Buckets', 'bucket_counts') } as const;
const summaryTags = {
  sum: tagOf('SummaryDataPoint', 'sum'),
  quantiles: tagOf('SummaryDataPoint', 'quantile_values'),
  quantile: tagOf('ValueAtQuantile', 'quantile'),
  value: tagOf('ValueAtQuantile', 'value'),
} as const;
// A field of numbers that is not packed has another tag.
const unpackedCounts = explicit.counts - 1;
const unpackedBounds = explicit.bounds - 1;

/** Buckets that two exponential histograms may be apart: their sum has all buckets in between. */
const mostApart = 1 << 10;
const mostCount = 2n ** 64n - 1n;

const backing = new Backing();
const explicitView = new HistogramPointView();
const exponentialView = new ExponentialHistogramPointView();
const summaryView = new SummaryPointView();
const writer = new MessageWriter();

const written = (): Buffer => writer.finish((size) => Buffer.allocUnsafe(size));

function writeCount(tag: number, count: bigint): void {
  writer.tag(tag);
  writer.fixed64(Number(count & 0xffffffffn), Number((count > mostCount ? mostCount : count) >> 32n));
}

function writeDouble(tag: number, value: number | undefined): void {
  if (value === undefined) return;
  writer.tag(tag);
  writer.double(value);
}

/** The fields that histograms of both kinds have. */
interface Totals {
  readonly count: bigint;
  readonly sum: number | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
}

/** The fields of a histogram's point that are added to those of another one. */
export interface HistogramValue extends Totals {
  /** Points with equal ones can be added. */
  readonly shape: string;
  readonly counts: readonly bigint[];
  readonly bounds: readonly number[];
}

interface Buckets {
  readonly offset: number;
  readonly counts: readonly bigint[];
}

export interface ExponentialValue extends Totals {
  readonly shape: string;
  readonly zeroCount: bigint;
  readonly positive: Buckets;
  readonly negative: Buckets;
}

function countsOf(list: { next(): boolean; readonly value: Word64 }): bigint[] {
  const counts: bigint[] = [];
  while (list.next()) counts.push(list.value.toBigInt());
  return counts;
}

const totalsOf = (view: HistogramPointView | ExponentialHistogramPointView): Totals => ({
  count: view.count.toBigInt(),
  sum: view.hasSum ? view.sum : undefined,
  min: view.hasMin ? view.min : undefined,
  max: view.hasMax ? view.max : undefined,
});

/** The least and greatest value and the sum are known only where those of both are. */
function added(a: Totals, b: Totals): Totals {
  const join = (x: number | undefined, y: number | undefined, of: (x: number, y: number) => number) =>
    x === undefined || y === undefined ? undefined : of(x, y);
  return {
    count: a.count + b.count,
    sum: join(a.sum, b.sum, (x, y) => x + y),
    min: join(a.min, b.min, Math.min),
    max: join(a.max, b.max, Math.max),
  };
}

export function histogramOf({ fields }: PointDraft): HistogramValue {
  backing.bytes = fields;
  const view = explicitView.move(backing, 0, fields.length);
  const counts = countsOf(view.bucketCounts());
  const bounds: number[] = [];
  for (const list = view.explicitBounds(); list.next();) bounds.push(list.value);
  const value = { ...totalsOf(view), counts, bounds, shape: `${counts.length} ${bounds.join(' ')}` };
  backing.drop();
  return value;
}

/** The sum of two histograms of one shape. */
export function addHistograms(a: HistogramValue, b: HistogramValue): HistogramValue {
  return { ...a, ...added(a, b), counts: a.counts.map((count, i) => count + (b.counts[i] ?? 0n)) };
}

export function setHistogram(point: PointDraft, value: HistogramValue): void {
  const { count, sum, min, max, counts, bounds, exemplars: _exemplars } = explicit;
  const rest = fieldsWithout(point.fields, [count, sum, min, max, counts, bounds, unpackedCounts, unpackedBounds]);
  writer.reset();
  writeCount(count, value.count);
  writeDouble(sum, value.sum);
  if (value.counts.length > 0) {
    writer.tag(counts);
    writer.varint(value.counts.length * 8);
    for (const one of value.counts) {
      const bounded = one > mostCount ? mostCount : one;
      writer.fixed64(Number(bounded & 0xffffffffn), Number(bounded >> 32n));
    }
  }
  if (value.bounds.length > 0) {
    writer.tag(bounds);
    writer.varint(value.bounds.length * 8);
    for (const bound of value.bounds) writer.double(bound);
  }
  writeDouble(min, value.min);
  writeDouble(max, value.max);
  point.fields = Buffer.concat([rest, written()]);
}

const bucketsOf = (view: BucketsView): Buckets => ({ offset: view.offset, counts: countsOf(view.bucketCounts()) });

export function exponentialOf({ fields }: PointDraft): ExponentialValue {
  backing.bytes = fields;
  const view = exponentialView.move(backing, 0, fields.length);
  const value = {
    ...totalsOf(view),
    shape: `${view.scale} ${view.zeroThreshold}`,
    zeroCount: view.zeroCount.toBigInt(),
    positive: bucketsOf(view.positive),
    negative: bucketsOf(view.negative),
  };
  backing.drop();
  return value;
}

/** The sum of two exponential histograms of one shape; undefined when their buckets are too far apart. */
export function addExponentials(a: ExponentialValue, b: ExponentialValue): ExponentialValue | undefined {
  const positive = addBuckets(a.positive, b.positive);
  const negative = addBuckets(a.negative, b.negative);
  if (!positive || !negative) return undefined;
  return { ...a, ...added(a, b), zeroCount: a.zeroCount + b.zeroCount, positive, negative };
}

function addBuckets(a: Buckets, b: Buckets): Buckets | undefined {
  if (b.counts.length === 0) return a;
  if (a.counts.length === 0) return b;
  const offset = Math.min(a.offset, b.offset);
  const length = Math.max(a.offset + a.counts.length, b.offset + b.counts.length) - offset;
  if (length > a.counts.length + b.counts.length + mostApart) return undefined;
  const counts = new Array<bigint>(length).fill(0n);
  for (const one of [a, b])
    one.counts.forEach((count, i) => {
      const place = one.offset - offset + i;
      counts[place] = (counts[place] ?? 0n) + count;
    });
  return { offset, counts };
}

export function setExponential(point: PointDraft, value: ExponentialValue): void {
  const { count, sum, min, max, zeroCount, positive, negative } = exponential;
  const rest = fieldsWithout(point.fields, [count, sum, min, max, zeroCount, positive, negative]);
  writer.reset();
  writeCount(count, value.count);
  writeDouble(sum, value.sum);
  writeCount(zeroCount, value.zeroCount);
  writeBuckets(positive, value.positive);
  writeBuckets(negative, value.negative);
  writeDouble(min, value.min);
  writeDouble(max, value.max);
  point.fields = Buffer.concat([rest, written()]);
}

function writeBuckets(tag: number, { offset, counts }: Buckets): void {
  if (counts.length === 0) return;
  writer.tag(tag);
  writer.open();
  writer.tag(bucketsTags.offset);
  writeZigzag(writer, offset);
  writer.tag(bucketsTags.counts);
  writer.open();
  for (const one of counts) {
    const count = one > mostCount ? mostCount : one;
    writer.varint64(Number(count & 0xffffffffn), Number(count >> 32n));
  }
  writer.close();
  writer.close();
}

const times = (value: number | undefined, factor: number): number | undefined =>
  value === undefined ? undefined : value * factor;

/** Multiplies all values that a point of a histogram or summary is about; `factor` is above 0. */
export function scaleDistribution(type: MetricType, point: PointDraft, factor: number): void {
  if (type === 'histogram') scaleHistogram(point, factor);
  else if (type === 'exponentialHistogram') scaleExponential(point, factor);
  else scaleSummary(point, factor);
}

function scaleHistogram(point: PointDraft, factor: number): void {
  const value = histogramOf(point);
  setHistogram(point, {
    ...value,
    bounds: value.bounds.map((bound) => bound * factor),
    sum: times(value.sum, factor),
    min: times(value.min, factor),
    max: times(value.max, factor),
  });
  scaleExemplars(point, explicit.exemplars, factor);
}

/** Buckets move by whole ones, so that a bucket is off by less than one when the factor is no power of the base. */
function scaleExponential(point: PointDraft, factor: number): void {
  const value = exponentialOf(point);
  backing.bytes = point.fields;
  const { scale, zeroThreshold } = exponentialView.move(backing, 0, point.fields.length);
  backing.drop();
  const shift = Math.round(Math.log2(factor) * 2 ** scale);
  const moved = ({ offset, counts }: Buckets): Buckets => ({ offset: offset + shift, counts });
  setExponential(point, {
    ...value,
    sum: times(value.sum, factor),
    min: times(value.min, factor),
    max: times(value.max, factor),
    positive: moved(value.positive),
    negative: moved(value.negative),
  });
  if (zeroThreshold !== 0) {
    writer.reset();
    writeDouble(exponential.zeroThreshold, zeroThreshold * factor);
    point.fields = Buffer.concat([fieldsWithout(point.fields, [exponential.zeroThreshold]), written()]);
  }
  scaleExemplars(point, exponential.exemplars, factor);
}

function scaleSummary(point: PointDraft, factor: number): void {
  backing.bytes = point.fields;
  const view = summaryView.move(backing, 0, point.fields.length);
  writer.reset();
  writeDouble(summaryTags.sum, view.sum * factor);
  for (const quantile = view.quantileValues(); quantile.next();) {
    writer.tag(summaryTags.quantiles);
    writer.open();
    writeDouble(summaryTags.quantile, quantile.quantile);
    writeDouble(summaryTags.value, quantile.value * factor);
    writer.close();
  }
  backing.drop();
  const rest = fieldsWithout(point.fields, [summaryTags.sum, summaryTags.quantiles]);
  point.fields = Buffer.concat([rest, written()]);
}

/** Multiplies the values of a point's exemplars, which have a tag. */
export function scaleExemplars(point: PointDraft, tag: number, factor: number): void {
  const exemplars: Buffer[] = [];
  const rest = takeMessages(point.fields, tag, (body) => exemplars.push(body));
  if (exemplars.length === 0) return;
  writer.reset();
  const encoded = exemplars.map((body) => scaledExemplar(body, factor));
  for (const body of encoded) {
    writer.tag(tag);
    writer.delimited(body);
  }
  point.fields = Buffer.concat([rest, written()]);
}
