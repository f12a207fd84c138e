import type { TelemetrySpec } from '../../component/define.js';
import type { MetricSpec } from '../../component/telemetry.js';

const collector = (end: string, description: string): MetricSpec => ({
  name: `otelcol_connector_servicegraph_${end}`,
  description: `${description} [Development]`,
  unit: '1',
  kind: 'counter',
  level: 'normal',
});
const gauge = (end: string, description: string, unit: string): MetricSpec => ({
  name: `kanmon_service_graph_${end}`,
  description,
  unit,
  kind: 'gauge',
  level: 'normal',
});

/** docs/spec/gateway.md#service-graph; those that begin with `kanmon_` are Kanmon's own. */
export const metrics: Readonly<
  Record<'droppedSpans' | 'totalEdges' | 'expiredEdges' | 'pendingEdges' | 'series' | 'bytes', MetricSpec>
> = {
  droppedSpans: collector('dropped_spans', 'Number of spans dropped when trying to add edges'),
  totalEdges: collector('total_edges', 'Total number of unique edges'),
  expiredEdges: collector('expired_edges', 'Number of edges that expired before finding its matching span'),
  pendingEdges: gauge('pending_edges', 'Edges of which one half waits for the other.', '{edges}'),
  series: gauge('series', 'Series that are sent at each flush.', '{series}'),
  bytes: gauge('bytes', 'Memory of edges and series, of at most `max_bytes`.', 'By'),
};

export const telemetry: TelemetrySpec = {
  metrics: Object.values(metrics),
  reasons: {
    no_service_name: 'The resource has no `service.name`, or an empty one.',
    unpaired: 'The other half of the edge did not come within `store::ttl`, and no virtual node stands for it.',
    store_full: 'As many edges wait as `store::max_items` or `max_bytes` allows.',
    retries_exhausted: 'The next component has refused the metrics for five minutes.',
    shutdown: 'The service ended before the next component accepted the metrics.',
  },
};
