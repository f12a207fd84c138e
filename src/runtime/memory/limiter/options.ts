import { duration, group, int, type Schema } from '../../../component/schema/schema.js';

/**
 * How much memory the process may use before data is refused (docs/spec/core.md#memory-limiter). Times in milliseconds.
 */
export interface MemoryLimits {
  readonly check_interval: number;
  readonly limit_mib: number;
  readonly spike_limit_mib: number;
  readonly limit_percentage: number;
  readonly spike_limit_percentage: number;
  readonly min_gc_interval_when_soft_limited: number;
  readonly min_gc_interval_when_hard_limited: number;
  readonly max_gc_interval_when_soft_limited: number;
  readonly max_gc_interval_when_hard_limited: number;
}

const unsigned = (value: number): string | undefined =>
  value < 0 ? `cannot parse value as 'uint': ${value} overflows uint` : undefined;

export const memoryLimits: Schema<MemoryLimits> = group<MemoryLimits>(
  {
    check_interval: duration('0s', { about: 'How often the memory is measured; must be set, 1s is a good value.' }),
    limit_mib: int(0, { about: 'The hard limit; wins over limit_percentage.', unit: 'MiB' }, unsigned),
    spike_limit_mib: int(
      0,
      {
        about: 'Memory added between two checks: the soft limit is the hard one less this; 0 means a fifth of it.',
        unit: 'MiB',
      },
      unsigned,
    ),
    limit_percentage: int(
      0,
      { about: 'The hard limit as a share of the memory that the container or machine has.', unit: '%' },
      unsigned,
    ),
    spike_limit_percentage: int(0, { about: 'The same for spike_limit_mib.', unit: '%' }, unsigned),
    min_gc_interval_when_soft_limited: duration('10s', {
      about: 'Garbage is not collected on purpose more often than this above the soft limit.',
    }),
    min_gc_interval_when_hard_limited: duration('0s', { about: 'The same above the hard limit.' }),
    max_gc_interval_when_soft_limited: duration('30s', {
      about: 'How far that interval may grow while collecting does not help; 0 keeps it.',
    }),
    max_gc_interval_when_hard_limited: duration('30s', { about: 'The same above the hard limit.' }),
  },
  (value, report) => {
    const fault = faultIn(value);
    if (fault !== undefined) report(fault);
  },
);

/** The first fault, in the Collector's order. */
function faultIn(value: MemoryLimits): string | undefined {
  if (value.check_interval <= 0) return "'check_interval' must be greater than zero";
  if (value.limit_mib === 0 && value.limit_percentage === 0)
    return "'limit_mib' or 'limit_percentage' must be greater than zero";
  if (value.limit_percentage > 100 || value.spike_limit_percentage > 100) {
    const both = "'limit_percentage' and 'spike_limit_percentage'";
    return `${both} must be greater than zero and less than or equal to hundred`;
  }
  if (value.limit_mib > 0 && value.limit_mib <= value.spike_limit_mib)
    return "'spike_limit_mib' must be smaller than 'limit_mib'";
  if (value.limit_percentage > 0 && value.limit_percentage <= value.spike_limit_percentage)
    return "'spike_limit_percentage' must be smaller than 'limit_percentage'";
  const { min_gc_interval_when_soft_limited: minSoft, min_gc_interval_when_hard_limited: minHard } = value;
  const { max_gc_interval_when_soft_limited: maxSoft, max_gc_interval_when_hard_limited: maxHard } = value;
  if (minSoft < minHard)
    return "'min_gc_interval_when_soft_limited' should be larger than 'min_gc_interval_when_hard_limited'";
  const below = (which: string): string =>
    `'max_gc_interval_when_${which}_limited' must be greater than or equal to ` +
    `'min_gc_interval_when_${which}_limited' (or 0 to disable)`;
  if (maxSoft !== 0 && maxSoft < minSoft) return below('soft');
  if (maxHard !== 0 && maxHard < minHard) return below('hard');
  if (maxSoft !== 0 && maxHard !== 0 && maxSoft < maxHard)
    return "'max_gc_interval_when_soft_limited' should be larger than 'max_gc_interval_when_hard_limited'";
  return undefined;
}
