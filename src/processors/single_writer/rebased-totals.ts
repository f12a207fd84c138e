import { ExplicitPoint } from '../../aggregation/explicit-point.js';
import { ExponentialPoint } from '../../aggregation/exponential-point.js';
import { pointKind, StreamPoints } from '../../aggregation/stream-points.js';
import {
  pointMasks,
  writeDoubleValue,
  writeExplicit,
  writeExponential,
  writeIntValue,
  writeStart,
} from '../../otlp/build/point-fields.js';
import type { PointPatcher } from '../../otlp/edit/point-patcher.js';
import {
  ExponentialHistogramPointView,
  HistogramPointView,
  NumberPointView,
  type PointView,
} from '../../otlp/view/points.js';
import { Word64 } from '../../otlp/view/word64.js';

/**
 * The totals of writers that took a stream over while they had counted for a while already. Their points leave with
 * the moment of the takeover as their start, and with what was counted since: the series begins again at 0, and none
 * of the earlier counts is added to those of the writer before.
 */
export class RebasedTotals {
  readonly #points: StreamPoints;
  readonly #start: Word64 = new Word64();
  readonly #before: Word64 = new Word64();
  readonly #explicit: readonly [now: ExplicitPoint, before: ExplicitPoint] = [new ExplicitPoint(), new ExplicitPoint()];
  readonly #exponential: readonly [now: ExponentialPoint, before: ExponentialPoint] = [
    new ExponentialPoint(),
    new ExponentialPoint(),
  ];

  constructor(maxBytes: number) {
    this.#points = new StreamPoints(maxBytes, 0);
  }

  /** Memory in use, which `maxBytes` bounds. */
  set limit(maxBytes: number) {
    this.#points.bound.limit = maxBytes;
  }

  /** Bytes of all buffers. */
  get reservedBytes(): number {
    return this.#points.reservedBytes;
  }

  /** Removes up to `most` streams that got no point since `before`; true when there may be more. */
  expire(before: number, most: number): boolean {
    return this.#points.expire(before, most);
  }

  /**
   * Begins with the point at which a stream is taken over; false when there is no room for it. `rises`: the value
   * counts since the start, else only the start is a new one.
   */
  begin(key: Buffer, service: Buffer, point: PointView, rises: boolean, now: number): boolean {
    const row = this.#points.enter(key, service, now, Infinity);
    return row >= 0 && this.#keep(row, point, rises);
  }

  /**
   * Writes the start and the value since the takeover of a point. It counts anew where it has fallen. False when the
   * point is from before the takeover.
   */
  apply(key: Buffer, service: Buffer, point: PointView, rises: boolean, now: number, to: PatchTarget): boolean {
    const row = this.#points.enter(key, service, now, Infinity);
    if (row < 0) return true;
    if (point.timeUnixNano.compare(this.#points.startOf(row, this.#start)) < 0) return false;
    if (!this.#write(row, point, to) && this.#keep(row, point, rises)) this.#write(row, point, to);
    return true;
  }

  #keep(row: number, point: PointView, rises: boolean): boolean {
    const points = this.#points;
    points.setStart(row, point.timeUnixNano);
    if (!rises) return true;
    if (point instanceof NumberPointView) {
      const { low, high } = point.asInt;
      if (point.type === 'int') points.setInt(row, low, high);
      else points.setDouble(row, point.asDouble);
    } else if (point instanceof HistogramPointView) {
      const [now] = this.#explicit;
      now.read(point);
      return points.keep(row, pointKind.explicit, now);
    } else if (point instanceof ExponentialHistogramPointView) {
      const [now] = this.#exponential;
      now.read(point);
      return points.keep(row, pointKind.exponential, now);
    }
    return true;
  }

  /** False, and nothing is written, when the point is less than what is kept, or of another kind. */
  #write(row: number, point: PointView, { patcher, unit }: PatchTarget): boolean {
    const points = this.#points;
    const kind = points.kindOf(row);
    const { low, high } = points.startOf(row, this.#start);
    if (kind === pointKind.none) {
      writeStart(patcher.patch(unit, pointMasks.start), low, high);
    } else if (point instanceof NumberPointView) {
      if (!this.#writeNumber(row, point, { patcher, unit })) return false;
    } else if (point instanceof HistogramPointView) {
      const [now, before] = this.#explicit;
      if (kind !== pointKind.explicit) return false;
      points.load(row, before);
      now.read(point);
      if (!now.hasShapeOf(before) || !now.subtract(before)) return false;
      const writer = patcher.patch(unit, pointMasks.explicit);
      writeStart(writer, low, high);
      writeExplicit(writer, now);
    } else if (point instanceof ExponentialHistogramPointView) {
      const [now, before] = this.#exponential;
      if (kind !== pointKind.exponential) return false;
      points.load(row, before);
      now.read(point);
      if (!now.subtract(before)) return false;
      const writer = patcher.patch(unit, pointMasks.exponential);
      writeStart(writer, low, high);
      writeExponential(writer, now);
    }
    patcher.patched(unit);
    return true;
  }

  #writeNumber(row: number, point: NumberPointView, { patcher, unit }: PatchTarget): boolean {
    const points = this.#points;
    const { low, high } = this.#start;
    if (point.type === 'int' && points.kindOf(row) === pointKind.int) {
      const now = point.asInt;
      const before = points.intOf(row, this.#before);
      if (now.toSigned() < before.toSigned()) return false;
      const difference = now.low - before.low;
      const carry = difference < 0 ? 1 : 0;
      const writer = patcher.patch(unit, pointMasks.number);
      writeStart(writer, low, high);
      writeIntValue(writer, difference >>> 0, (now.high - before.high - carry) >>> 0);
      return true;
    }
    const isInt = points.kindOf(row) === pointKind.int;
    const before = isInt ? points.intOf(row, this.#before).toSigned() : points.doubleOf(row);
    const now = point.type === 'int' ? point.asInt.toSigned() : point.asDouble;
    if (now < before) return false;
    const writer = patcher.patch(unit, pointMasks.number);
    writeStart(writer, low, high);
    writeDoubleValue(writer, now - before);
    return true;
  }
}

/** Where the new fields of a point go. */
export interface PatchTarget {
  readonly patcher: PointPatcher;
  /** The number of the point in its batch. */
  readonly unit: number;
}
