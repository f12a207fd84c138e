import type { TelemetrySpec } from '../../component/define.js';
import type { MetricSpec } from '../../component/telemetry.js';
import { deliveryMetrics, deliveryReasons } from '../../delivery/metrics.js';

export const metrics: Readonly<Record<'active' | 'failed', MetricSpec>> = {
  active: {
    name: 'otelcol_connector_failover_active_level',
    description: 'The level that takes the data, counted from 0; -1 while all levels are down',
    unit: '{level}',
    kind: 'gauge',
    level: 'normal',
    // Of several workers, each of which finds out for itself.
    merge: 'max',
  },
  failed: {
    name: 'otelcol_connector_failover_count',
    description: 'Number of times the connector failed from the respective level',
    unit: '{times}',
    kind: 'counter',
    level: 'normal',
  },
};

/** The delivery chain is there with a `sending_queue` only. */
export const telemetry: TelemetrySpec = {
  metrics: [...Object.values(metrics), ...deliveryMetrics],
  reasons: {
    ...deliveryReasons,
    levels_down: 'All levels are down, and it is not yet time to try them again.',
    backend_refused: 'The backends of all levels have refused the data for good.',
  },
};
