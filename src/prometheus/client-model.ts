import { bytesTag, doubleTag, varintTag } from './protobuf-fields.js';

/**
 * The messages of `io.prometheus.client`, the protobuf format of Prometheus, by the tags of their fields: for readers
 * of what a `ForeignReader` walks.
 */

interface FamilyTags {
  readonly name: number;
  readonly help: number;
  readonly type: number;
  readonly metric: number;
  readonly unit: number;
}
export const familyTags: FamilyTags = {
  name: bytesTag(1),
  help: bytesTag(2),
  type: varintTag(3),
  metric: bytesTag(4),
  unit: bytesTag(5),
};

interface SeriesTags {
  readonly label: number;
  readonly gauge: number;
  readonly counter: number;
  readonly summary: number;
  readonly untyped: number;
  readonly time: number;
  readonly histogram: number;
}
/** `Metric`. */
export const seriesTags: SeriesTags = {
  label: bytesTag(1),
  gauge: bytesTag(2),
  counter: bytesTag(3),
  summary: bytesTag(4),
  untyped: bytesTag(5),
  time: varintTag(6),
  histogram: bytesTag(7),
};

interface PairTags {
  readonly name: number;
  readonly value: number;
}
/** `LabelPair`. */
export const pairTags: PairTags = { name: bytesTag(1), value: bytesTag(2) };

interface ValueTags {
  readonly value: number;
  readonly exemplar: number;
  readonly created: number;
}
/** `Gauge`, `Counter` and `Untyped`, of which only the counter has more than a value. */
export const valueTags: ValueTags = { value: doubleTag(1), exemplar: bytesTag(2), created: bytesTag(3) };

interface SummaryTags {
  readonly count: number;
  readonly sum: number;
  readonly quantile: number;
  readonly created: number;
}
export const summaryTags: SummaryTags = {
  count: varintTag(1),
  sum: doubleTag(2),
  quantile: bytesTag(3),
  created: bytesTag(4),
};

interface QuantileTags {
  readonly quantile: number;
  readonly value: number;
}
export const quantileTags: QuantileTags = { quantile: doubleTag(1), value: doubleTag(2) };

interface BucketTags {
  readonly count: number;
  readonly bound: number;
  readonly exemplar: number;
  readonly floatCount: number;
}
export const bucketTags: BucketTags = {
  count: varintTag(1),
  bound: doubleTag(2),
  exemplar: bytesTag(3),
  floatCount: doubleTag(4),
};

interface HistogramTags {
  readonly count: number;
  readonly sum: number;
  readonly bucket: number;
  readonly floatCount: number;
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly floatZeroCount: number;
  readonly negativeSpan: number;
  readonly negativeDelta: number;
  readonly negativeDeltas: number;
  readonly negativeCount: number;
  readonly negativeCounts: number;
  readonly positiveSpan: number;
  readonly positiveDelta: number;
  readonly positiveDeltas: number;
  readonly positiveCount: number;
  readonly positiveCounts: number;
  readonly created: number;
  readonly exemplar: number;
}
/** Lists of numbers come packed (in the plural) or one by one. */
export const histogramTags: HistogramTags = {
  count: varintTag(1),
  sum: doubleTag(2),
  bucket: bytesTag(3),
  floatCount: doubleTag(4),
  schema: varintTag(5),
  zeroThreshold: doubleTag(6),
  zeroCount: varintTag(7),
  floatZeroCount: doubleTag(8),
  negativeSpan: bytesTag(9),
  negativeDelta: varintTag(10),
  negativeDeltas: bytesTag(10),
  negativeCount: doubleTag(11),
  negativeCounts: bytesTag(11),
  positiveSpan: bytesTag(12),
  positiveDelta: varintTag(13),
  positiveDeltas: bytesTag(13),
  positiveCount: doubleTag(14),
  positiveCounts: bytesTag(14),
  created: bytesTag(15),
  exemplar: bytesTag(16),
};

interface SpanTags {
  readonly offset: number;
  readonly length: number;
}
/** `BucketSpan`. */
export const spanTags: SpanTags = { offset: varintTag(1), length: varintTag(2) };

interface ExemplarTags {
  readonly label: number;
  readonly value: number;
  readonly time: number;
}
export const exemplarTags: ExemplarTags = { label: bytesTag(1), value: doubleTag(2), time: bytesTag(3) };

interface TimestampTags {
  readonly seconds: number;
  readonly nanos: number;
}
/** `google.protobuf.Timestamp`. */
export const timestampTags: TimestampTags = { seconds: varintTag(1), nanos: varintTag(2) };
