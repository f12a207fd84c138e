import { at32 } from '../wire/at.js';
import type { Batch } from '../batch.js';
import { pointsOf } from './metric-points.js';
import { itemGrowth } from './collector-size.js';
import { partition } from './partition.js';
import { varintSize } from '../wire/varint.js';

export interface ByteParts {
  readonly parts: Batch[];
  /** Items that are above `max` all alone. */
  readonly tooLarge: Batch | undefined;
}

/**
 * Cuts a batch in order into parts of at most `max` bytes as `collectorSize` counts them, resource and scope of each part included. The
 * first part has at most `firstMax`, or `max` when not even one item fits into `firstMax`. Metrics are cut between data points.
 */
export function splitByBytes(batch: Batch, firstMax: number, max: number): ByteParts {
  const cutter = new Cutter(batch, firstMax, max);
  const { resources, scopes, items } = batch.index;
  let scope = 0;
  let item = 0;
  for (let resource = 0; resource < resources.length; resource += 4) {
    const lastScope = resource + 4 < resources.length ? at32(resources, resource + 7) * 4 : scopes.length;
    cutter.enter(0, frameOf(resources, resource, scopes, scope, lastScope));
    for (; scope < lastScope; scope += 4) {
      const lastItem = scope + 4 < scopes.length ? at32(scopes, scope + 7) * 4 : items.length;
      cutter.enter(1, frameOf(scopes, scope, items, item, lastItem));
      for (; item < lastItem; item += 4) cutItem(cutter, batch, item);
    }
  }
  return cutter.finish();
}

function cutItem(cutter: Cutter, batch: Batch, row: number): void {
  const { items } = batch.index;
  const from = at32(items, row + 1);
  const to = at32(items, row + 2);
  if (batch.signal !== 'metrics') {
    cutter.add(sized(to - from + itemGrowth(batch, row)));
    return;
  }
  // A metric without points stays with its neighbours and is not counted.
  if (at32(items, row + 3) === 0) return;
  const metric = pointsOf(batch.bytes, from, to);
  cutter.enter(2, lengthOf(metric.rest));
  cutter.enter(3, lengthOf(metric.dataRest));
  for (const [start, end] of metric.points) cutter.add(end - start);
}

/** Bytes of a resource or scope that are not scopes or items. */
function frameOf(rows: Int32Array, row: number, children: Int32Array, first: number, last: number): number {
  let rest = at32(rows, row + 2) - at32(rows, row + 1);
  for (let child = first; child < last; child += 4) rest -= at32(children, child + 2) - at32(children, child);
  return rest;
}

function lengthOf(runs: readonly (readonly [number, number])[]): number {
  return runs.reduce((total, [from, to]) => total + to - from, 0);
}

/** A message with its tag and length. */
const sized = (body: number): number => 1 + varintSize(body) + body;

/** Fills parts one after the other. Levels: 0 resource, 1 scope, 2 metric, 3 the metric's data. */
class Cutter {
  readonly #batch: Batch;
  readonly #max: number;
  readonly #partOf: Int32Array;
  readonly #tooLarge: number[] = [];
  /** The size of the messages around the next item. */
  readonly #frames: number[] = [];
  /** Bodies of what is open in the current part; undefined where the next item has to open it anew. */
  readonly #bodies: (number | undefined)[] = [];
  #limit: number;
  #closed = 0;
  #unit = 0;
  #part = 0;
  #filled = false;

  constructor(batch: Batch, firstMax: number, max: number) {
    this.#batch = batch;
    this.#limit = Math.min(firstMax, max);
    this.#max = max;
    this.#partOf = new Int32Array(batch.itemCount);
  }

  enter(level: number, rest: number): void {
    this.#fold(level);
    this.#frames.length = level;
    this.#frames.push(rest);
  }

  add(bytes: number): void {
    if (this.#with(bytes) > this.#limit) {
      if (this.#alone(bytes) > this.#max) {
        this.#tooLarge.push(this.#unit++);
        return;
      }
      if (this.#filled) this.#next();
      this.#limit = this.#max;
    }
    this.#frames.forEach((rest, level) => (this.#bodies[level] ??= rest));
    const last = this.#frames.length - 1;
    this.#bodies[last] = (this.#bodies[last] ?? 0) + bytes;
    this.#filled = true;
    this.#partOf[this.#unit++] = this.#part;
  }

  finish(): ByteParts {
    const count = this.#part + 1;
    const extra = this.#tooLarge.length > 0 ? 1 : 0;
    for (const unit of this.#tooLarge) this.#partOf[unit] = count;
    const all = partition(this.#batch, this.#partOf, count + extra);
    return { parts: all.slice(0, count).filter((part) => part !== undefined), tooLarge: all[count] };
  }

  /** The size of the part when `bytes` join it. */
  #with(bytes: number): number {
    let body = bytes;
    for (let level = this.#frames.length - 1; level >= 0; level--) body = sized((this.#bodies[level] ?? this.#frames[level] ?? 0) + body);
    return this.#closed + body;
  }

  /** The size of a part with nothing else in it. */
  #alone(bytes: number): number {
    let body = bytes;
    for (let level = this.#frames.length - 1; level >= 0; level--) body = sized((this.#frames[level] ?? 0) + body);
    return body;
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
    this.#closed = 0;
    this.#part++;
    this.#filled = false;
  }
}
