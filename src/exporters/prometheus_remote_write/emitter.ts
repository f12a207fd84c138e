import { Backing } from '../../otlp/view/backing.js';
import type { ExemplarView } from '../../otlp/view/exemplar.js';
import {
  ExponentialHistogramPointView,
  HistogramPointView,
  NumberPointView,
  SummaryPointView,
  type BucketsView,
  type PointView,
} from '../../otlp/view/points.js';
import { milliseconds } from '../../prometheus/milliseconds.js';
import { defaultZeroThreshold, leastScale, mostScale, NativeBuckets } from '../../prometheus/native.js';
import { BucketExemplars } from './bucket-exemplars.js';
import type { LabelSet } from './label-set.js';
import { OwnLabels } from './own-labels.js';
import type { Plan, PlannedTarget } from './plan.js';
import type { NativeHistogram, SeriesSink } from './series-sink.js';

const sum = 1;
const count = 2;
const bucket = 3;
const noRecordedValue = 1;

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Writes the series of the points of a plan, slot by slot. */
export class Emitter {
  readonly #backing: Backing = new Backing();
  readonly #number: NumberPointView = new NumberPointView();
  readonly #histogram: HistogramPointView = new HistogramPointView();
  readonly #native: ExponentialHistogramPointView = new ExponentialHistogramPointView();
  readonly #summary: SummaryPointView = new SummaryPointView();
  readonly #positive: NativeBuckets = new NativeBuckets();
  readonly #negative: NativeBuckets = new NativeBuckets();
  /** The present native histogram. */
  readonly #written: Writable<NativeHistogram> = {
    ...{ stale: false, countLow: 0, countHigh: 0, sum: 0, schema: 0, zeroThreshold: 0 },
    ...{ zeroCountLow: 0, zeroCountHigh: 0 },
    ...{ positiveSpans: this.#positive.spans, positiveDeltas: this.#positive.deltas },
    ...{ negativeSpans: this.#negative.spans, negativeDeltas: this.#negative.deltas },
  };
  readonly #les: OwnLabels = new OwnLabels('le');
  readonly #quantiles: OwnLabels = new OwnLabels('quantile');
  /** Points of the present slot, by their time. */
  readonly #points: number[] = [];
  /** Bounds and counts of the present histogram. */
  readonly #bounds: number[] = [];
  readonly #counts: number[] = [];
  readonly #exemplars: BucketExemplars = new BucketExemplars();

  /** The series of one slot. */
  slot(plan: Plan, slot: number, sink: SeriesSink): void {
    const set = plan.slots[slot];
    if (!set) return;
    this.#backing.bytes = plan.batch.bytes;
    this.#collect(plan, slot, set);
    switch (set.metric.kind) {
      case 'histogram':
        for (const i of this.#points) this.#explicit(this.#at(this.#histogram, plan, i), set, sink);
        break;
      case 'exponentialHistogram':
        this.#natives(plan, set, sink);
        break;
      case 'summary':
        for (const i of this.#points) this.#quantilesOf(this.#at(this.#summary, plan, i), set, sink);
        break;
      default:
        this.#numbers(plan, set, sink);
    }
    this.#backing.drop();
  }

  /** The series that tells of a resource. */
  target({ set, low, high }: PlannedTarget, sink: SeriesSink): void {
    sink.begin(set, 0, undefined);
    sink.sample(1, milliseconds({ low, high }), 0);
    sink.end();
  }

  #at<V extends PointView>(view: V, plan: Plan, i: number): V {
    return view.move(this.#backing, plan.from[i] ?? 0, plan.to[i] ?? 0);
  }

  /** Samples of a series go in the order of their times. */
  #collect(plan: Plan, slot: number, set: LabelSet): void {
    const points = this.#points;
    points.length = 0;
    for (let i = plan.first[slot] ?? -1; i >= 0; i = plan.next[i] ?? -1) points.push(i);
    if (points.length === 1) return;
    const view = this.#viewOf(set);
    const compare = (a: number, b: number): number => {
      const { low, high } = this.#at(view, plan, a).timeUnixNano;
      const other = this.#at(view, plan, b).timeUnixNano;
      return high - other.high || low - other.low || a - b;
    };
    // Nearly all senders keep to the order.
    for (let at = 1; at < points.length; at++) {
      if (compare(points[at - 1] ?? 0, points[at] ?? 0) <= 0) continue;
      points.sort(compare);
      return;
    }
  }

  #viewOf({ metric }: LabelSet): PointView {
    switch (metric.kind) {
      case 'histogram':
        return this.#histogram;
      case 'exponentialHistogram':
        return this.#native;
      case 'summary':
        return this.#summary;
      default:
        return this.#number;
    }
  }

  #numbers(plan: Plan, set: LabelSet, sink: SeriesSink): void {
    const isCounter = set.metric.metadataType === 'counter';
    sink.begin(set, 0, undefined);
    for (const i of this.#points) {
      const point = this.#at(this.#number, plan, i);
      const value = point.type === 'int' ? point.asInt.toSigned() : point.asDouble;
      sink.sample(isStale(point) ? undefined : value, timeOf(point), isCounter ? startOf(point) : 0);
    }
    if (isCounter || set.metric.kind === 'sum')
      for (const i of this.#points) writeAll(this.#at(this.#number, plan, i).exemplars(), sink);
    sink.end();
  }

  #explicit(point: HistogramPointView, set: LabelSet, sink: SeriesSink): void {
    const stale = isStale(point);
    const time = timeOf(point);
    const start = startOf(point);
    if (point.hasSum) {
      sink.begin(set, sum, undefined);
      sink.sample(stale ? undefined : point.sum, time, start);
      sink.end();
    }
    const total = point.count.toNumber();
    sink.begin(set, count, undefined);
    sink.sample(stale ? undefined : total, time, start);
    sink.end();
    this.#readBuckets(point);
    const buckets = Math.min(this.#bounds.length, this.#counts.length);
    const exemplars = this.#exemplars.place(point.exemplars(), this.#bounds, buckets);
    // Of two buckets with one bound the first is sent: one series cannot have two values at one time.
    const seen = ascending(this.#bounds) ? undefined : new Set<number>();
    let cumulative = 0;
    for (let i = 0; i <= buckets; i++) {
      const isLast = i === buckets;
      const bound = isLast ? Infinity : (this.#bounds[i] ?? 0);
      if (!isLast) cumulative += this.#counts[i] ?? 0;
      if (seen && !isLast && (bound === Infinity || seen.size === seen.add(bound).size)) continue;
      sink.begin(set, bucket, this.#les.of(bound));
      sink.sample(stale ? undefined : isLast ? total : cumulative, time, start);
      exemplars.write(i, sink);
      sink.end();
    }
  }

  #readBuckets(point: HistogramPointView): void {
    this.#bounds.length = this.#counts.length = 0;
    for (const bounds = point.explicitBounds(); bounds.next();) this.#bounds.push(bounds.value);
    for (const counts = point.bucketCounts(); counts.next();) this.#counts.push(counts.value.toNumber());
    // A last bound that is infinity itself is the bucket that is always written.
    if (this.#bounds.at(-1) === Infinity) this.#bounds.pop();
  }

  #natives(plan: Plan, set: LabelSet, sink: SeriesSink): void {
    sink.begin(set, 0, undefined);
    for (const i of this.#points) this.#nativeOf(this.#at(this.#native, plan, i), sink);
    for (const i of this.#points) writeAll(this.#at(this.#native, plan, i).exemplars(), sink);
    sink.end();
  }

  #nativeOf(point: ExponentialHistogramPointView, sink: SeriesSink): void {
    if (point.scale < leastScale) return;
    const schema = Math.min(point.scale, mostScale);
    this.#fill(this.#positive, point.positive, point.scale - schema);
    this.#fill(this.#negative, point.negative, point.scale - schema);
    const written = this.#written;
    const { count: total, zeroCount } = point;
    written.stale = isStale(point);
    written.countLow = total.low;
    written.countHigh = total.high;
    written.sum = point.sum;
    written.schema = schema;
    written.zeroThreshold = point.zeroThreshold || defaultZeroThreshold;
    written.zeroCountLow = zeroCount.low;
    written.zeroCountHigh = zeroCount.high;
    sink.histogram(written, timeOf(point), startOf(point));
  }

  #fill(native: NativeBuckets, buckets: BucketsView, shift: number): void {
    const counts = this.#counts;
    counts.length = 0;
    for (const each = buckets.bucketCounts(); each.next();) counts.push(each.value.toNumber());
    native.fill(buckets.offset, counts, shift);
  }

  #quantilesOf(point: SummaryPointView, set: LabelSet, sink: SeriesSink): void {
    const stale = isStale(point);
    const time = timeOf(point);
    const start = startOf(point);
    sink.begin(set, sum, undefined);
    sink.sample(stale ? undefined : point.sum, time, start);
    sink.end();
    sink.begin(set, count, undefined);
    sink.sample(stale ? undefined : point.count.toNumber(), time, start);
    sink.end();
    for (const quantile = point.quantileValues(); quantile.next();) {
      sink.begin(set, 0, this.#quantiles.of(quantile.quantile));
      sink.sample(stale ? undefined : quantile.value, time, start);
      sink.end();
    }
  }
}

function ascending(bounds: readonly number[]): boolean {
  for (let i = 1; i < bounds.length; i++) if (!((bounds[i] ?? 0) > (bounds[i - 1] ?? 0))) return false;
  return true;
}

function writeAll(exemplars: ExemplarView, sink: SeriesSink): void {
  while (exemplars.next()) sink.exemplar(exemplars);
}

const isStale = ({ flags }: PointView): boolean => (flags & noRecordedValue) !== 0;
const timeOf = (point: PointView): number => milliseconds(point.timeUnixNano);
const startOf = (point: PointView): number => milliseconds(point.startTimeUnixNano);
