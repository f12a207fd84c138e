export type GateStage = 'Alpha' | 'Beta' | 'Stable' | 'Deprecated';

export interface Gate {
  readonly id: string;
  readonly stage: GateStage;
  readonly description: string;
  /** Collector versions, as shown by `featuregate`. */
  readonly from: string;
  readonly to?: string;
}

/**
 * The Collector's core gates, and those of its components that exist here. Gates of its internals are accepted
 * without effect, so that its command lines run unchanged.
 */
export const gates: readonly Gate[] = [
  {
    id: 'confmap.enableMergeAppendOption',
    stage: 'Alpha',
    description:
      'Combines lists of extensions, receivers and exporters when configurations are merged, instead of replacing ' +
      'them.',
    from: 'v0.120.0',
  },
  {
    id: 'connector.routing.defaultErrorModeIgnore',
    stage: 'Beta',
    description: 'Makes `ignore` the default of error_mode of routing, in place of `propagate`.',
    from: 'v0.157.0',
  },
  {
    id: 'connector.servicegraph.legacyLatencyMetricNames',
    stage: 'Alpha',
    description: 'Gives service_graph one metric of latencies, traces_service_graph_request_duration.',
    from: 'v0.80.0',
  },
  {
    id: 'connector.servicegraph.legacyLatencyUnitMs',
    stage: 'Alpha',
    description: 'Makes milliseconds the unit of the latencies of service_graph.',
    from: 'v0.89.0',
  },
  {
    id: 'connector.servicegraph.virtualNode',
    stage: 'Beta',
    description: 'Lets service_graph count edges to services without spans of their own.',
    from: 'v0.73.0',
  },
  {
    id: 'connector.spanmetrics.excludeResourceMetrics',
    stage: 'Alpha',
    description: 'Leaves the attributes of resources out of the metrics of span_metrics.',
    from: 'v0.136.0',
  },
  {
    id: 'connector.spanmetrics.includeCollectorInstanceID',
    stage: 'Beta',
    description: 'Adds the attribute collector.instance.id to the metrics of span_metrics.',
    from: 'v0.136.0',
  },
  {
    id: 'connector.spanmetrics.legacyMetricNames',
    stage: 'Alpha',
    description: 'Leaves the default namespace out of the names of the metrics of span_metrics.',
    from: 'v0.109.0',
  },
  {
    id: 'connector.spanmetrics.useSecondAsDefaultMetricsUnit',
    stage: 'Alpha',
    description: 'Makes seconds the unit of the durations of span_metrics that have none configured.',
    from: 'v0.113.0',
  },
  {
    id: 'exporter.prometheusremotewritexporter.RetryOn429',
    stage: 'Alpha',
    description: 'When enabled, prometheus_remote_write sends again what a backend refused with status 429.',
    from: 'v0.101.0',
  },
  {
    id: 'exporter.prometheusremotewritexporter.enableSendingRW2',
    stage: 'Alpha',
    description: 'When enabled, prometheus_remote_write can send version 2.0 of the protocol.',
    from: 'v0.116.0',
  },
  {
    id: 'extension.healthcheck.useComponentStatus',
    stage: 'Alpha',
    description: 'Changes nothing here: use_v2 of health_check needs no gate.',
    from: 'v0.142.0',
  },
  {
    id: 'filelog.allowFileDeletion',
    stage: 'Beta',
    description: 'Allows delete_after_read of file_log.',
    from: 'v0.76.0',
  },
  {
    id: 'filelog.allowHeaderMetadataParsing',
    stage: 'Beta',
    description: 'Allows header of file_log.',
    from: 'v0.78.0',
  },
  {
    id: 'filelog.mtimeSortType',
    stage: 'Alpha',
    description: 'Allows the sort_type mtime in ordering_criteria of file_log.',
    from: 'v0.93.0',
  },
  {
    id: 'filelog.protobufCheckpointEncoding',
    stage: 'Beta',
    description: 'Changes nothing here: offsets have a form of their own.',
    from: 'v0.148.0',
  },
  {
    id: 'parser.uri.ecscompliant',
    stage: 'Alpha',
    description: 'Names the parts of a URI after the semantic conventions in uri_parser: url.scheme, url.domain, ...',
    from: 'v0.103.0',
  },
  {
    id: 'pdata.useProtoPooling',
    stage: 'Alpha',
    description: 'Changes nothing here: batches are bytes and there is nothing to pool.',
    from: 'v0.133.0',
  },
  {
    id: 'pkg.exporterhelper.queueBatchEnabled',
    stage: 'Alpha',
    description: 'Changes nothing here: every queue can batch.',
    from: 'v0.146.0',
  },
  {
    id: 'processor.k8sattributes.DontEmitV0K8sConventions',
    stage: 'Beta',
    description:
      'Leaves the older names of k8s_attributes out: container.image.tag, k8s.pod.labels.KEY, ' +
      'k8s.pod.annotations.KEY, and those of nodes and namespaces.',
    from: 'v0.146.0',
  },
  {
    id: 'processor.k8sattributes.EmitV1K8sConventions',
    stage: 'Beta',
    description:
      'Names attributes of k8s_attributes after the semantic conventions: container.image.tags, k8s.pod.label.KEY, ' +
      'k8s.pod.annotation.KEY, and those of nodes and namespaces.',
    from: 'v0.146.0',
  },
  {
    id: 'processor.resourcedetection.consul.prefixMetaAttributes',
    stage: 'Alpha',
    description:
      'Puts consul.meta. before the attributes that resource_detection makes of the metadata of a Consul node.',
    from: 'v0.158.0',
  },
  {
    id: 'processor.resourcedetection.elasticbeanstalk.DontEmitV0DeploymentConventions',
    stage: 'Alpha',
    description: 'Leaves out deployment.environment and service.instance.id of the detector elastic_beanstalk.',
    from: 'v0.157.0',
  },
  {
    id: 'processor.resourcedetection.elasticbeanstalk.EmitV1DeploymentConventions',
    stage: 'Alpha',
    description: 'Sets deployment.environment.name and deployment.id by the detector elastic_beanstalk.',
    from: 'v0.157.0',
  },
  {
    id: 'receiver.hostmetrics.DontEmitV0SystemConventions',
    stage: 'Alpha',
    description: 'Leaves the older names out where the newer semantic conventions are followed by host_metrics.',
    from: 'v0.158.0',
  },
  {
    id: 'receiver.hostmetrics.EmitV1SystemConventions',
    stage: 'Alpha',
    description:
      'Lets host_metrics follow the newer semantic conventions: the scraper process, beside the older names.',
    from: 'v0.158.0',
  },
  {
    id: 'receiver.hostmetricsreceiver.UseLinuxMemAvailable',
    stage: 'Beta',
    description: 'Makes the memory that host_metrics reports as used what is not available to programs.',
    from: 'v0.137.0',
  },
  {
    id: 'receiver.kubeletstats.cpuUsageScrapeBased',
    stage: 'Beta',
    description: 'Makes the CPU usage of kubelet_stats the rate of CPU time between two scrapes.',
    from: 'v0.156.0',
  },
  {
    id: 'receiverhelper.newReceiverMetrics',
    stage: 'Alpha',
    description: 'Changes nothing here: failed and refused items are always counted apart.',
    from: 'v0.138.0',
  },
  {
    id: 'scraper.process.DontEmitV0SystemConventions',
    stage: 'Alpha',
    description: 'The same as receiver.hostmetrics.DontEmitV0SystemConventions.',
    from: 'v0.158.0',
  },
  {
    id: 'scraper.process.EmitV1SystemConventions',
    stage: 'Alpha',
    description: 'The same as receiver.hostmetrics.EmitV1SystemConventions.',
    from: 'v0.158.0',
  },
  {
    id: 'service.AllowNoPipelines',
    stage: 'Alpha',
    description: 'Allows to start with no pipelines, only extensions.',
    from: 'v0.122.0',
  },
  {
    id: 'service.partialReload',
    stage: 'Alpha',
    description: 'Changes nothing here: a reload replaces the whole service.',
    from: 'v0.153.0',
  },
  {
    id: 'service.partialReloadReceivers',
    stage: 'Beta',
    description: 'Changes nothing here: a reload replaces the whole service.',
    from: 'v0.156.0',
  },
  {
    id: 'service.profilesSupport',
    stage: 'Alpha',
    description: 'Controls whether profiles support can be enabled',
    from: 'v0.112.0',
  },
  {
    id: 'spanmetrics.statusCodeConvention.useOtelPrefix',
    stage: 'Alpha',
    description: 'Makes the status of spans the attribute otel.status_code of the metrics of span_metrics.',
    from: 'v0.132.0',
  },
  {
    id: 'telemetry.newPipelineTelemetry',
    stage: 'Alpha',
    description: 'Changes nothing here: the ledger counts what goes into and out of every component.',
    from: 'v0.123.0',
  },
  {
    id: 'transform.flatten.logs',
    stage: 'Alpha',
    description: 'Allows flatten_data of transform.',
    from: 'v0.103.0',
  },
];

