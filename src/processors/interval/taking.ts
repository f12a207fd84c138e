import { temporalities } from '../../aggregation/point-conversion.js';
import { StreamKeys } from '../../aggregation/stream-keys.js';
import type { Batch } from '../../otlp/batch.js';
import { PointPatcher } from '../../otlp/edit/point-patcher.js';
import { Frames } from '../../otlp/parts/frames.js';
import { MetricPoints } from '../../otlp/parts/metric-points.js';
import { RunLists } from '../../otlp/parts/run-lists.js';
import { BatchCursor } from '../../otlp/view/batch-cursor.js';
import { MetricView } from '../../otlp/view/metric.js';
import type { PointView } from '../../otlp/view/points.js';
import type { InPieces } from '../../otlp/work.js';
import type { Config } from './config.js';
import type { HeldPoints } from './held-points.js';

/** Points that are taken in one piece of work: some milliseconds. */
const pointsAtOnce = 4096;
/** Scratch above this size is not kept for the next batch, bytes. */
const mostKept = 1 << 20;

/** Outcomes of the points of a piece of work. */
export interface TakenCounts {
  /** Points that are kept now, of streams that had none. */
  held: number;
  /** Points for which a later one stands, be it that was kept or that came. */
  aggregated: number;
  /** Of those, points that were kept and have left without one in their place. */
  lost: number;
  /** Points that found no room, and pass. */
  overflow: number;
}

export interface TakingParts {
  readonly passThrough: Config['pass_through'];
  /** The points that are filled now; asked for once in each piece. */
  held(): HeldPoints;
  /** Is given the counts of each piece; they are used again. */
  book(counts: TakenCounts): void;
}

/** Takes the points that wait for the end of the interval out of batches. A batch at a time. */
export class Taking {
  readonly #parts: TakingParts;
  readonly #keys: StreamKeys = new StreamKeys();
  readonly #patcher: PointPatcher = new PointPatcher();
  readonly #metrics: BatchCursor<MetricView> = new BatchCursor(new MetricView());
  readonly #runs: RunLists = new RunLists();
  readonly #metricPoints: MetricPoints = new MetricPoints();
  readonly #counts: TakenCounts = { held: 0, aggregated: 0, lost: 0, overflow: 0 };
  #frames: Frames | undefined;
  #source: Buffer = Buffer.alloc(0);
  /** The fields of a resource, scope or metric, put together. */
  #header: Buffer = Buffer.allocUnsafe(4096);
  #scope = -1;
  #resource = -1;
  /** Points of the batch that were taken, in all pieces that were booked. */
  taken = 0;

  constructor(parts: TakingParts) {
    this.#parts = parts;
  }

