import { Layout } from './layout.js';
import { MessageFields } from './message-fields.js';
import { MessageView } from './message.js';
import {
  ExponentialHistogramPointView,
  HistogramPointView,
  NumberPointView,
  SummaryPointView,
  type PointView,
} from './points.js';
import { Range } from './range.js';
import { KeyValueView } from './value.js';

export type MetricType = 'empty' | 'gauge' | 'sum' | 'histogram' | 'exponentialHistogram' | 'summary';

const metric = new Layout('Metric');
const name = metric.field('name');
const description = metric.field('description');
const unit = metric.field('unit');
const metadata = metric.field('metadata');
const gauge = metric.field('gauge');
const sum = metric.field('sum');
const histogram = metric.field('histogram');
const exponentialHistogram = metric.field('exponential_histogram');
const summary = metric.field('summary');

/** By field number; 0 stands for none. */
const types: MetricType[] = ['empty'];
types[gauge] = 'gauge';
types[sum] = 'sum';
types[histogram] = 'histogram';
types[exponentialHistogram] = 'exponentialHistogram';
types[summary] = 'summary';

/** Masks of the kinds of data with a temporality, of those with number points, and of all. */
const temporal = (1 << sum) | (1 << histogram) | (1 << exponentialHistogram);
const numeric = (1 << gauge) | (1 << sum);
const anyData = temporal | numeric | (1 << summary);

// The data of all kinds number the fields that they share alike, which a test holds them to.
const data = new Layout('Sum');
const dataPoints = data.field('data_points');
const temporality = data.field('aggregation_temporality');
const monotonic = data.field('is_monotonic');

/**
 * A metric and its data points.
 * ```
 * if (metric.type === 'sum') for (const point = metric.numberPoints(); point.next();) total += point.asDouble;
 * for (const point = metric.points(); point.next();) if (point.attribute(host, value)) ...   // of every type
 * ```
 */
export class MetricView extends MessageView {
  readonly #name: Range = new Range();
  readonly #description: Range = new Range();
  readonly #unit: Range = new Range();
  readonly #metadata: KeyValueView = new KeyValueView();
  /** The data, of whichever type. */
  readonly #data: MessageFields = new MessageFields(data);
  readonly #numberPoints: NumberPointView = new NumberPointView();
  readonly #histogramPoints: HistogramPointView = new HistogramPointView();
  readonly #exponentialHistogramPoints: ExponentialHistogramPointView = new ExponentialHistogramPointView();
  readonly #summaryPoints: SummaryPointView = new SummaryPointView();

  constructor() {
    super(metric);
  }

  get name(): Range {
    return this.fields.range(name, this.#name);
  }

  get description(): Range {
    return this.fields.range(description, this.#description);
  }

  get unit(): Range {
    return this.fields.range(unit, this.#unit);
  }

  metadata(): KeyValueView {
    this.fields.list(metadata, this.#metadata.fields);
    return this.#metadata;
  }

  get type(): MetricType {
    return types[this.#fieldOf(anyData)] ?? 'empty';
  }

  /** 0 unspecified, as gauges and summaries are, 1 delta, 2 cumulative. */
  get aggregationTemporality(): number {
    this.fields.message(this.#fieldOf(temporal), this.#data);
    return this.#data.int32(temporality);
  }

  /** Of a sum; false for all others. */
  get isMonotonic(): boolean {
    this.fields.message(sum, this.#data);
    return this.#data.bool(monotonic);
  }

  /** The fields of the data, whatever the type is, for readers of their own: points are field 1 of all. */
  get data(): MessageFields {
    this.fields.message(this.#fieldOf(anyData), this.#data);
    return this.#data;
  }

  /** The points, whatever the type is. */
  points(): PointView {
    switch (this.#fieldOf(anyData)) {
      case histogram:
        return this.histogramPoints();
      case exponentialHistogram:
        return this.exponentialHistogramPoints();
      case summary:
        return this.summaryPoints();
      default:
        return this.numberPoints();
    }
  }

  /** The points of a gauge or a sum; none of any other type, as below. */
  numberPoints(): NumberPointView {
    this.#list(numeric, this.#numberPoints.fields);
    return this.#numberPoints;
  }

  histogramPoints(): HistogramPointView {
    this.#list(1 << histogram, this.#histogramPoints.fields);
    return this.#histogramPoints;
  }

  exponentialHistogramPoints(): ExponentialHistogramPointView {
    this.#list(1 << exponentialHistogram, this.#exponentialHistogramPoints.fields);
    return this.#exponentialHistogramPoints;
  }

  summaryPoints(): SummaryPointView {
    this.#list(1 << summary, this.#summaryPoints.fields);
    return this.#summaryPoints;
  }

  /**
   * The field of the data when it is of a kind in `mask`, else 0: the kinds are of one oneof, so that there is one at
   * most.
   */
  #fieldOf(mask: number): number {
    return 31 - Math.clz32(this.fields.among(mask) | 1);
  }

  /** Moves `points` before the first point of the data when that is of a kind in `mask`. */
  #list(mask: number, points: MessageFields): void {
    this.fields.message(this.#fieldOf(mask), this.#data);
    this.#data.list(dataPoints, points);
  }
}
