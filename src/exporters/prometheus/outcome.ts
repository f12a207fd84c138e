import type { NoSeries } from '../../prometheus/label-rules.js';

/** Why a point is not on the page. */
export type NotShown =
  | NoSeries
  | 'no_data'
  | 'delta_not_monotonic'
  | 'no_temporality'
  | 'out_of_order'
  | 'expired'
  | 'overlapping_delta'
  | 'too_large'
  | 'unsupported_scale'
  | 'invalid_histogram';

/** The outcome of a point. */
export type PointOutcome = 'stored' | NotShown;
