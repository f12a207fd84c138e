import type { Batch } from '../otlp/batch.js';
import { PointPatcher } from '../otlp/edit/point-patcher.js';
import { Backing } from '../otlp/view/backing.js';
import { BatchCursor } from '../otlp/view/batch-cursor.js';
import { MetricView } from '../otlp/view/metric.js';
import {
  ExponentialHistogramPointView,
  HistogramPointView,
  NumberPointView,
  type PointView,
} from '../otlp/view/points.js';
import type { Word64 } from '../otlp/view/word64.js';
import { at32 } from '../otlp/wire/at.js';
import { pieceBytes, type InPieces } from '../otlp/work.js';
import { PointTally } from './point-tally.js';
import { StreamKeys } from './stream-keys.js';
import type { StreamPoints } from './stream-points.js';

/** Points that are converted in one piece of work, of at most `pieceBytes` or one point: some milliseconds. */
const pointsAtOnce = 4096;
/** Metrics that are passed over in one piece of work. */
const metricsAtOnce = 1 << 14;

export const temporalities: Readonly<Record<'delta' | 'cumulative', number>> = { delta: 1, cumulative: 2 };
/** The bit of a point's flags that says that there is no value. */
const noValue = 1;

export interface ConversionLimits {
  /** Streams that there may be. */
  readonly streams: number;
  /** Why the first point of a stream that finds no room is dropped. */
  readonly reason: string;
}

export interface Converted {
  /** The batch itself when no point is of a kind that is converted; undefined when nothing is left of it. */
  readonly batch: Batch | undefined;
  readonly tally: PointTally;
}

/**
 * Walks the points of batches that have one temporality and gives them another, by what is kept of the stream of each.
 * The points of a stream are converted in the order of their times where they stand in one batch, up to some thousands
 * of them. A batch at a time: all that is needed for a point is made once.
 */
export abstract class PointConversion {
  protected readonly points: StreamPoints;
  protected readonly patcher: PointPatcher = new PointPatcher();
  /** The number in the batch of the point that is converted. */
  protected unit = 0;
  /** Why a point whose value is not a number is dropped, or `passes`. */
  protected abstract readonly notANumber: string;
  readonly #limits: ConversionLimits;
  readonly #to: number;
  readonly #keys: StreamKeys = new StreamKeys();
  readonly #metrics: BatchCursor<MetricView> = new BatchCursor(new MetricView());
  readonly #backing: Backing = new Backing();
  readonly #number: NumberPointView = new NumberPointView();
  readonly #explicit: HistogramPointView = new HistogramPointView();
  readonly #exponential: ExponentialHistogramPointView = new ExponentialHistogramPointView();
  /** The row of the scope and resource whose keys were entered. */
  #scope = -1;
  #resource = -1;

  /** Points that wait for the end of the piece: where they are, and their streams. */
  #count = 0;
  #bytes = 0;
  readonly #from: Int32Array = new Int32Array(pointsAtOnce);
  readonly #end: Int32Array = new Int32Array(pointsAtOnce);
  readonly #units: Int32Array = new Int32Array(pointsAtOnce);
  readonly #rows: Int32Array = new Int32Array(pointsAtOnce);
  /** The lower and the upper half of their times. */
  readonly #halves: Uint32Array = new Uint32Array(pointsAtOnce * 2);
  readonly #views: (NumberPointView | HistogramPointView | ExponentialHistogramPointView)[] = [];
  /** A stream has several points in the piece. */
  #repeats = false;

  /** @param to - the temporality that points are given */
  constructor(points: StreamPoints, to: number, limits: ConversionLimits) {
    this.points = points;
    this.#to = to;
    this.#limits = limits;
  }

