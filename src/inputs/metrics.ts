import type { MetricSpec } from '../component/telemetry.js';

/** Own metrics of receivers that listen for records; those of TCP have the Collector's names. */
export const inputMetrics: Readonly<
  Record<'activeConnections' | 'refusedConnections' | 'cutRecords' | 'droppedPackets', MetricSpec>
> = {
  activeConnections: {
    name: 'otelcol_tcp_input_active_connections',
    description: 'Number of active TCP connections.',
    unit: '1',
    kind: 'updown',
    level: 'basic',
  },
  refusedConnections: {
    name: 'otelcol_tcp_input_refused_connections',
    description: 'Number of TCP connections refused because the max_connections limit was reached.',
    unit: '1',
    kind: 'counter',
    level: 'basic',
  },
  cutRecords: {
    name: 'kanmon_input_cut_records',
    description:
      'Records that were cut: there was no memory for a longer one, or a connection that is one record was longer ' +
      'than `max_log_size`.',
    unit: '{record}',
    kind: 'counter',
    level: 'basic',
  },
  droppedPackets: {
    name: 'kanmon_input_dropped_packets',
    description: 'Datagrams that were dropped: as many as may wait were waiting, or a fault ended the taking of one.',
    unit: '{packet}',
    kind: 'counter',
    level: 'basic',
  },
};
