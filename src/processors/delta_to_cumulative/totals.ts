import { ExplicitPoint } from '../../aggregation/explicit-point.js';
import { ExponentialPoint } from '../../aggregation/exponential-point.js';
import { isLater, PointConversion, temporalities } from '../../aggregation/point-conversion.js';
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
import type { DropReason } from './telemetry.js';

/** Buckets of an exponential histogram on each side, at most, as the Collector has it. */
const mostBuckets = 160;
const word = 0x1_0000_0000;

/**
 * Makes points with the total since the begin of their stream out of points with a change
 * (docs/spec/agent.md#metrics-model). The start time of a stream is that of its first point.
 */
export class Totals extends PointConversion {
  protected readonly notANumber: DropReason = 'not_a_number';
  readonly #gap: () => void;
  readonly #start: Word64 = new Word64();
  readonly #last: Word64 = new Word64();
  readonly #before: Word64 = new Word64();
  readonly #explicit: readonly [total: ExplicitPoint, change: ExplicitPoint] = [
    new ExplicitPoint(),
    new ExplicitPoint(),
  ];
  readonly #exponential: readonly [total: ExponentialPoint, change: ExponentialPoint] = [
    new ExponentialPoint(),
    new ExponentialPoint(),
  ];

  /** @param gap - is called for each point that begins later than the one before has ended */
  constructor(points: StreamPoints, streams: number, gap: () => void) {
    super(points, temporalities.cumulative, { streams, reason: 'limit' satisfies DropReason });
    this.#gap = gap;
  }

  protected override takes(metric: MetricView): boolean {
    return metric.aggregationTemporality === temporalities.delta;
  }

  protected override convertNumber(row: number, point: NumberPointView): DropReason | undefined {
    const { points } = this;
    const fault = this.#faultOf(row, point);
    if (fault !== undefined) return fault;
    const kind = points.kindOf(row);
    const isInt = point.type === 'int';
    if (kind === pointKind.none) {
      if (isInt) points.setInt(row, point.asInt.low, point.asInt.high);
      else points.setDouble(row, point.asDouble);
      points.setStart(row, point.startTimeUnixNano);
    } else if (isInt && kind === pointKind.int) this.#addInt(row, point);
    else this.#addDouble(row, isInt ? point.asInt.toSigned() : point.asDouble);
    points.setTime(row, point.timeUnixNano);
    return undefined;
  }

  protected override convertExplicit(row: number, point: HistogramPointView): DropReason | undefined {
    const fault = this.#faultOf(row, point);
    if (fault !== undefined) return fault;
    const [total, change] = this.#explicit;
    change.read(point);
    const isFirst = this.points.kindOf(row) === pointKind.none;
    if (!isFirst) this.points.load(row, total);
    // Buckets with other bounds cannot be added: the stream begins anew.
    if (isFirst || !total.hasShapeOf(change)) return this.#begin(row, point, pointKind.explicit, change);
    total.add(change);
    if (!this.points.keep(row, pointKind.explicit, total)) return 'limit';
    const writer = this.patcher.patch(this.unit, pointMasks.explicit);
    writeStart(writer, this.#start.low, this.#start.high);
    writeExplicit(writer, total);
    this.patcher.patched(this.unit);
    this.points.setTime(row, point.timeUnixNano);
    return undefined;
  }

  protected override convertExponential(row: number, point: ExponentialHistogramPointView): DropReason | undefined {
    const fault = this.#faultOf(row, point);
    if (fault !== undefined) return fault;
    const [total, change] = this.#exponential;
    change.read(point);
    if (this.points.kindOf(row) === pointKind.none) return this.#begin(row, point, pointKind.exponential, change);
    this.points.load(row, total);
    total.add(change, mostBuckets);
    if (!this.points.keep(row, pointKind.exponential, total)) return 'limit';
    const writer = this.patcher.patch(this.unit, pointMasks.exponential);
    writeStart(writer, this.#start.low, this.#start.high);
    writeExponential(writer, total);
    this.patcher.patched(this.unit);
    this.points.setTime(row, point.timeUnixNano);
    return undefined;
  }

  /** Why a point cannot be added to its stream. Notes the start of the stream for those that can. */
  #faultOf(row: number, point: PointView): DropReason | undefined {
    const { points } = this;
    if (points.kindOf(row) === pointKind.none) return undefined;
    const start = point.startTimeUnixNano;
    const last = points.timeOf(row, this.#last);
    if (!start.isZero && start.compare(points.startOf(row, this.#start)) < 0) return 'older_start';
    points.startOf(row, this.#start);
    if (!isLater(point.timeUnixNano, last)) return 'out_of_order';
    if (start.compare(last) > 0) this.#gap();
    return undefined;
  }

  /** Begins a stream with a histogram, which passes as it is. */
  #begin(
    row: number,
    point: PointView,
    kind: typeof pointKind.explicit | typeof pointKind.exponential,
    first: ExplicitPoint | ExponentialPoint,
  ): DropReason | undefined {
    if (!this.points.keep(row, kind, first)) return 'limit';
    this.points.setStart(row, point.startTimeUnixNano);
    this.points.setTime(row, point.timeUnixNano);
    return undefined;
  }

  #addInt(row: number, point: NumberPointView): void {
    const before = this.points.intOf(row, this.#before);
    const change = point.asInt;
    const sum = before.low + change.low;
    const low = sum >>> 0;
    const high = (before.high + change.high + (sum >= word ? 1 : 0)) >>> 0;
    this.points.setInt(row, low, high);
    const writer = this.patcher.patch(this.unit, pointMasks.number);
    writeStart(writer, this.#start.low, this.#start.high);
    writeIntValue(writer, low, high);
    this.patcher.patched(this.unit);
  }

  /** A stream that has come as both kinds of numbers goes on as this one. */
  #addDouble(row: number, change: number): void {
    const { points } = this;
    const isDouble = points.kindOf(row) === pointKind.double;
    const total = (isDouble ? points.doubleOf(row) : points.intOf(row, this.#before).toSigned()) + change;
    points.setDouble(row, total);
    const writer = this.patcher.patch(this.unit, pointMasks.number);
    writeStart(writer, this.#start.low, this.#start.high);
    writeDoubleValue(writer, total);
    this.patcher.patched(this.unit);
  }
}
