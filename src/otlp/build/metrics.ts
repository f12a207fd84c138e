import { tagOf } from '../fields.js';
import { dataViewOf, type ViewedBytes } from '../wire/viewed-bytes.js';
import { Builder } from './builder.js';
import { MessageWriter } from './message-writer.js';
import { shownCount, writeCount, writeFixed64, writeZigzag } from './numbers.js';
import { metricKinds, type MetricKind, type PointTags } from './point-tags.js';

const temporalities = { unspecified: 0, delta: 1, cumulative: 2 } as const;
export type Temporality = keyof typeof temporalities;

const tags = {
  metrics: tagOf('ScopeMetrics', 'metrics'),
  name: tagOf('Metric', 'name'),
  description: tagOf('Metric', 'description'),
  unit: tagOf('Metric', 'unit'),
  sumTemporality: tagOf('Sum', 'aggregation_temporality'),
  monotonic: tagOf('Sum', 'is_monotonic'),
  histogramTemporality: tagOf('Histogram', 'aggregation_temporality'),
  exponentialTemporality: tagOf('ExponentialHistogram', 'aggregation_temporality'),
  int: tagOf('NumberDataPoint', 'as_int'),
  double: tagOf('NumberDataPoint', 'as_double'),
  bounds: tagOf('HistogramDataPoint', 'explicit_bounds'),
  counts: tagOf('HistogramDataPoint', 'bucket_counts'),
  scale: tagOf('ExponentialHistogramDataPoint', 'scale'),
  zeroCount: tagOf('ExponentialHistogramDataPoint', 'zero_count'),
  zeroThreshold: tagOf('ExponentialHistogramDataPoint', 'zero_threshold'),
  positive: tagOf('ExponentialHistogramDataPoint', 'positive'),
  negative: tagOf('ExponentialHistogramDataPoint', 'negative'),
  offset: tagOf('Buckets', 'offset'),
  offsetCounts: tagOf('Buckets', 'bucket_counts'),
  quantiles: tagOf('SummaryDataPoint', 'quantile_values'),
  quantile: tagOf('ValueAtQuantile', 'quantile'),
  quantileValue: tagOf('ValueAtQuantile', 'value'),
  exemplarTime: tagOf('Exemplar', 'time_unix_nano'),
  exemplarInt: tagOf('Exemplar', 'as_int'),
  exemplarDouble: tagOf('Exemplar', 'as_double'),
  exemplarTraceId: tagOf('Exemplar', 'trace_id'),
  exemplarSpanId: tagOf('Exemplar', 'span_id'),
} as const;

/**
 * Makes a batch of metrics: a metric, its kind, then its points, each with its fields and attributes. A point costs its
 * bytes and no object. Values and counts that are numbers and outgrow 64 bits with a sign stay at the largest of them.
 *
 * @example
 * const metrics = new MetricBuilder();
 * metrics.resource().attribute('host.name', 'web-1').scope('host');
 * metrics.metric('system.memory.usage', 'By').sum('cumulative', false);
 * for (const [state, bytes] of usage) metrics.point(now).start(bootTime).int(bytes).attribute('state', state);
 * metrics.metric('request.duration', 's').histogram('delta');
 * metrics.point(now).start(before).totals(3, 1.5).buckets([0.1, 1], [1, 1, 1]);
 * metrics.exemplar(now).double(0.7).context(traceId, spanId);
 * const batch = metrics.finish();
 */
export class MetricBuilder extends Builder {
  #kind: MetricKind = metricKinds.gauge;

  constructor() {
    super({
      signal: 'metrics',
      resources: 'ResourceMetrics',
      resourcesTag: tagOf('MetricsData', 'resource_metrics'),
      scopes: 'ScopeMetrics',
      scopesTag: tagOf('ResourceMetrics', 'scope_metrics'),
    });
  }

  /** Begins a metric of the scope; attributes that follow are its metadata, then comes its kind. */
  metric(name: string, unit = '', description = ''): this {
    this.within('ScopeMetrics');
    this.open('Metric', tags.metrics);
    this.text(tags.name, name);
    this.text(tags.description, description);
    this.text(tags.unit, unit);
    return this;
  }

