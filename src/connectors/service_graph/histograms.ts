import { ExplicitHistograms } from '../../aggregation/explicit-histograms.js';
import { ExponentialHistograms, exponentialSize } from '../../aggregation/exponential-histograms.js';
import type { MemoryBound } from '../../aggregation/memory-bound.js';
import type { Config } from './config.js';
import type { Histograms } from './edge-series.js';

/** Seconds. */
const defaultBounds = [0.002, 0.004, 0.006, 0.008, 0.01, 0.05, 0.1, 0.2, 0.4, 0.8, 1, 1.4, 2, 5, 10, 15];

/** The histograms of one side, as they are configured. */
export function histogramsOf(
  config: Pick<Config, 'latency_histogram_buckets' | 'exponential_histogram_max_size'>,
  bound: MemoryBound,
): Histograms {
  const size = config.exponential_histogram_max_size;
  if (size > 0) return new ExponentialHistograms(exponentialSize(size), bound);
  const given = config.latency_histogram_buckets.map((ms) => ms / 1000);
  return new ExplicitHistograms(given.length > 0 ? given : defaultBounds);
}
