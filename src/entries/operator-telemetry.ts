import type { MetricSpec } from '../component/telemetry.js';

/** For the `telemetry.ts` of every receiver that takes operators. */
export const operatorMetrics: Readonly<Record<'failed' | 'dropped', MetricSpec>> = {
  failed: {
    name: 'kanmon_operator_failed_entries',
    description: 'Log entries that an operator failed on; `on_error` decided about each.',
    unit: '{entry}',
    kind: 'counter',
    level: 'basic',
  },
  dropped: {
    name: 'kanmon_operator_dropped_entries',
    description: 'Log entries that an operator dropped: a filter, a router without a route, or `on_error`.',
    unit: '{entry}',
    kind: 'counter',
    level: 'basic',
  },
};