  gauge(): this {
    return this.#data(metricKinds.gauge);
  }

  sum(temporality: Temporality, monotonic: boolean): this {
    this.#data(metricKinds.sum);
    this.number(tags.sumTemporality, temporalities[temporality]);
    this.number(tags.monotonic, monotonic ? 1 : 0);
    return this;
  }

  histogram(temporality: Temporality): this {
    this.#data(metricKinds.histogram);
    this.number(tags.histogramTemporality, temporalities[temporality]);
    return this;
  }

  exponentialHistogram(temporality: Temporality): this {
    this.#data(metricKinds.exponentialHistogram);
    this.number(tags.exponentialTemporality, temporalities[temporality]);
    return this;
  }

  summary(): this {
    return this.#data(metricKinds.summary);
  }

  /** Begins a data point of the metric. */
  point(unixMs: number, nanos = 0): this {
    this.within(this.#kind.message);
    this.open(this.#kind.point.message, this.#kind.points);
    this.count++;
    this.time(this.#kind.point.time, unixMs, nanos);
    return this;
  }

  /** When the point's interval began. */
  start(unixMs: number, nanos = 0): this {
    this.time(this.#ofPoint('start'), unixMs, nanos);
    return this;
  }

  /** 1: there is no recorded value. */
  flags(flags: number): this {
    this.number(this.#ofPoint('flags'), flags);
    return this;
  }

  /** The value of a point of a gauge or sum, or of an exemplar, as a whole number of 64 bits. */
  int(value: number | bigint): this {
    this.fixed64(this.#valueOf(tags.exemplarInt, tags.int), shownCount(value));
    return this;
  }

  /** The value of a point of a gauge or sum, or of an exemplar. */
  double(value: number): this {
    this.float64(this.#valueOf(tags.exemplarDouble, tags.double), value);
    return this;
  }

  /** How many values a point of a histogram or summary counts, and their sum, which a histogram may leave out. */
  totals(count: number | bigint, sum?: number): this {
    this.fixed64(this.#ofPoint('count'), shownCount(count));
    if (sum !== undefined) this.float64(this.#ofPoint('sum'), sum);
    return this;
  }

  /** The least and the greatest value of a histogram's point. */
  extremes(min: number, max: number): this {
    this.float64(this.#ofPoint('min'), min);
    this.float64(this.#ofPoint('max'), max);
    return this;
  }

  /**
   * Upper bounds, increasing, and the count of each bucket: one more than there are bounds. `from`, `length`: the run
   * of `counts` that has them.
   */
  buckets(bounds: ArrayLike<number>, counts: ArrayLike<number>, from = 0, length: number = counts.length): this {
    this.within('HistogramDataPoint');
    const { writer } = this;
    if (length > 0) {
      writer.tag(tags.counts);
      writer.varint(length * 8);
      for (let i = from; i < from + length; i++) writeFixed64(writer, shownCount(counts[i] ?? 0));
    }
    writeBounds(writer, bounds);
    return this;
  }

  /** The scale of an exponential histogram's point, how many values count as zero, and up to which magnitude. */
  scale(scale: number, zeroCount: number | bigint, zeroThreshold = 0): this {
    this.within('ExponentialHistogramDataPoint');
    if (scale !== 0) {
      this.writer.tag(tags.scale);
      writeZigzag(this.writer, scale);
    }
    this.fixed64(tags.zeroCount, shownCount(zeroCount));
    if (zeroThreshold !== 0) this.float64(tags.zeroThreshold, zeroThreshold);
    return this;
  }

  /**
   * Buckets of positive values: the index of the first, and the count of each. `from`, `length`: the run of `counts`
   * that has them.
   */
  positive(offset: number, counts: ArrayLike<number>, from = 0, length: number = counts.length): this {
    return this.#exponentialBuckets(tags.positive, offset, counts, from, length);
  }

  /** Buckets of negative values, by their magnitudes. */
  negative(offset: number, counts: ArrayLike<number>, from = 0, length: number = counts.length): this {
    return this.#exponentialBuckets(tags.negative, offset, counts, from, length);
  }

  /** A quantile (0 to 1) of a summary's point. */
  quantile(quantile: number, value: number): this {
    this.within('SummaryDataPoint');
    this.open('ValueAtQuantile', tags.quantiles);
    if (quantile !== 0) this.float64(tags.quantile, quantile);
    if (value !== 0) this.float64(tags.quantileValue, value);
    this.within('SummaryDataPoint');
    return this;
  }

  /** An exemplar of the point: its value, its context and attributes follow. */
  exemplar(unixMs: number, nanos = 0): this {
    this.open('Exemplar', this.#ofPoint('exemplars'));
    this.time(tags.exemplarTime, unixMs, nanos);
    return this;
  }

  /** The span that an exemplar was measured in. IDs are hexadecimal digits or bytes. */
  context(traceId: string | Uint8Array, spanId: string | Uint8Array): this {
    this.within('Exemplar');
    this.id(tags.exemplarTraceId, traceId, 16);
    this.id(tags.exemplarSpanId, spanId, 8);
    return this;
  }

  /** The same for IDs that stand in `bytes`; `spanIdAt` below 0: without one. Makes no object. */
  contextIn(bytes: Buffer, traceIdAt: number, spanIdAt: number): this {
    this.within('Exemplar');
    this.writer.tag(tags.exemplarTraceId);
    this.writer.delimitedRun(bytes, traceIdAt, traceIdAt + 16);
    if (spanIdAt < 0) return this;
    this.writer.tag(tags.exemplarSpanId);
    this.writer.delimitedRun(bytes, spanIdAt, spanIdAt + 8);
    return this;
  }

  /** Upper bounds behind `buckets` that was given none, as `boundsFor` encoded them. */
  encodedBounds(bounds: ViewedBytes): this {
    this.within('HistogramDataPoint');
    this.writer.viewedRun(bounds, 0, bounds.bytes.length);
    return this;
  }

  #data(kind: MetricKind): this {
    this.within('Metric');
    this.open(kind.message, kind.tag);
    this.#kind = kind;
    return this;
  }

  /** The tag of a field of the open point. */
  #ofPoint(name: Exclude<keyof PointTags, 'message'>): number {
    const { point, message } = this.#kind;
    this.within(point.message);
    if (point[name] === 0) throw new Error(`a point of a ${message} has no ${name}`);
    return point[name];
  }

  /** The tag of a value: of the exemplar if one is open, else of the point. */
  #valueOf(exemplar: number, point: number): number {
    if (this.last === 'Exemplar') return exemplar;
    this.within('NumberDataPoint');
    return point;
  }

  #exponentialBuckets(tag: number, offset: number, counts: ArrayLike<number>, from: number, length: number): this {
    const { writer } = this;
    this.within('ExponentialHistogramDataPoint');
    this.open('Buckets', tag);
    if (offset !== 0) {
      writer.tag(tags.offset);
      writeZigzag(writer, offset);
    }
    if (length > 0) {
      writer.tag(tags.offsetCounts);
      writer.open();
      for (let i = from; i < from + length; i++) writeCount(writer, counts[i] ?? 0);
      writer.close();
    }
    this.within('ExponentialHistogramDataPoint');
    return this;
  }
}

const scratch: MessageWriter = new MessageWriter();

/** Upper bounds as each point of a histogram has them, for `MetricBuilder.encodedBounds`. */
export function boundsFor(bounds: ArrayLike<number>): ViewedBytes {
  scratch.reset();
  writeBounds(scratch, bounds);
  const bytes = scratch.finish((size) => new Uint8Array(size));
  return { bytes, view: dataViewOf(bytes) };
}

function writeBounds(writer: MessageWriter, bounds: ArrayLike<number>): void {
  if (bounds.length === 0) return;
  writer.tag(tags.bounds);
  writer.varint(bounds.length * 8);
  for (let i = 0; i < bounds.length; i++) writer.double(bounds[i] ?? 0);
}
