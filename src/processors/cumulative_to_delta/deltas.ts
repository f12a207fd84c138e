import { ExplicitPoint } from '../../aggregation/explicit-point.js';
import { ExponentialPoint } from '../../aggregation/exponential-point.js';
import { isLater, passes, PointConversion, temporalities } from '../../aggregation/point-conversion.js';
import { pointKind, type StreamPoints } from '../../aggregation/stream-points.js';
import {
  pointMasks,
  writeDoubleValue,
  writeExplicit,
  writeExponential,
  writeIntValue,
  writeStart,
} from '../../otlp/build/point-fields.js';
import type { MetricView } from '../../otlp/view/metric.js';
import type {
  ExponentialHistogramPointView,
  HistogramPointView,
  NumberPointView,
  PointView,
} from '../../otlp/view/points.js';
import { Word64 } from '../../otlp/view/word64.js';
import type { Config } from './config.js';
import type { MetricFilter } from './metric-filter.js';

/** The outcome of a point, given the one before of its stream. */
type Step = 'first' | 'first dropped' | 'old' | 'restart' | 'next';

/**
 * Makes points with the change since the one before of their stream out of points with a total
 * (docs/spec/agent.md#metrics-model).
 */
export class Deltas extends PointConversion {
  protected readonly notANumber: string = passes;
  readonly #filter: MetricFilter;
  readonly #initial: Config['initial_value'];
  readonly #last: Word64 = new Word64();
  readonly #before: Word64 = new Word64();
  readonly #explicit: readonly [now: ExplicitPoint, before: ExplicitPoint] = [new ExplicitPoint(), new ExplicitPoint()];
  readonly #exponential: readonly [now: ExponentialPoint, before: ExponentialPoint] = [
    new ExponentialPoint(),
    new ExponentialPoint(),
  ];

  constructor(points: StreamPoints, filter: MetricFilter, config: Config) {
    const streams = config.max_streams || Infinity;
    super(points, temporalities.delta, { streams, reason: 'streams_limit' });
    this.#filter = filter;
    this.#initial = config.initial_value;
  }

  protected override takes(metric: MetricView): boolean {
    if (metric.aggregationTemporality !== temporalities.cumulative) return false;
    return (metric.type !== 'sum' || metric.isMonotonic) && this.#filter.takes(metric);
  }

  protected override convertNumber(row: number, point: NumberPointView): string | undefined {
    const { points } = this;
    const step = this.#step(row, point);
    if (step === 'old') return 'out_of_order';
    const isInt = point.type === 'int' && points.kindOf(row) !== pointKind.double;
    if (isInt) this.#convertInt(row, point, step);
    else this.#convertDouble(row, point, step);
    points.setTime(row, point.timeUnixNano);
    return step === 'first dropped' ? 'initial' : undefined;
  }

  protected override convertExplicit(row: number, point: HistogramPointView): string | undefined {
    const step = this.#step(row, point);
    if (step === 'old') return 'out_of_order';
    const [now, before] = this.#explicit;
    now.read(point);
    if (step === 'next') this.points.load(row, before);
    const reason = this.#keep(row, point, pointKind.explicit, now, step === 'next' ? before : undefined);
    if (reason !== undefined || step !== 'next') return reason ?? (step === 'first dropped' ? 'initial' : undefined);
    if (!now.hasShapeOf(before)) return 'bucket_mismatch';
    if (!now.subtract(before)) this.#reset(point);
    else {
      const writer = this.patcher.patch(this.unit, pointMasks.explicit);
      writeStart(writer, this.#last.low, this.#last.high);
      writeExplicit(writer, now);
      this.patcher.patched(this.unit);
    }
    return undefined;
  }

  protected override convertExponential(row: number, point: ExponentialHistogramPointView): string | undefined {
    const step = this.#step(row, point);
    if (step === 'old') return 'out_of_order';
    const [now, before] = this.#exponential;
    now.read(point);
    if (step === 'next') this.points.load(row, before);
    const reason = this.#keep(row, point, pointKind.exponential, now, step === 'next' ? before : undefined);
    if (reason !== undefined || step !== 'next') return reason ?? (step === 'first dropped' ? 'initial' : undefined);
    if (!now.subtract(before)) this.#reset(point);
    else {
      const writer = this.patcher.patch(this.unit, pointMasks.exponential);
      writeStart(writer, this.#last.low, this.#last.high);
      writeExponential(writer, now);
      this.patcher.patched(this.unit);
    }
    return undefined;
  }

  /** Keeps a histogram for the next point. One whose sum is no number keeps the sum of the one before. */
  #keep<Point extends ExplicitPoint | ExponentialPoint>(
    row: number,
    point: PointView,
    kind: 3 | 4,
    now: Point,
    before: Point | undefined,
  ): string | undefined {
    const { sum } = now;
    if (Number.isNaN(sum) && before?.hasSum === true) now.sum = before.sum;
    const isKept = this.points.keep(row, kind, now);
    now.sum = sum;
    this.points.setTime(row, point.timeUnixNano);
    return isKept ? undefined : 'streams_limit';
  }

  /** Says what comes of a point, and notes the time of the one before. */
  #step(row: number, point: PointView): Step {
    const { points } = this;
    const start = point.startTimeUnixNano;
    const time = point.timeUnixNano;
    if (points.kindOf(row) === pointKind.none) {
      if (this.#initial === 'keep') return 'first';
      const isSent = this.#initial === 'auto' && start.compare(points.started) >= 0 && start.compare(time) !== 0;
      return isSent ? 'first' : 'first dropped';
    }
    const last = points.timeOf(row, this.#last);
    if (!isLater(time, last)) return 'old';
    // A start at the time of the point itself means that it is not known.
    return start.compare(last) > 0 && start.compare(time) < 0 ? 'restart' : 'next';
  }

  /** The value has fallen: it counts since a start that is not known, or is that of the point. */
  #reset(point: PointView): void {
    const start = point.startTimeUnixNano;
    const last = this.#last;
    if (start.compare(last) > 0 && start.compare(point.timeUnixNano) < 0) return;
    writeStart(this.patcher.patch(this.unit, pointMasks.start), last.low, last.high);
    this.patcher.patched(this.unit);
  }

  #convertInt(row: number, point: NumberPointView, step: Step): void {
    const { points, patcher } = this;
    const now = point.asInt;
    const before = points.intOf(row, this.#before);
    if (step === 'next') {
      const isLess = now.high === before.high ? now.low < before.low : (now.high | 0) < (before.high | 0);
      if (isLess) this.#reset(point);
      else {
        const low = now.low - before.low;
        const high = now.high - before.high - (low < 0 ? 1 : 0);
        const writer = patcher.patch(this.unit, pointMasks.number);
        writeStart(writer, this.#last.low, this.#last.high);
        writeIntValue(writer, low >>> 0, high >>> 0);
        patcher.patched(this.unit);
      }
    }
    points.setInt(row, now.low, now.high);
  }

  /** A stream that has come as both kinds of numbers goes on as this one. */
  #convertDouble(row: number, point: NumberPointView, step: Step): void {
    const { points, patcher } = this;
    const now = point.type === 'int' ? point.asInt.toSigned() : point.asDouble;
    if (step === 'next') {
      const isDouble = points.kindOf(row) === pointKind.double;
      const before = isDouble ? points.doubleOf(row) : points.intOf(row, this.#before).toSigned();
      if (now < before) this.#reset(point);
      else {
        const writer = patcher.patch(this.unit, pointMasks.number);
        writeStart(writer, this.#last.low, this.#last.high);
        writeDoubleValue(writer, now - before);
        patcher.patched(this.unit);
      }
    }
    points.setDouble(row, now);
  }
}
