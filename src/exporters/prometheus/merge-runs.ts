import type { BucketRun } from '../../prometheus/exposed.js';
import { leastScale } from '../../prometheus/native.js';

/** Buckets of a sum, unless one of its parts has more. */
const mostBuckets = 1024;

interface Runs {
  readonly scale: number;
  readonly positive: BucketRun;
  readonly negative: BucketRun;
}

/**
 * The sum of two histograms, at the coarser of their scales, and coarser still where their buckets lie so far apart
 * that it would take more than `mostBuckets`; undefined when no scale is coarse enough.
 */
export function mergeRuns(a: Runs, b: Runs): Runs | undefined {
  const most = Math.max(
    mostBuckets,
    ...[a.positive, a.negative, b.positive, b.negative].map(({ counts }) => counts.length),
  );
  for (let scale = Math.min(a.scale, b.scale); scale >= leastScale; scale--) {
    const positive = mergedAt(scale, a, b, 'positive', most);
    const negative = mergedAt(scale, a, b, 'negative', most);
    if (positive && negative) return { scale, positive, negative };
  }
  return undefined;
}

function mergedAt(scale: number, a: Runs, b: Runs, side: 'positive' | 'negative', most: number): BucketRun | undefined {
  const parts = [a, b]
    .filter((one) => one[side].counts.length > 0)
    .map((one) => ({ ...one[side], shift: Math.min(31, one.scale - scale) }));
  if (parts.length === 0) return { offset: 0, counts: new Float64Array(0) };
  const first = Math.min(...parts.map(({ offset, shift }) => offset >> shift));
  const last = Math.max(...parts.map(({ offset, counts, shift }) => (offset + counts.length - 1) >> shift));
  if (last - first + 1 > most) return undefined;
  const sum = new Float64Array(last - first + 1);
  for (const { offset, counts, shift } of parts)
    counts.forEach((count, i) => {
      const at = ((offset + i) >> shift) - first;
      sum[at] = (sum[at] ?? 0) + count;
    });
  return { offset: first, counts: sum };
}