  /** Takes what is taken of a batch, in pieces of work. Returns what is left: the batch itself, or undefined. */
  *taking(batch: Batch): InPieces<Batch | undefined> {
    const { bytes } = batch;
    const metrics = this.#metrics.open(batch);
    this.#source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#frames = undefined;
    this.#scope = this.#resource = -1;
    this.taken = 0;
    this.#patcher.open(batch);
    let held = this.#parts.held();
    let done = 0;
    while (metrics.next()) {
      if (++done % pointsAtOnce === 0) {
        this.#book();
        yield;
        held = this.#parts.held();
      }
      if (metrics.units === 0 || !this.#takes(metrics.item)) continue;
      this.#enter();
      let row = this.#metricOf(batch, held);
      let { unit } = metrics;
      for (const point = metrics.item.points(); point.next(); unit++) {
        if (++done % pointsAtOnce === 0) {
          this.#book();
          yield;
          held = this.#parts.held();
          row = this.#metricOf(batch, held);
        }
        if (this.#take(held, row, point)) this.#patcher.removePoint(unit);
      }
    }
    this.#book();
    const left = yield* this.#patcher.finishing();
    this.#frames = undefined;
    this.#source = Buffer.alloc(0);
    if (this.#header.length > mostKept) this.#header = Buffer.allocUnsafe(4096);
    if (left.itemCount > 0) return left;
    if (left !== batch) left.release();
    return undefined;
  }

  #takes(metric: MetricView): boolean {
    switch (metric.type) {
      case 'gauge':
        return !this.#parts.passThrough.gauge;
      case 'summary':
        return !this.#parts.passThrough.summary;
      case 'sum':
        return metric.isMonotonic && metric.aggregationTemporality === temporalities.cumulative;
      default:
        return metric.aggregationTemporality === temporalities.cumulative;
    }
  }

  /** Enters the resource, scope and metric that the cursor is at. */
  #enter(): void {
    const metrics = this.#metrics;
    if (metrics.resourceRow !== this.#resource) this.#keys.enterResource(metrics.resource);
    if (metrics.scopeRow !== this.#scope) this.#keys.enterScope(metrics.scope);
    this.#resource = metrics.resourceRow;
    this.#scope = metrics.scopeRow;
    this.#keys.enterMetric(metrics.item);
  }

  /** Takes a point; false when it passes. */
  #take(held: HeldPoints, row: number, point: PointView): boolean {
    const counts = this.#counts;
    if (row < 0) {
      counts.overflow++;
      return false;
    }
    this.#keys.enterPoint(point);
    const { fields } = point;
    const from = fields.pieceFrom(0);
    switch (held.hold(row, this.#keys.key, point.timeUnixNano, this.#source, from, fields.pieceTo(0))) {
      case 'first':
        counts.held++;
        return true;
      case 'newer':
      case 'late':
        counts.aggregated++;
        return true;
      case 'no room, earlier one gone':
        counts.lost++;
        counts.overflow++;
        return false;
      default:
        counts.overflow++;
        return false;
    }
  }

  /** The row of the metric that was entered, which is added if need be; -1 when there is no room. */
  #metricOf(batch: Batch, held: HeldPoints): number {
    const known = held.findMetric(this.#keys.metricKey);
    if (known >= 0) return known;
    const frames = (this.#frames ??= new Frames(batch, this.#runs));
    const scope = this.#scopeOf(frames, held);
    if (scope < 0) return -1;
    const { index } = batch;
    const row = this.#metrics.itemRow;
    const points = this.#metricPoints;
    points.read(this.#source, index.itemFrom(row), index.itemTo(row), this.#runs);
    const middle = this.#runs.length(points.rest);
    const to = middle + this.#runs.length(points.dataRest);
    this.#reach(to);
    this.#runs.copy(points.rest, this.#source, this.#header, 0);
    this.#runs.copy(points.dataRest, this.#source, this.#header, middle);
    return held.addMetric(scope, this.#keys.metricKey, points.data, this.#header, middle, to);
  }

  #scopeOf(frames: Frames, held: HeldPoints): number {
    const known = held.findScope(this.#keys.scopeKey());
    if (known >= 0) return known;
    let resource = held.findResource(this.#keys.resourceKey());
    if (resource < 0) {
      const end = this.#collect(frames.resource(this.#metrics.resourceRow));
      resource = held.addResource(this.#keys.resourceKey(), this.#header, end);
    }
    if (resource < 0) return -1;
    const to = this.#collect(frames.scope(this.#metrics.scopeRow));
    return held.addScope(resource, this.#keys.scopeKey(), this.#header, to);
  }

  /** Puts the runs of a list together in the header; returns their bytes. */
  #collect(list: number): number {
    const length = this.#runs.length(list);
    this.#reach(length);
    return this.#runs.copy(list, this.#source, this.#header, 0);
  }

  #reach(length: number): void {
    if (length > this.#header.length) this.#header = Buffer.allocUnsafe(Math.max(length, this.#header.length * 2));
  }

  #book(): void {
    this.taken += this.#counts.held + this.#counts.aggregated;
    this.#parts.book(this.#counts);
    Object.assign(this.#counts, { held: 0, aggregated: 0, lost: 0, overflow: 0 });
  }
}
