import type { TelemetrySpec } from '../../component/define.js';
import { deliveryMetrics, deliveryReasons } from '../../delivery/metrics.js';
import { rpcClientDuration } from '../../net/grpc/watch-calls.js';
import type { MetricSpec } from '../../component/telemetry.js';

const metric = (name: string, description: string, unit: string, kind: MetricSpec['kind']): MetricSpec => ({
  name: `otelcol_loadbalancer_${name}`,
  description: `${description} [Development]`,
  unit,
  kind,
  level: 'basic',
});

export const resolutions: MetricSpec = metric(
  'num_resolutions',
  'Number of times the resolver has triggered new resolutions.',
  '{resolutions}',
  'counter',
);
export const backends: MetricSpec = {
  ...metric('num_backends', 'Current number of backends in use.', '{backends}', 'gauge'),
  merge: 'max',
};
export const backendUpdates: MetricSpec = metric(
  'num_backend_updates',
  'Number of times the list of backends was updated.',
  '{updates}',
  'counter',
);
export const backendOutcome: MetricSpec = metric(
  'backend_outcome',
  'Number of successes and failures for each endpoint.',
  '{outcomes}',
  'counter',
);
export const backendLatency: MetricSpec = {
  ...metric('backend_latency', 'Response latency in ms for the backends.', 'ms', 'histogram'),
  boundaries: [5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000],
};

export const listAge: MetricSpec = {
  name: 'kanmon_load_balancing_list_age',
  description: 'How long ago the resolver last confirmed the list of backends.',
  unit: 's',
  kind: 'gauge',
  level: 'basic',
  merge: 'max',
};

export const telemetry: TelemetrySpec = {
  metrics: [
    ...deliveryMetrics,
    rpcClientDuration,
    resolutions,
    backends,
    backendUpdates,
    backendOutcome,
    backendLatency,
    listAge,
  ],
  reasons: {
    ...deliveryReasons,
    no_backend: 'The resolver has not found any backend yet.',
    no_route: 'Metrics without a service.name cannot be routed by service.',
    backend_refused: 'A backend answered with a status that says not to send again.',
    deadline_exceeded: 'A backend did not answer within the time that was left.',
  },
};
