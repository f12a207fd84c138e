import {
  choice,
  duration,
  flag,
  group,
  list,
  section,
  text,
  type Report,
  type Schema,
} from '../../component/schema/schema.js';
import { inUse } from '../../component/schema/in-use.js';
import { scrapeShape, type ScrapeConfig } from '../../intake/scrape/config.js';
import { metricSwitches, type MetricSwitches } from '../../intake/scrape/metric-table.js';
import { apiShape, type ApiConfig } from '../../kubernetes/access/options.js';
import { checkTls, tlsShape, type TlsConfig } from '../../net/options/tls-client.js';
import { metricTables } from './metrics/tables.js';
import { resourceSwitches, type ResourceSwitches } from './metrics/resource.js';

/** The groups that metrics come in. */
const metricGroups = ['container', 'pod', 'node', 'volume'] as const;
export type MetricGroup = (typeof metricGroups)[number];

/** The attributes that `/pods` of the kubelet adds to resources. */
const extraLabels = ['container.id', 'k8s.volume.type'] as const;
export type ExtraLabel = (typeof extraLabels)[number];

/** Options of the receiver (docs/spec/agent.md#kubernetes-receivers). Times in milliseconds. */
export interface Config extends ScrapeConfig, TlsConfig {
  readonly auth_type: 'tls' | 'serviceAccount' | 'kubeConfig' | 'none';
  readonly context: string;
  readonly kube_config_path: string;
  readonly endpoint: string;
  readonly dialer: { readonly timeout: number };
  readonly insecure_skip_verify: boolean;
  readonly extra_metadata_labels: readonly ExtraLabel[];
  readonly metric_groups: readonly MetricGroup[];
  readonly k8s_api_config: ApiConfig | undefined;
  readonly node: string;
  readonly collect_all_network_interfaces: { readonly pod: boolean; readonly node: boolean };
  readonly metrics: MetricSwitches;
  readonly resource_attributes: ResourceSwitches;
}

const options: Schema<Config> = group<Config>(
  {
    ...scrapeShape('10s'),
    auth_type: choice(
      ['tls', 'serviceAccount', 'kubeConfig', 'none'],
      'tls',
      {
        about:
          '`serviceAccount`: the token of the pod; `tls`: a client certificate; `kubeConfig`: through the API ' +
          'server; `none`: the read-only port.',
      },
      (value) => `invalid authType for kubernetes: ${value}`,
    ),
    context: text('', { about: 'For `kubeConfig`; by default the current one.' }),
    kube_config_path: text('', { about: 'For `kubeConfig`; by default `KUBECONFIG`, or ~/.kube/config.' }),
    endpoint: text('', {
      about:
        '`host:port` or URL of the kubelet; for `kubeConfig` the name of the node. By default the own host name, ' +
        'with port 10250, or 10255 for `none`.',
    }),
    dialer: group<Config['dialer']>({
      timeout: duration('0s', { about: 'For a connection; 0: 20 s.' }, (ms) =>
        ms < 0 ? 'must not be negative' : undefined,
      ),
    }),
    ...tlsShape,
    insecure_skip_verify: flag(false, { about: 'Accept any certificate of the kubelet.' }),
    extra_metadata_labels: list(
      choice(extraLabels, 'container.id', undefined, (value) => `label ${JSON.stringify(value)} is not supported`),
      [],
      { about: 'Attributes that need `/pods` of the kubelet: `container.id`, `k8s.volume.type`.' },
      (labels, report) => {
        for (const [i, label] of labels.entries())
          if (labels.indexOf(label) < i) report(`duplicate metadata label: ${JSON.stringify(label)}`, [i]);
      },
    ),
    metric_groups: list(
      choice(metricGroups, 'container', undefined, () => 'invalid entry in metric_groups'),
      ['container', 'pod', 'node'],
      { about: 'Objects whose metrics are sent: `container`, `pod`, `node`, `volume`.' },
    ),
    k8s_api_config: section(
      group<ApiConfig>(apiShape),
      { absent: 'off', switchless: true },
      { about: 'Read claims and volumes, and the capacity of the node, from the API server.' },
    ),
    node: text('', { about: 'The name of the node, for the metrics that compare with its capacity.' }),
    collect_all_network_interfaces: group<Config['collect_all_network_interfaces']>({
      pod: flag(false, { about: 'All interfaces of pods, in place of the one of the default route.' }),
      node: flag(false, { about: 'The same for the node.' }),
    }),
    metrics: metricSwitches(Object.values(metricTables).flat()),
    resource_attributes: resourceSwitches,
  },
  check,
);

/** Metrics that compare with the capacity of the node. */
export const capacityMetrics = [
  'k8s.container.cpu.node.utilization',
  'k8s.pod.cpu.node.utilization',
  'k8s.container.memory.node.utilization',
  'k8s.pod.memory.node.utilization',
] as const;

export function capacityMetricOf({ metrics }: Pick<Config, 'metrics'>): string | undefined {
  return capacityMetrics.find((name) => metrics[name]?.enabled === true);
}

function check(config: Config, report: Report): void {
  checkTls(config, report);
  const metric = capacityMetricOf(config);
  if (metric !== undefined && config.node === '')
    report(
      `for ${metric} node setting is required. Check the readme on how to set the required setting`,
      ['node'],
      undefined,
      'Write `node: ${env:K8S_NODE_NAME}`, a variable that the pod has from `fieldRef: {fieldPath: spec.nodeName}`.',
    );
}

export const config: Schema<Config> = inUse(options, (value, { report, warn }) => {
  const { auth_type, cert_file, cert_pem, k8s_api_config, metrics } = value;
  if (auth_type === 'tls' && cert_file === '' && cert_pem === '')
    report(
      'auth_type tls needs cert_file and key_file',
      ['auth_type'],
      undefined,
      'Give both, or write `auth_type: serviceAccount`.',
    );
  const metric = capacityMetricOf({ metrics });
  if (metric !== undefined && !k8s_api_config)
    warn('A metric that needs the capacity of the node will not be there: k8s_api_config is missing', { metric });
});
