import { temporalities } from '../../aggregation/point-conversion.js';
import { PointScan } from '../../otlp/keys/point-scan.js';
import type { MetricView } from '../../otlp/view/metric.js';
import type { Word64 } from '../../otlp/view/word64.js';

/** How the points of a metric follow each other. `momentary`: each has a value of its own moment. */
export type Sequence = 'momentary' | 'cumulative' | 'delta';

const float = new Float64Array(1);
const halves = new Uint32Array(float.buffer);

/** The fields of a point that the rule of one writer needs. Made once and read again for each point. */
export class Point extends PointScan {
  sequence: Sequence = 'momentary';
  /** The value never falls while the start time stays. */
  rises = false;

  enter(metric: MetricView): void {
    const temporality = metric.aggregationTemporality;
    const { type } = metric;
    this.enterMetric(type);
    if (type === 'summary' || temporality === temporalities.cumulative) this.sequence = 'cumulative';
    else this.sequence = temporality === temporalities.delta ? 'delta' : 'momentary';
    this.rises = this.sequence === 'cumulative' && (type !== 'sum' || metric.isMonotonic);
  }

  /** The value as a number, for comparisons of size. */
  get number(): number {
    return valueNumber(this.value, this.isDouble);
  }
}

/** The number that 64 bits stand for. */
export function valueNumber(value: Word64, isDouble: boolean): number {
  if (!isDouble) return value.toSigned();
  halves[0] = value.low;
  halves[1] = value.high;
  return float[0] ?? 0;
}

/** A signed number of 32 bits that differs for most values. */
export function hashOf({ low, high }: Word64): number {
  return hashOfWords(low, high);
}

/** The same of the halves of a number, signed or not. */
export function hashOfWords(low: number, high: number): number {
  return low ^ Math.imul(high, 0x9e3779b1) ^ (low >>> 15);
}

/** Whether an unsigned 64-bit number is less than another one; the halves may be signed. */
export function isLess64(low: number, high: number, thanLow: number, thanHigh: number): boolean {
  return high === thanHigh ? low >>> 0 < thanLow >>> 0 : high >>> 0 < thanHigh >>> 0;
}
