import type { MeasuredFields } from '../otlp/build/point-fields.js';

/** Bits of what is there. */
const there = { sum: 1, min: 2, max: 4 } as const;

/** Bytes that sum and extremes take where they are stored. */
export const measuredBytes = 32;

/** Sum and extremes of a histogram's point of either kind. */
export abstract class Measured implements MeasuredFields {
  hasSum = false;
  sum = 0;
  hasMin = false;
  min = 0;
  hasMax = false;
  max = 0;

  protected readMeasured(point: MeasuredFields): void {
    this.hasSum = point.hasSum;
    this.sum = point.sum;
    this.hasMin = point.hasMin;
    this.min = point.min;
    this.hasMax = point.hasMax;
    this.max = point.max;
  }

  /** A field that one of the two does not have is not known of both. */
  protected addMeasured(other: MeasuredFields): void {
    this.hasSum &&= other.hasSum && !Number.isNaN(other.sum);
    this.sum += other.sum;
    this.hasMin &&= other.hasMin;
    this.min = Math.min(this.min, other.min);
    this.hasMax &&= other.hasMax;
    this.max = Math.max(this.max, other.max);
  }

  /** Extremes of the time between two points cannot be known. A sum that is no number stays what it is. */
  protected subtractMeasured(earlier: MeasuredFields): void {
    this.hasSum &&= earlier.hasSum;
    this.sum -= earlier.sum;
    this.dropExtremes();
  }

  dropExtremes(): void {
    this.hasMin = this.hasMax = false;
    this.min = this.max = 0;
  }

  protected storeMeasured(words: Uint32Array, floats: Float64Array, at: number): void {
    words[at >> 2] = (this.hasSum ? there.sum : 0) | (this.hasMin ? there.min : 0) | (this.hasMax ? there.max : 0);
    words[(at >> 2) + 1] = 0;
    floats[(at >> 3) + 1] = this.sum;
    floats[(at >> 3) + 2] = this.min;
    floats[(at >> 3) + 3] = this.max;
  }

  protected loadMeasured(words: Uint32Array, floats: Float64Array, at: number): void {
    const bits = words[at >> 2] ?? 0;
    this.hasSum = (bits & there.sum) !== 0;
    this.hasMin = (bits & there.min) !== 0;
    this.hasMax = (bits & there.max) !== 0;
    this.sum = floats[(at >> 3) + 1] ?? 0;
    this.min = floats[(at >> 3) + 2] ?? 0;
    this.max = floats[(at >> 3) + 3] ?? 0;
  }
}
