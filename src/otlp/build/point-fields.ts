import { fieldOf, tagOf, type FieldName } from '../fields.js';
import { floatAt } from '../wire/at.js';
import type { MessageWriter } from './message-writer.js';
import { writeZigzag } from './numbers.js';

/** Unsigned 64-bit numbers, each as its lower and its upper half. */
export interface Count64s {
  readonly words: Uint32Array;
  readonly length: number;
}

/** Sum and extremes of a histogram's point, each with whether it is there. */
export interface MeasuredFields {
  readonly hasSum: boolean;
  readonly sum: number;
  readonly hasMin: boolean;
  readonly min: number;
  readonly hasMax: boolean;
  readonly max: number;
}

/** The fields of a histogram's point that count. */
export interface ExplicitFields extends MeasuredFields {
  /** One: the number of values. */
  readonly totals: Count64s;
  readonly buckets: Count64s;
  readonly bounds: Float64Array;
  /** How many of `bounds` there are. */
  readonly boundCount: number;
}

/** One side of an exponential histogram: the index of the first bucket, and the counts. */
export interface BucketFields {
  readonly offset: number;
  readonly counts: Count64s;
}

/** The fields of an exponential histogram's point that count. */
export interface ExponentialFields extends MeasuredFields {
  /** The number of values, and how many of them count as zero. */
  readonly totals: Count64s;
  readonly scale: number;
  readonly zeroThreshold: number;
  readonly positive: BucketFields;
  readonly negative: BucketFields;
}

type PointMessage = 'NumberDataPoint' | 'HistogramDataPoint' | 'ExponentialHistogramDataPoint';

function mask<Of extends PointMessage>(message: Of, ...names: readonly FieldName<Of>[]): number {
  return names.reduce((bits, name) => bits | (1 << fieldOf(message, name).number), 0);
}

/** Masks of the fields that the functions here write, for `PointPatcher.patch`; all kinds have one `start`. */
export const pointMasks: Readonly<Record<'start' | 'number' | 'explicit' | 'exponential', number>> = {
  start: mask('NumberDataPoint', 'start_time_unix_nano'),
  number: mask('NumberDataPoint', 'start_time_unix_nano', 'as_double', 'as_int'),
  explicit: mask(
    'HistogramDataPoint',
    'start_time_unix_nano',
    'count',
    'sum',
    'bucket_counts',
    'explicit_bounds',
    'min',
    'max',
  ),
  exponential: mask(
    'ExponentialHistogramDataPoint',
    'start_time_unix_nano',
    'count',
    'sum',
    'scale',
    'zero_count',
    'positive',
    'negative',
    'min',
    'max',
    'zero_threshold',
  ),
};

const tags = {
  start: tagOf('NumberDataPoint', 'start_time_unix_nano'),
  double: tagOf('NumberDataPoint', 'as_double'),
  int: tagOf('NumberDataPoint', 'as_int'),
  count: tagOf('HistogramDataPoint', 'count'),
  sum: tagOf('HistogramDataPoint', 'sum'),
  counts: tagOf('HistogramDataPoint', 'bucket_counts'),
  bounds: tagOf('HistogramDataPoint', 'explicit_bounds'),
  min: tagOf('HistogramDataPoint', 'min'),
  max: tagOf('HistogramDataPoint', 'max'),
  exponentialCount: tagOf('ExponentialHistogramDataPoint', 'count'),
  exponentialSum: tagOf('ExponentialHistogramDataPoint', 'sum'),
  exponentialMin: tagOf('ExponentialHistogramDataPoint', 'min'),
  exponentialMax: tagOf('ExponentialHistogramDataPoint', 'max'),
  scale: tagOf('ExponentialHistogramDataPoint', 'scale'),
  zeroCount: tagOf('ExponentialHistogramDataPoint', 'zero_count'),
  zeroThreshold: tagOf('ExponentialHistogramDataPoint', 'zero_threshold'),
  positive: tagOf('ExponentialHistogramDataPoint', 'positive'),
  negative: tagOf('ExponentialHistogramDataPoint', 'negative'),
  offset: tagOf('Buckets', 'offset'),
  offsetCounts: tagOf('Buckets', 'bucket_counts'),
} as const;

/** Writes when the interval of a point of any kind began; nothing for 0. */
export function writeStart(writer: MessageWriter, low: number, high: number): void {
  if (low === 0 && high === 0) return;
  writer.tag(tags.start);
  writer.fixed64(low, high);
}

/** Writes the value of a number point as a whole number in two's complement. */
export function writeIntValue(writer: MessageWriter, low: number, high: number): void {
  writer.tag(tags.int);
  writer.fixed64(low, high);
}

/** Writes the value of a number point. */
export function writeDoubleValue(writer: MessageWriter, value: number): void {
  writer.tag(tags.double);
  writer.double(value);
}

/** Writes the fields of a histogram's point that count. */
export function writeExplicit(writer: MessageWriter, point: ExplicitFields): void {
  writeWord(writer, tags.count, point.totals, 0);
  writeMeasured(writer, point, tags.sum, tags.min, tags.max);
  const { buckets, bounds, boundCount } = point;
  if (buckets.length > 0) {
    writer.tag(tags.counts);
    writer.varint(buckets.length * 8);
    for (let i = 0; i < buckets.length; i++) writer.fixed64(half(buckets, i, 0), half(buckets, i, 1));
  }
  if (boundCount === 0) return;
  writer.tag(tags.bounds);
  writer.varint(boundCount * 8);
  for (let i = 0; i < boundCount; i++) writer.double(floatAt(bounds, i));
}

/** Writes the fields of an exponential histogram's point that count. */
export function writeExponential(writer: MessageWriter, point: ExponentialFields): void {
  writeWord(writer, tags.exponentialCount, point.totals, 0);
  writeMeasured(writer, point, tags.exponentialSum, tags.exponentialMin, tags.exponentialMax);
  if (point.scale !== 0) {
    writer.tag(tags.scale);
    writeZigzag(writer, point.scale);
  }
  writeWord(writer, tags.zeroCount, point.totals, 1);
  writeSide(writer, tags.positive, point.positive);
  writeSide(writer, tags.negative, point.negative);
  if (point.zeroThreshold === 0) return;
  writer.tag(tags.zeroThreshold);
  writer.double(point.zeroThreshold);
}

function writeSide(writer: MessageWriter, tag: number, { offset, counts }: BucketFields): void {
  if (counts.length === 0) return;
  writer.tag(tag);
  writer.open();
  if (offset !== 0) {
    writer.tag(tags.offset);
    writeZigzag(writer, offset);
  }
  writer.tag(tags.offsetCounts);
  writer.open();
  for (let i = 0; i < counts.length; i++) writer.varint64(half(counts, i, 0), half(counts, i, 1));
  writer.close();
  writer.close();
}

function writeMeasured(
  writer: MessageWriter,
  { hasSum, sum, hasMin, min, hasMax, max }: MeasuredFields,
  sumTag: number,
  minTag: number,
  maxTag: number,
): void {
  if (hasSum) writeFloat(writer, sumTag, sum);
  if (hasMin) writeFloat(writer, minTag, min);
  if (hasMax) writeFloat(writer, maxTag, max);
}

function writeFloat(writer: MessageWriter, tag: number, value: number): void {
  writer.tag(tag);
  writer.double(value);
}

function writeWord(writer: MessageWriter, tag: number, counts: Count64s, i: number): void {
  writer.tag(tag);
  writer.fixed64(half(counts, i, 0), half(counts, i, 1));
}

function half({ words }: Count64s, i: number, which: 0 | 1): number {
  return words[i * 2 + which] ?? 0;
}
