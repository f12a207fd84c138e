import { boundsIn, ExplicitHistograms } from '../../aggregation/explicit-histograms.js';
import { ExponentialHistograms, exponentialSize } from '../../aggregation/exponential-histograms.js';
import type { MemoryBound } from '../../aggregation/memory-bound.js';
import type { Config } from './config.js';
import type { Histograms } from './edge-series.js';
import type { Gated } from './gates.js';

const defaultBoundsMs = [2, 4, 6, 8, 10, 50, 100, 200, 400, 800, 1000, 1400, 2000, 5000, 10_000, 15_000];

/** The histograms of one side, as they are configured, of values in the unit of the latencies. */
export function histogramsOf(
  config: Pick<Config, 'latency_histogram_buckets' | 'exponential_histogram_max_size'>,
  bound: MemoryBound,
  { unit }: Pick<Gated, 'unit'>,
): Histograms {
  const size = config.exponential_histogram_max_size;
  if (size > 0) return new ExponentialHistograms(exponentialSize(size), bound);
  const given = config.latency_histogram_buckets;
  const bounds = given.length > 0 ? given : defaultBoundsMs;
  return new ExplicitHistograms(unit === 's' ? boundsIn(bounds, 1e9) : bounds.map((ms) => Math.trunc(ms)));
}
