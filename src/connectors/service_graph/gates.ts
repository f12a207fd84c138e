const gate = {
  virtualNode: 'connector.servicegraph.virtualNode',
  legacyNames: 'connector.servicegraph.legacyLatencyMetricNames',
  legacyUnit: 'connector.servicegraph.legacyLatencyUnitMs',
} as const;

/** The settings that the Collector's gates of this connector change. */
export interface Gated {
  readonly virtualNodes: boolean;
  /** The metrics of latencies; the legacy names have none of the client. */
  readonly serverLatency: string;
  readonly clientLatency: string | undefined;
  readonly unit: 's' | 'ms';
  readonly nanosPerUnit: number;
}

export function gatedBy(gates: ReadonlySet<string>): Gated {
  const isLegacy = gates.has(gate.legacyNames);
  const inMs = gates.has(gate.legacyUnit);
  return {
    virtualNodes: gates.has(gate.virtualNode),
    serverLatency: `traces_service_graph_request_${isLegacy ? 'duration' : 'server'}`,
    clientLatency: isLegacy ? undefined : 'traces_service_graph_request_client',
    unit: inMs ? 'ms' : 's',
    nanosPerUnit: inMs ? 1e6 : 1e9,
  };
}
