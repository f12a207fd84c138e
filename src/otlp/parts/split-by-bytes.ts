import type { Batch } from '../batch.js';
import { itemGrowth } from './collector-size.js';
import { Frames } from './frames.js';
import { MetricPoints } from './metric-points.js';
import { partitioning } from './partition.js';
import { RunLists } from './run-lists.js';
import { varintSize } from '../wire/varint.js';
import { rowsAtOnce } from '../large.js';
import { resultAtOnce, type InPieces } from '../work.js';

export interface ByteParts {
  readonly parts: Batch[];
  /** Items that are above `max` all alone. */
  readonly tooLarge: Batch | undefined;
}

/**
 * Cuts a batch in order into parts of at most `max` bytes as `collectorSize` counts them, resource and scope of each
 * part included. The first part has at most `firstMax`, or `max` when not even one item fits into `firstMax`. Metrics
 * are cut between data points.
 */
export function splitByBytes(batch: Batch, firstMax: number, max: number): ByteParts {
  return resultAtOnce(splittingByBytes(batch, firstMax, max));
}

/** `splitByBytes` in pieces of work, for large batches. */
export function* splittingByBytes(batch: Batch, firstMax: number, max: number): InPieces<ByteParts> {
  const { index, bytes, signal } = batch;
  const metric = new MetricPoints();
  const metricRuns = new RunLists();
  const runs = new RunLists();
  const frames = new Frames(batch, runs);
  const cutter = new Cutter(batch, runs.length(frames.request), firstMax, max);
  let rows = 0;
  for (let resource = 0; resource < index.resourceCount; resource++) {
    if (++rows % rowsAtOnce === 0) yield;
    cutter.enter(0, runs.length(frames.resource(resource)));
    for (let scope = index.firstScope(resource); scope < index.firstScope(resource + 1); scope++) {
      if (++rows % rowsAtOnce === 0) yield;
      cutter.enter(1, runs.length(frames.scope(scope)));
      for (let item = index.firstItem(scope); item < index.firstItem(scope + 1); item++) {
        if (++rows % rowsAtOnce === 0) yield;
        const units = batch.unitsIn(item, item + 1);
        // An item without points or samples stays with its neighbours and is not counted.
        if (units === 0) continue;
        const from = index.itemFrom(item);
        const to = index.itemTo(item);
        if (signal !== 'metrics') {
          cutter.add(sized(to - from + itemGrowth(batch, item)), units);
          continue;
        }
        metricRuns.clear();
        metric.read(bytes, from, to, metricRuns);
        cutter.enter(2, metricRuns.length(metric.rest));
        cutter.enter(3, metricRuns.length(metric.dataRest));
        while (metric.nextPoint(bytes)) {
          if (++rows % rowsAtOnce === 0) yield;
          cutter.add(metric.pointTo - metric.pointFrom, 1);
        }
      }
    }
  }
  return yield* cutter.cutting();
}

/** A message with its tag and length. */
const sized = (body: number): number => 1 + varintSize(body) + body;

/** Fills parts one after the other. Levels: 0 resource, 1 scope, 2 metric, 3 the metric's data. */
class Cutter {
  readonly #batch: Batch;
  /** Bytes that every part has beside its resources. */
  readonly #base: number;
  readonly #max: number;
  readonly #partOf: Int32Array;
  readonly #tooLarge: number[] = [];
  /** The size of the messages around the next item. */
  readonly #frames: number[] = [];
  /** Bodies of what is open in the current part; undefined where the next item has to open it anew. */
  readonly #bodies: (number | undefined)[] = [];
  #limit: number;
  #closed: number;
  #unit = 0;
  #part = 0;
  #filled = false;

  constructor(batch: Batch, base: number, firstMax: number, max: number) {
    this.#batch = batch;
    this.#base = this.#closed = base;
    this.#limit = Math.min(firstMax, max);
    this.#max = max;
    this.#partOf = new Int32Array(batch.itemCount);
  }

  enter(level: number, rest: number): void {
    this.#fold(level);
    this.#frames.length = level;
    this.#frames.push(rest);
  }

  /** Adds a piece that can't be cut: an item with all of its units, or a data point. */
  add(bytes: number, units: number): void {
    if (this.#with(bytes) > this.#limit) {
      if (this.#alone(bytes) > this.#max) {
        for (let i = 0; i < units; i++) this.#tooLarge.push(this.#unit++);
        return;
      }
      if (this.#filled) this.#next();
      this.#limit = this.#max;
    }
    const last = this.#frames.length - 1;
    for (let level = 0; level <= last; level++) this.#bodies[level] ??= this.#frames[level];
    this.#bodies[last] = (this.#bodies[last] ?? 0) + bytes;
    this.#filled = true;
    for (let i = 0; i < units; i++) this.#partOf[this.#unit++] = this.#part;
  }

  *cutting(): InPieces<ByteParts> {
    const count = this.#part + 1;
    const extra = this.#tooLarge.length > 0 ? 1 : 0;
    for (const unit of this.#tooLarge) this.#partOf[unit] = count;
    const all = yield* partitioning(this.#batch, this.#partOf, count + extra);
    return { parts: all.slice(0, count).filter((part) => part !== undefined), tooLarge: all[count] };
  }

  /** The size of the part when `bytes` join it. */
  #with(bytes: number): number {
    let body = bytes;
    for (let level = this.#frames.length - 1; level >= 0; level--)
      body = sized((this.#bodies[level] ?? this.#frames[level] ?? 0) + body);
    return this.#closed + body;
  }

  /** The size of a part with nothing else in it. */
  #alone(bytes: number): number {
    let body = bytes;
    for (let level = this.#frames.length - 1; level >= 0; level--) body = sized((this.#frames[level] ?? 0) + body);
    return this.#base + body;
  }

  /** Closes what is open from `level` on, into what is open around it. */
  #fold(level: number): void {
    for (let i = this.#bodies.length - 1; i >= level; i--) {
      const body = this.#bodies[i];
      this.#bodies.length = i;
      if (body === undefined) continue;
      if (i === 0) this.#closed += sized(body);
      else this.#bodies[i - 1] = (this.#bodies[i - 1] ?? 0) + sized(body);
    }
  }

  #next(): void {
    this.#bodies.length = 0;
    this.#closed = this.#base;
    this.#part++;
    this.#filled = false;
  }
}
