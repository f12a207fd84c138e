import { ofPoints } from '../paths/field-choice.js';
import { countsIn, intIn } from '../paths/inner.js';
import { attributesPath } from '../paths/maps.js';
import { messageOf, messagesOf } from '../paths/messages.js';
import { countsPath, floatsPath } from '../paths/number-lists.js';
import { doublePath, intPath } from '../paths/numbers.js';
import { timePath } from '../paths/times.js';
import type { PathStep, PathTable } from '../path-table.js';

/** Paths of all types of points. One of another type reads as nil, and cannot be assigned to. */
export const dataPointPaths: PathTable = {
  attributes: attributesPath,
  start_time_unix_nano: intPath(ofPoints('start_time_unix_nano')),
  time_unix_nano: intPath(ofPoints('time_unix_nano')),
  start_time: timePath(ofPoints('start_time_unix_nano')),
  time: timePath(ofPoints('time_unix_nano')),
  value_double: doublePath(ofPoints('as_double')),
  value_int: intPath(ofPoints('as_int')),
  exemplars: messagesOf(ofPoints('exemplars'), 'pmetric.ExemplarSlice'),
  flags: intPath(ofPoints('flags')),
  count: intPath(ofPoints('count')),
  sum: doublePath(ofPoints('sum')),
  bucket_counts: countsPath(ofPoints('bucket_counts')),
  explicit_bounds: floatsPath(ofPoints('explicit_bounds')),
  scale: intPath(ofPoints('scale')),
  zero_count: intPath(ofPoints('zero_count')),
  positive: buckets('positive'),
  negative: buckets('negative'),
  quantile_values: messagesOf(ofPoints('quantile_values'), 'pmetric.SummaryDataPointValueAtQuantileSlice'),
};

function buckets(name: 'positive' | 'negative'): PathStep {
  const field = ofPoints(name);
  return messageOf(field, 'pmetric.ExponentialHistogramDataPointBuckets', {
    offset: intIn(field, 'Buckets', 'offset'),
    bucket_counts: countsIn(field, 'Buckets', 'bucket_counts'),
  });
}
