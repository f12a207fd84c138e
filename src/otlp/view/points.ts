import { AttributedView } from './attributes.js';
import { ExemplarView } from './exemplar.js';
import { Layout } from './layout.js';
import { MessageView } from './message.js';
import { DoubleList, Fixed64List, Varint64List } from './scalar-list.js';
import { Word64 } from './word64.js';

type PointName = 'NumberDataPoint' | 'HistogramDataPoint' | 'ExponentialHistogramDataPoint' | 'SummaryDataPoint';

/** The fields that data points of every kind have. */
export class PointView extends AttributedView {
  readonly #startField: number;
  readonly #timeField: number;
  readonly #flagsField: number;
  readonly #start: Word64 = new Word64();
  readonly #time: Word64 = new Word64();

  constructor(layout: Layout<PointName>) {
    super(layout);
    this.#startField = layout.field('start_time_unix_nano');
    this.#timeField = layout.field('time_unix_nano');
    this.#flagsField = layout.field('flags');
  }

  next(): boolean {
    return this.fields.advance();
  }

  get startTimeUnixNano(): Word64 {
    return this.fields.fixed64(this.#startField, this.#start);
  }

  get timeUnixNano(): Word64 {
    return this.fields.fixed64(this.#timeField, this.#time);
  }

  /** Bit 0: the point records that there is no value. */
  get flags(): number {
    return this.fields.uint32(this.#flagsField);
  }
}

const number = new Layout('NumberDataPoint');
const asDouble = number.field('as_double');
const asInt = number.field('as_int');
const numberExemplars = number.field('exemplars');

/** A point of a gauge or a sum. */
export class NumberPointView extends PointView {
  readonly #int: Word64 = new Word64();
  readonly #exemplars: ExemplarView = new ExemplarView();

  constructor() {
    super(number);
  }

  get type(): 'empty' | 'int' | 'double' {
    return this.fields.has(asInt) ? 'int' : this.fields.has(asDouble) ? 'double' : 'empty';
  }

  get asDouble(): number {
    return this.fields.double(asDouble);
  }

  /** In two's complement. */
  get asInt(): Word64 {
    return this.fields.fixed64(asInt, this.#int);
  }

  exemplars(): ExemplarView {
    this.fields.list(numberExemplars, this.#exemplars.fields);
    return this.#exemplars;
  }
}

const histogram = new Layout('HistogramDataPoint');
const histogramCount = histogram.field('count');
const histogramSum = histogram.field('sum');
const bucketCounts = histogram.field('bucket_counts');
const explicitBounds = histogram.field('explicit_bounds');
const histogramExemplars = histogram.field('exemplars');
const histogramMin = histogram.field('min');
const histogramMax = histogram.field('max');

export class HistogramPointView extends PointView {
  readonly #count: Word64 = new Word64();
  readonly #bucketCounts: Fixed64List = new Fixed64List();
  readonly #explicitBounds: DoubleList = new DoubleList();
  readonly #exemplars: ExemplarView = new ExemplarView();

  constructor() {
    super(histogram);
  }

  get count(): Word64 {
    return this.fields.fixed64(histogramCount, this.#count);
  }

  get hasSum(): boolean {
    return this.fields.has(histogramSum);
  }

  get sum(): number {
    return this.fields.double(histogramSum);
  }

  bucketCounts(): Fixed64List {
    this.#bucketCounts.begin(this.fields, bucketCounts);
    return this.#bucketCounts;
  }

  explicitBounds(): DoubleList {
    this.#explicitBounds.begin(this.fields, explicitBounds);
    return this.#explicitBounds;
  }

  exemplars(): ExemplarView {
    this.fields.list(histogramExemplars, this.#exemplars.fields);
    return this.#exemplars;
  }

  get hasMin(): boolean {
    return this.fields.has(histogramMin);
  }

  get min(): number {
    return this.fields.double(histogramMin);
  }

  get hasMax(): boolean {
    return this.fields.has(histogramMax);
  }

  get max(): number {
    return this.fields.double(histogramMax);
  }
}

const buckets = new Layout('Buckets');
const offset = buckets.field('offset');
const exponentialCounts = buckets.field('bucket_counts');

export class BucketsView extends MessageView {
  readonly #counts: Varint64List = new Varint64List();

  constructor() {
    super(buckets);
  }

  get offset(): number {
    return this.fields.sint32(offset);
  }

  bucketCounts(): Varint64List {
    this.#counts.begin(this.fields, exponentialCounts);
    return this.#counts;
  }
}

const exponential = new Layout('ExponentialHistogramDataPoint');
const exponentialCount = exponential.field('count');
const exponentialSum = exponential.field('sum');
const scale = exponential.field('scale');
const zeroCount = exponential.field('zero_count');
const positive = exponential.field('positive');
const negative = exponential.field('negative');
const exponentialExemplars = exponential.field('exemplars');
const exponentialMin = exponential.field('min');
const exponentialMax = exponential.field('max');
const zeroThreshold = exponential.field('zero_threshold');

export class ExponentialHistogramPointView extends PointView {
  readonly #count: Word64 = new Word64();
  readonly #zeroCount: Word64 = new Word64();
  readonly #positive: BucketsView = new BucketsView();
  readonly #negative: BucketsView = new BucketsView();
  readonly #exemplars: ExemplarView = new ExemplarView();

  constructor() {
    super(exponential);
  }

  get count(): Word64 {
    return this.fields.fixed64(exponentialCount, this.#count);
  }

  get hasSum(): boolean {
    return this.fields.has(exponentialSum);
  }

  get sum(): number {
    return this.fields.double(exponentialSum);
  }

  get scale(): number {
    return this.fields.sint32(scale);
  }

  get zeroCount(): Word64 {
    return this.fields.fixed64(zeroCount, this.#zeroCount);
  }

  get positive(): BucketsView {
    this.fields.message(positive, this.#positive.fields);
    return this.#positive;
  }

  get negative(): BucketsView {
    this.fields.message(negative, this.#negative.fields);
    return this.#negative;
  }

  exemplars(): ExemplarView {
    this.fields.list(exponentialExemplars, this.#exemplars.fields);
    return this.#exemplars;
  }

  get hasMin(): boolean {
    return this.fields.has(exponentialMin);
  }

  get min(): number {
    return this.fields.double(exponentialMin);
  }

  get hasMax(): boolean {
    return this.fields.has(exponentialMax);
  }

  get max(): number {
    return this.fields.double(exponentialMax);
  }

  get zeroThreshold(): number {
    return this.fields.double(zeroThreshold);
  }
}

const quantileValue = new Layout('ValueAtQuantile');
const quantile = quantileValue.field('quantile');
const value = quantileValue.field('value');

export class QuantileView extends MessageView {
  constructor() {
    super(quantileValue);
  }

  next(): boolean {
    return this.fields.advance();
  }

  get quantile(): number {
    return this.fields.double(quantile);
  }

  get value(): number {
    return this.fields.double(value);
  }
}

const summary = new Layout('SummaryDataPoint');
const summaryCount = summary.field('count');
const summarySum = summary.field('sum');
const quantileValues = summary.field('quantile_values');

export class SummaryPointView extends PointView {
  readonly #count: Word64 = new Word64();
  readonly #quantileValues: QuantileView = new QuantileView();

  constructor() {
    super(summary);
  }

  get count(): Word64 {
    return this.fields.fixed64(summaryCount, this.#count);
  }

  get sum(): number {
    return this.fields.double(summarySum);
  }

  quantileValues(): QuantileView {
    this.fields.list(quantileValues, this.#quantileValues.fields);
    return this.#quantileValues;
  }
}
