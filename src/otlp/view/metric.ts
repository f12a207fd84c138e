import { Layout } from './layout.js';
import { MessageView } from './message.js';
import { ExponentialHistogramPointView, HistogramPointView, NumberPointView, SummaryPointView, type PointView } from './points.js';
import { Range } from './range.js';
import { KeyValueView } from './value.js';

type DataName = 'Gauge' | 'Sum' | 'Histogram' | 'ExponentialHistogram' | 'Summary';

/** The data of a metric, around its points. */
class MetricData extends MessageView {
  readonly #points: number;
  readonly #temporality: number;
  readonly #monotonic: number;

  constructor(name: DataName) {
    const layout = new Layout(name);
    super(layout);
    this.#points = layout.field('data_points');
    this.#temporality = name === 'Gauge' || name === 'Summary' ? 0 : layout.field('aggregation_temporality');
    this.#monotonic = name === 'Sum' ? layout.field('is_monotonic') : 0;
  }

  get aggregationTemporality(): number {
    return this.readInt32(this.#temporality);
  }

  get isMonotonic(): boolean {
    return this.readBool(this.#monotonic);
  }

  dataPoints<Point extends PointView>(into: Point): Point {
    return this.readList(this.#points, into);
  }
}

export type MetricType = 'empty' | 'gauge' | 'sum' | 'histogram' | 'exponentialHistogram' | 'summary';

const metric = new Layout('Metric');
const name = metric.field('name');
const description = metric.field('description');
const unit = metric.field('unit');
const gauge = metric.field('gauge');
const sum = metric.field('sum');
const histogram = metric.field('histogram');
const exponentialHistogram = metric.field('exponential_histogram');
const summary = metric.field('summary');
const metadata = metric.field('metadata');

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
  readonly #gauge: MetricData = new MetricData('Gauge');
  readonly #sum: MetricData = new MetricData('Sum');
  readonly #histogram: MetricData = new MetricData('Histogram');
  readonly #exponentialHistogram: MetricData = new MetricData('ExponentialHistogram');
  readonly #summary: MetricData = new MetricData('Summary');
  readonly #numberPoints: NumberPointView = new NumberPointView();
  readonly #histogramPoints: HistogramPointView = new HistogramPointView();
  readonly #exponentialHistogramPoints: ExponentialHistogramPointView = new ExponentialHistogramPointView();
  readonly #summaryPoints: SummaryPointView = new SummaryPointView();

  constructor() {
    super(metric);
  }

  get name(): Range {
    return this.readRange(name, this.#name);
  }

  get description(): Range {
    return this.readRange(description, this.#description);
  }

  get unit(): Range {
    return this.readRange(unit, this.#unit);
  }

  metadata(): KeyValueView {
    return this.readList(metadata, this.#metadata);
  }

  get type(): MetricType {
    if (this.has(sum)) return 'sum';
    if (this.has(gauge)) return 'gauge';
    if (this.has(histogram)) return 'histogram';
    if (this.has(exponentialHistogram)) return 'exponentialHistogram';
    return this.has(summary) ? 'summary' : 'empty';
  }

  /** 0 unspecified, as gauges and summaries are, 1 delta, 2 cumulative. */
  get aggregationTemporality(): number {
    return this.#data.aggregationTemporality;
  }

  /** Of a sum; false for all others. */
  get isMonotonic(): boolean {
    return this.#data.isMonotonic;
  }

  /** The points, whatever the type is. */
  points(): PointView {
    if (this.has(histogram)) return this.histogramPoints();
    if (this.has(exponentialHistogram)) return this.exponentialHistogramPoints();
    return this.has(summary) ? this.summaryPoints() : this.numberPoints();
  }

  /** The points of a gauge or a sum; none of any other type, as below. */
  numberPoints(): NumberPointView {
    const data = this.has(sum) ? this.readMessage(sum, this.#sum) : this.readMessage(gauge, this.#gauge);
    return data.dataPoints(this.#numberPoints);
  }

  histogramPoints(): HistogramPointView {
    return this.readMessage(histogram, this.#histogram).dataPoints(this.#histogramPoints);
  }

  exponentialHistogramPoints(): ExponentialHistogramPointView {
    return this.readMessage(exponentialHistogram, this.#exponentialHistogram).dataPoints(this.#exponentialHistogramPoints);
  }

  summaryPoints(): SummaryPointView {
    return this.readMessage(summary, this.#summary).dataPoints(this.#summaryPoints);
  }

  get #data(): MetricData {
    if (this.has(histogram)) return this.readMessage(histogram, this.#histogram);
    if (this.has(exponentialHistogram)) return this.readMessage(exponentialHistogram, this.#exponentialHistogram);
    return this.readMessage(sum, this.#sum);
  }
}
