import type { Batch } from '../../otlp/batch.js';
import { ExponentialHistogramPointView } from '../../otlp/view/points.js';
import { pieceBytes, type InPieces } from '../../otlp/work.js';
import { hasNoSeries, type NoSeries } from '../../prometheus/label-rules.js';
import { leastScale } from '../../prometheus/native.js';
import { isTooLarge, writtenBytes } from '../../prometheus/point-bound.js';
import type { PointCursor } from '../../prometheus/point-cursor.js';
import { labelBytes, type LabelSet, type LabelSets, type SetMetric } from './label-set.js';

/** Why a point is not sent. */
export type NotSent = NoSeries | 'no_data' | 'delta_temporality' | 'no_temporality' | 'unsupported_scale' | 'too_large';

/** Bytes of one slot, unless a single point has more: what is written in one step. */
const mostSlotBytes = 512 * 1024;
const delta = 1;
const none = -1;

/** The set of `target_info`. */
const targetMetric: SetMetric = {
  isTarget: true,
  kind: 'gauge',
  metadataType: 'gauge',
  help: 'Target metadata',
  unit: '',
  sent: 'target_info',
};

/** A resource that is described once in a batch, at the time of its newest point. */
export interface PlannedTarget {
  readonly set: LabelSet;
  low: number;
  high: number;
}

let plans = 0;

/**
 * The slots of the points of a batch: each belongs to one, which is the set of labels that its series have, or to
 * none. Points of one set that are too many for one slot get several, in the order in which they were sent. Numbers
 * only: `i` is the number of a point in the batch.
 */
export class Plan {
  readonly batch: Batch;
  readonly slots: LabelSet[] = [];
  readonly targets: PlannedTarget[] = [];
  /** By slot: its first and its last point. */
  readonly first: number[] = [];
  readonly #last: number[] = [];
  /** By slot: the bytes of its series, roughly, and whether its set has a slot before it. */
  readonly bytes: number[] = [];
  readonly goesOn: boolean[] = [];
  /** By point: its slot, the next one of the same slot, and its bytes. */
  readonly slotOf: Int32Array;
  readonly next: Int32Array;
  readonly from: Int32Array;
  readonly to: Int32Array;
  /** Points that are not sent, by reason. */
  readonly notSent: Map<NotSent, number> = new Map();
  readonly #number: number = ++plans;
  readonly #mostSlotBytes: number;
  readonly #targetOf: Map<LabelSet, PlannedTarget> = new Map();

  /** @param mostRequestBytes - bytes that a slot has at most, unless a single point has more */
  constructor(batch: Batch, mostRequestBytes: number) {
    this.batch = batch;
    this.#mostSlotBytes = Math.min(mostSlotBytes, mostRequestBytes);
    const { itemCount } = batch;
    this.slotOf = new Int32Array(itemCount).fill(none);
    this.next = new Int32Array(itemCount).fill(none);
    this.from = new Int32Array(itemCount);
    this.to = new Int32Array(itemCount);
  }

  /** The series of the batch, as numbers. */
  streams(): Set<number> {
    const streams = new Set<number>();
    for (const { hash } of this.slots) streams.add(hash);
    for (const { set } of this.targets) streams.add(set.hash);
    return streams;
  }

  /** Adds a point at `[from, to)`, whose series take about `bytes`. */
  add(i: number, set: LabelSet, from: number, to: number, bytes: number): void {
    const known = set.plan === this.#number && this.slots[set.slot] === set;
    const sum = (known ? (this.bytes[set.slot] ?? 0) : labelBytes(set)) + bytes;
    if (!known || sum > this.#mostSlotBytes) {
      set.plan = this.#number;
      set.slot = this.slots.length;
      this.slots.push(set);
      this.first.push(i);
      this.#last.push(i);
      this.bytes.push(labelBytes(set) + bytes);
      this.goesOn.push(known);
    } else {
      this.bytes[set.slot] = sum;
      this.next[this.#last[set.slot] ?? 0] = i;
      this.#last[set.slot] = i;
    }
    this.slotOf[i] = set.slot;
    this.from[i] = from;
    this.to[i] = to;
  }

  leaveOut(reason: NotSent): void {
    this.notSent.set(reason, (this.notSent.get(reason) ?? 0) + 1);
  }

  /** A point of a resource that `set` tells of. */
  see(set: LabelSet, low: number, high: number): void {
    const known = this.#targetOf.get(set);
    if (!known) {
      const target = { set, low, high };
      this.#targetOf.set(set, target);
      this.targets.push(target);
    } else if (high > known.high || (high === known.high && low > known.low)) {
      known.low = low;
      known.high = high;
    }
  }
}

/** Called for each point that is not sent. */
export type NotSentListener = (reason: NotSent, metric: string) => void;

/**
 * Plans a batch, in pieces.
 *
 * @param targetName - of the series that tells of resources
 * @param mostRequestBytes - see `Plan`
 */
export function* planning(
  batch: Batch,
  cursor: PointCursor<LabelSet>,
  sets: LabelSets,
  targetName: string,
  mostRequestBytes: number,
  notSent: NotSentListener,
): InPieces<Plan> {
  const plan = new Plan(batch, mostRequestBytes);
  let piece = 0;
  let resource = none;
  let target: LabelSet | undefined;
  try {
    for (cursor.open(batch); cursor.next();) {
      const { point, metric } = cursor;
      const set = unfit(cursor) ?? fitting(cursor);
      if (typeof set === 'string') {
        plan.leaveOut(set);
        notSent(set, metric.sent);
      } else {
        plan.add(cursor.unit, set, point.start, point.end, writtenBytes(point, labelBytes(set)));
        const { id, info } = cursor.resource;
        if (id !== resource) {
          resource = id;
          target = info && sets.of(targetMetric, targetName, info);
        }
        const { low, high } = point.timeUnixNano;
        if (target) plan.see(target, low, high);
      }
      piece += point.end - point.start + 256;
      if (piece < pieceBytes) continue;
      piece = 0;
      yield;
    }
  } finally {
    cursor.close();
  }
  return plan;
}

/** The set of the present point, unless its series would be too large. */
function fitting(cursor: PointCursor<LabelSet>): LabelSet | NotSent {
  const set = cursor.series();
  return hasNoSeries(set) || !isTooLarge(cursor.point, labelBytes(set)) ? set : 'too_large';
}

function unfit({ metric, point }: PointCursor<LabelSet>): NotSent | undefined {
  if (metric.kind === 'empty') return 'no_data';
  if (metric.kind === 'gauge' || metric.kind === 'summary') return undefined;
  if (metric.temporality === delta) return 'delta_temporality';
  if (metric.temporality === 0) return 'no_temporality';
  return point instanceof ExponentialHistogramPointView && point.scale < leastScale ? 'unsupported_scale' : undefined;
}