/** Gates that the Collector has removed: what they turned on is always so. */
const gone: ReadonlySet<string> = new Set([
  'component.UseLocalHostAsDefaultHost',
  'confmap.strictlyTypedInput',
  'confmap.unifyEnvVarExpansion',
  'otelcol.printInitialConfig',
  'telemetry.disableHighCardinalityMetrics',
  'telemetry.useOtelForInternalMetrics',
  'telemetry.useOtelWithSDKConfigurationForInternalTelemetry',
]);

/** Applies `--feature-gates` values, in order. Throws the Collector's error for one that cannot be applied. */
export function readGates(values: readonly string[]): {
  readonly on: ReadonlySet<string>;
  readonly warnings: readonly string[];
} {
  const on = new Set(gates.filter(isOnByDefault).map((gate) => gate.id));
  const warnings: string[] = [];
  for (const value of values) {
    const fail = (message: string): never => {
      throw new Error(`invalid argument ${JSON.stringify(value)} for "--feature-gates" flag: ${message}`);
    };
    if (value === '') continue;
    for (const [i, part] of value.split(',').entries()) {
      const id = part.replace(/^[+-]/, '');
      const enable = !part.startsWith('-');
      if (id === '') fail(`empty feature gate identifier at index ${i}`);
      const gate = gates.find((candidate) => candidate.id === id);
      if (!gate && gone.has(id)) {
        warnings.push(`Feature gate ${JSON.stringify(id)} is gone and changes nothing; no longer set it.`);
        continue;
      }
      if (!gate)
        return fail(
          `no such feature gate ${JSON.stringify(id)}. valid gates: [${gates.map((known) => known.id).join(' ')}]`,
        );
      if (gate.stage === 'Stable') {
        if (!enable) fail(`feature gate ${JSON.stringify(id)} is stable, can not be disabled`);
        warnings.push(
          `Feature gate ${JSON.stringify(id)} is stable and already enabled. It will be removed; no longer set it.`,
        );
      } else if (gate.stage === 'Deprecated') {
        if (enable) fail(`feature gate ${JSON.stringify(id)} is deprecated, can not be enabled`);
      } else if (enable) on.add(id);
      else on.delete(id);
    }
  }
  return { on, warnings };
}

export function isOnByDefault(gate: Gate): boolean {
  return gate.stage === 'Beta' || gate.stage === 'Stable';
}