  /** Converts a batch, in pieces of work. */
  *converting(batch: Batch, now: number): InPieces<Converted> {
    const metrics = this.#metrics.open(batch);
    this.patcher.open(batch);
    this.#backing.bytes = batch.bytes;
    this.#scope = this.#resource = -1;
    const tally = new PointTally();
    let passed = 0;
    this.#begin();
    while (metrics.next()) {
      const metric = metrics.item;
      if (!this.takes(metric) || metrics.units === 0) {
        if (++passed % metricsAtOnce > 0) continue;
        this.#convert(tally);
        yield;
        this.#begin();
        continue;
      }
      this.#enter();
      this.patcher.setTemporality(metrics.itemRow, this.#to);
      let { unit } = metrics;
      for (const point = metric.points(); point.next(); unit++) {
        if (this.#count === pointsAtOnce || this.#bytes > pieceBytes) {
          this.#convert(tally);
          yield;
          this.#begin();
        }
        const reason = this.#gather(point, unit, now);
        if (reason !== undefined) this.#drop(unit, reason, tally);
      }
    }
    this.#convert(tally);
    this.#backing.drop();
    const result = yield* this.patcher.finishing();
    if (result.itemCount > 0) return { batch: result, tally };
    if (result !== batch) result.release();
    return { batch: undefined, tally };
  }

  /** Whether the points of a metric are converted. */
  protected abstract takes(metric: MetricView): boolean;

  /** Converts a point, and keeps what is needed for the next one. Returns why it is dropped, if it is. */
  protected abstract convertNumber(row: number, point: NumberPointView): string | undefined;
  protected abstract convertExplicit(row: number, point: HistogramPointView): string | undefined;
  protected abstract convertExponential(row: number, point: ExponentialHistogramPointView): string | undefined;

  /** Enters the resource, scope and metric that the cursor is at. */
  #enter(): void {
    const metrics = this.#metrics;
    if (metrics.resourceRow !== this.#resource) this.#keys.enterResource(metrics.resource);
    if (metrics.scopeRow !== this.#scope) this.#keys.enterScope(metrics.scope);
    this.#resource = metrics.resourceRow;
    this.#scope = metrics.scopeRow;
    this.#keys.enterMetric(metrics.item);
  }

  #begin(): void {
    this.#count = this.#bytes = 0;
    this.#views.length = 0;
    this.#repeats = false;
    this.points.beginTurn();
  }

  /** Notes a point with its stream; returns why it is dropped, if it is. */
  #gather(point: PointView, unit: number, now: number): string | undefined {
    if ((point.flags & noValue) !== 0) return 'no_recorded_value';
    if (point instanceof NumberPointView) {
      if (point.type === 'empty') return 'no_recorded_value';
      if (point.type === 'double' && Number.isNaN(point.asDouble)) return this.notANumber;
    }
    this.#keys.enterPoint(point);
    const { key, serviceKey } = this.#keys;
    const row = this.points.enter(key, serviceKey, now, this.#limits.streams);
    if (row < 0) return this.#limits.reason;
    const i = this.#count++;
    this.#from[i] = point.fields.pieceFrom(0);
    this.#end[i] = point.fields.pieceTo(0);
    this.#bytes += at32(this.#end, i) - at32(this.#from, i);
    this.#units[i] = unit;
    this.#rows[i] = row;
    const { low, high } = point.timeUnixNano;
    this.#halves[i * 2] = low;
    this.#halves[i * 2 + 1] = high;
    this.#views.push(this.#viewFor(point));
    if (!this.points.isFirstOfTurn(row)) this.#repeats = true;
    return undefined;
  }

  #viewFor(point: PointView): NumberPointView | HistogramPointView | ExponentialHistogramPointView {
    if (point instanceof NumberPointView) return this.#number;
    return point instanceof HistogramPointView ? this.#explicit : this.#exponential;
  }

  /** Converts the points that were gathered. */
  #convert(tally: PointTally): void {
    if (this.#repeats && !this.#isInOrder()) {
      for (const i of this.#inOrder()) this.#convertOne(i, tally);
      return;
    }
    for (let i = 0; i < this.#count; i++) this.#convertOne(i, tally);
  }

  #convertOne(i: number, tally: PointTally): void {
    const view = this.#views[i] as NumberPointView;
    view.fields.move(this.#backing, at32(this.#from, i), at32(this.#end, i));
    this.unit = at32(this.#units, i);
    const reason = this.#converted(at32(this.#rows, i), view);
    if (reason === undefined) tally.converted++;
    else this.#drop(this.unit, reason, tally);
  }

  #converted(row: number, view: PointView): string | undefined {
    if (view === this.#number) return this.convertNumber(row, this.#number);
    if (view === this.#explicit) return this.convertExplicit(row, this.#explicit);
    return this.convertExponential(row, this.#exponential);
  }

  #drop(unit: number, reason: string, tally: PointTally): void {
    if (reason === passes) return;
    this.patcher.removePoint(unit);
    tally.drop(reason);
  }

  #isInOrder(): boolean {
    for (let i = 1; i < this.#count; i++) if (this.#compare(i - 1, i) > 0) return false;
    return true;
  }

  /** The points by their times; those of one time as they came. */
  #inOrder(): Int32Array {
    return Int32Array.from({ length: this.#count }, (_, i) => i).sort((a, b) => this.#compare(a, b) || a - b);
  }

  #compare(a: number, b: number): number {
    const halves = this.#halves;
    const high = (halves[a * 2 + 1] ?? 0) - (halves[b * 2 + 1] ?? 0);
    return high === 0 ? (halves[a * 2] ?? 0) - (halves[b * 2] ?? 0) : high;
  }
}

/** In place of a reason: the point passes as it is. */
export const passes = '';

/** Whether a point with a time comes behind one that was seen; points without times come in any order. */
export function isLater(time: Word64, last: Word64): boolean {
  return time.compare(last) > 0 || (time.isZero && last.isZero);
}
