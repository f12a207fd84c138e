import type { Label } from './labels.js';
import type { NameRules } from './strategy.js';

/** How the labels of a series are put together from a resource, a scope and a point. */
export interface LabelRules {
  readonly names: NameRules;
  /**
   * Of attributes whose names become equal: `refuse` drops the point, `join` makes one value of theirs, in the order of
   * their keys, and lets labels of the resource and the scope replace those of the point.
   */
  readonly collisions: 'refuse' | 'join';
  /** Labels without a value are left out; to Prometheus the two are the same. */
  readonly dropEmpty: boolean;
  /** `all`: name, version and schema URL of the scope, empty or not; `set`: name and version where they are set. */
  readonly scope: 'all' | 'set' | 'none';
  /** Labels of every series. With `join` those of the point come first. */
  readonly fixed: readonly Label[];
  /** Whether an attribute of the resource becomes a label of its series. */
  readonly fromResource: (attribute: string) => boolean;
  /** `both`: `target_info` only for resources that have a job and an instance; `either`: for those with one of them. */
  readonly targetInfo: 'both' | 'either' | 'none';
}

/** Why a point has no series: it can't be named, or, for now, its owner has another type or no room. */
export type NoSeries = 'no_name' | 'invalid_label' | 'duplicate_label' | 'type_conflict' | 'series_limit';

/** Whether something is a refusal rather than a series. */
export function hasNoSeries<S extends object>(series: S | NoSeries): series is NoSeries {
  return typeof series === 'string';
}
