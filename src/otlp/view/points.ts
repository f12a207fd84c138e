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
    super(layout, layout.field('attributes'));
    this.#startField = layout.field('start_time_unix_nano');
    this.#timeField = layout.field('time_unix_nano');
    this.#flagsField = layout.field('flags');
  }

  next(): boolean {
    return this.advance();
  }

  get startTimeUnixNano(): Word64 {
    return this.readFixed64(this.#startField, this.#start);
  }

  get timeUnixNano(): Word64 {
    return this.readFixed64(this.#timeField, this.#time);
  }

  /** Bit 0: the point records that there is no value. */
  get flags(): number {
    return this.readUint32(this.#flagsField);
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
    return this.has(asInt) ? 'int' : this.has(asDouble) ? 'double' : 'empty';
  }

  get asDouble(): number {
    return this.readDouble(asDouble);
  }

  /** In two's complement. */
  get asInt(): Word64 {
    return this.readFixed64(asInt, this.#int);
  }

  exemplars(): ExemplarView {
    return this.readList(numberExemplars, this.#exemplars);
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
    return this.readFixed64(histogramCount, this.#count);
  }

  get hasSum(): boolean {
    return this.has(histogramSum);
  }

  get sum(): number {
    return this.readDouble(histogramSum);
  }

  bucketCounts(): Fixed64List {
    return this.readScalars(bucketCounts, this.#bucketCounts);
  }

  explicitBounds(): DoubleList {
    return this.readScalars(explicitBounds, this.#explicitBounds);
  }

  exemplars(): ExemplarView {
    return this.readList(histogramExemplars, this.#exemplars);
  }

  get hasMin(): boolean {
    return this.has(histogramMin);
  }

  get min(): number {
    return this.readDouble(histogramMin);
  }

  get hasMax(): boolean {
    return this.has(histogramMax);
  }

  get max(): number {
    return this.readDouble(histogramMax);
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
    return this.readSint32(offset);
  }

  bucketCounts(): Varint64List {
    return this.readScalars(exponentialCounts, this.#counts);
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
    return this.readFixed64(exponentialCount, this.#count);
  }

  get hasSum(): boolean {
    return this.has(exponentialSum);
  }

  get sum(): number {
    return this.readDouble(exponentialSum);
  }

  get scale(): number {
    return this.readSint32(scale);
  }

  get zeroCount(): Word64 {
    return this.readFixed64(zeroCount, this.#zeroCount);
  }

  get positive(): BucketsView {
    return this.readMessage(positive, this.#positive);
  }

  get negative(): BucketsView {
    return this.readMessage(negative, this.#negative);
  }

  exemplars(): ExemplarView {
    return this.readList(exponentialExemplars, this.#exemplars);
  }

  get hasMin(): boolean {
    return this.has(exponentialMin);
  }

  get min(): number {
    return this.readDouble(exponentialMin);
  }

  get hasMax(): boolean {
    return this.has(exponentialMax);
  }

  get max(): number {
    return this.readDouble(exponentialMax);
  }

  get zeroThreshold(): number {
    return this.readDouble(zeroThreshold);
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
    return this.advance();
  }

  get quantile(): number {
    return this.readDouble(quantile);
  }

  get value(): number {
    return this.readDouble(value);
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
    return this.readFixed64(summaryCount, this.#count);
  }

  get sum(): number {
    return this.readDouble(summarySum);
  }

  quantileValues(): QuantileView {
    return this.readList(quantileValues, this.#quantileValues);
  }
}
