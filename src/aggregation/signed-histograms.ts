import type { MetricBuilder } from '../otlp/build/metrics.js';
import { ExponentialHistograms } from './exponential-histograms.js';
import type { MemoryBound } from './memory-bound.js';

/** Exponential histograms for values of either sign, one for each row of a table. */
export class SignedHistograms {
  readonly #positives: ExponentialHistograms;
  /** Magnitudes of the values below 0. */
  readonly #negatives: ExponentialHistograms;

  /** @param size - buckets of a sign, at most; at least 2 */
  constructor(size: number, bound: MemoryBound) {
    this.#positives = new ExponentialHistograms(size, bound);
    this.#negatives = new ExponentialHistograms(size, bound);
  }

  /** Makes the histogram of a new row an empty one. */
  begin(row: number): void {
    this.#positives.begin(row);
    this.#negatives.begin(row);
  }

  /** Empties the histogram of a row and gives back its buckets. */
  clear(row: number): void {
    this.#positives.clear(row);
    this.#negatives.clear(row);
  }

  /** Counts `value`, which is finite, `times` times, at least once. */
  observe(row: number, value: number, times: number): void {
    if (value < 0) this.#negatives.observe(row, -value, times);
    else this.#positives.observe(row, value, times);
  }

  /** Writes everything of the open point of an exponential histogram but its times and attributes. */
  write(row: number, to: MetricBuilder): void {
    if (this.#negatives.countOf(row) === 0) this.#positives.write(row, to);
    else this.#positives.writeSigned(row, this.#negatives, to);
  }
}
