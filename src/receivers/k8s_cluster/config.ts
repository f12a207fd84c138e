import { inUse } from '../../component/schema/in-use.js';
import { choice, duration, extensionId, group, list, text, type Schema } from '../../component/schema/schema.js';
import { metricSwitches, type MetricSwitches } from '../../intake/scrape/metric-table.js';
import { apiShape, warnOfApiLimits, type ApiConfig } from '../../kubernetes/access/options.js';
import { clusterKinds } from './kinds/all.js';
import { attributeSwitches, type ClusterAttributeSwitches } from './resource-attributes.js';

/** Options of the receiver (docs/spec/agent.md#kubernetes-receivers). Times in milliseconds. */
export interface Config extends ApiConfig {
  readonly collection_interval: number;
  readonly initial_delay: number;
  readonly node_conditions_to_report: readonly string[];
  readonly allocatable_types_to_report: readonly string[];
  readonly distribution: 'kubernetes' | 'openshift';
  readonly namespaces: readonly string[];
  readonly namespace: string;
  readonly metadata_exporters: readonly string[];
  readonly metadata_collection_interval: number;
  readonly k8s_leader_elector: string;
  readonly metrics: MetricSwitches;
  readonly resource_attributes: ClusterAttributeSwitches;
}

export const config: Schema<Config> = inUse(
  group<Config>({
    ...apiShape,
    collection_interval: duration('10s', { about: 'Time between the beginnings of two collections.' }, (ms) =>
      ms > 0 ? undefined : '"collection_interval": requires positive value',
    ),
    initial_delay: duration('1s', {
      about: 'Time before the first collection, in which objects are read; 0 and below: none.',
    }),
    node_conditions_to_report: list(text(), ['Ready'], {
      about: 'Conditions of nodes that become metrics `k8s.node.condition_NAME`.',
    }),
    allocatable_types_to_report: list(text(), [], {
      about:
        'Resources of nodes (`cpu`, `memory`, `ephemeral-storage`, `storage`, `pods` and others) that become ' +
        'metrics `k8s.node.allocatable_NAME`.',
    }),
    distribution: choice(
      ['kubernetes', 'openshift'],
      'kubernetes',
      { about: '`openshift` adds the metrics of its quotas.' },
      (value) => `${JSON.stringify(value)} is not a supported distribution. Must be one of: "openshift", "kubernetes"`,
    ),
    namespaces: list(text(), [], {
      about: 'Only objects of these; none: all. Nodes, namespaces and quotas of the cluster are then left out.',
    }),
    namespace: text('', { about: 'The older form of `namespaces`, for one.' }),
    metadata_exporters: list(text(), [], { about: 'Not supported: no exporter takes metadata.' }),
    metadata_collection_interval: duration(
      '5m',
      { about: 'In a pipeline of logs: how often the state of all objects is sent; 0: only that of changed ones.' },
      (ms) => (ms < 0 ? 'must not be negative' : undefined),
    ),
    k8s_leader_elector: extensionId(
      'leader_election',
      { about: 'Extension that chooses the one replica which reports.' },
      true,
    ),
    metrics: metricSwitches(clusterKinds.flatMap(({ metrics }) => metrics)),
    resource_attributes: attributeSwitches,
  }),
  (value, { report, warn }) => {
    warnOfApiLimits(value, warn);
    if (value.metadata_exporters.length > 0)
      report(
        'metadata_exporters is not supported: no exporter takes metadata',
        ['metadata_exporters'],
        undefined,
        'Remove it, and name the receiver in a pipeline of logs, which gets the metadata as entity events.',
      );
    if (value.namespace !== '' && value.namespaces.length > 0)
      report(
        'only one of `namespace` and `namespaces` can be set',
        ['namespace'],
        undefined,
        'Keep `namespaces`, which takes several.',
      );
  },
);
