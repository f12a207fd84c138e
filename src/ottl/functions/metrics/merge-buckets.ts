import { fieldOf } from '../../../otlp/fields.js';
import { HistogramPointView } from '../../../otlp/view/points.js';
import { at, pointTypes } from '../../contexts/batch-scene.js';
import { editor, type Editor } from '../../function.js';
import { StatementError } from '../../ottl-error.js';
import { any, literalString, optional } from '../../parameters.js';

const boundsField = fieldOf('HistogramDataPoint', 'explicit_bounds');
const countsField = fieldOf('HistogramDataPoint', 'bucket_counts');
const histogramType = pointTypes.indexOf('HistogramDataPoint');

/** Bounds that differ by less are the same. */
const tolerance = 1e-12;

interface Buckets {
  readonly bounds: readonly number[];
  readonly counts: readonly bigint[];
}

/** Puts the counts of buckets together: of both beside a bound, or of neighbours until there are few enough. */
export const mergeBuckets: Editor = editor(
  'merge_histogram_buckets',
  { target_value: any(), method: optional(literalString()) },
  ({ target_value, method = 'remove_explicit_bound' }) => {
    const merge = mergingOf(method, target_value.constant?.value);
    const view = new HistogramPointView();
    return (scene) => {
      const place = at(scene);
      if (place.pointType !== histogramType) return;
      view.fields.copy(place.fields('part'));
      const before = bucketsOf(view);
      if (before.counts.length !== before.bounds.length + 1 || before.counts.length === 1) return;
      const after = merge(before);
      if (after === undefined) return;
      const point = place.editor('part');
      point.setNumbers(boundsField, after.bounds);
      point.setNumbers(countsField, after.counts);
    };
  },
);

function mergingOf(method: string, target: unknown): (buckets: Buckets) => Buckets | undefined {
  if (typeof target !== 'number' && typeof target !== 'bigint')
    throw new StatementError('target_value must be a number in the statement itself');
  if (method === 'remove_explicit_bound') return (buckets) => withoutBound(buckets, Number(target));
  if (method !== 'limit_buckets')
    throw new StatementError(`unsupported method "${method}", expected "remove_explicit_bound" or "limit_buckets"`);
  const most = Number(target);
  if (!Number.isInteger(most) || most < 1)
    throw new StatementError(`target_value must be a positive integer when method is "limit_buckets", got ${target}`);
  return (buckets) => limited(buckets, most);
}

function withoutBound({ bounds, counts }: Buckets, bound: number): Buckets | undefined {
  const index = bounds.findIndex((candidate) => Math.abs(candidate - bound) < tolerance);
  if (index === -1) return undefined;
  const merged = (counts[index] ?? 0n) + (counts[index + 1] ?? 0n);
  return { bounds: bounds.toSpliced(index, 1), counts: counts.toSpliced(index, 2, merged) };
}

/** Merges pairs of neighbours until there are at most so many buckets. Bounds that do not rise are left alone. */
function limited(buckets: Buckets, most: number): Buckets | undefined {
  const { bounds } = buckets;
  if (buckets.counts.length <= most) return undefined;
  if (bounds.some((bound, index) => index > 0 && !(bound > (bounds[index - 1] ?? 0)))) return undefined;
  let { bounds: left, counts } = buckets;
  while (counts.length > most) {
    const all = counts;
    counts = all.filter((_, index) => index % 2 === 0).map((count, pair) => count + (all[pair * 2 + 1] ?? 0n));
    left = left.filter((_, index) => index % 2 === 1);
  }
  return { bounds: left, counts };
}

function bucketsOf(view: HistogramPointView): Buckets {
  const bounds: number[] = [];
  const counts: bigint[] = [];
  for (const bound = view.explicitBounds(); bound.next();) bounds.push(bound.value);
  for (const count = view.bucketCounts(); count.next();) counts.push(count.value.toBigInt());
  return { bounds, counts };
}
