import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import Ajv from 'ajv';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { closeMs, overrunMs } from '../../src/workers/run.js';
import { schemaFaults } from '../support/api-kinds.js';
import { ChartRenderer } from '../support/chart/chart-renderer.js';
import { configOf, ofKind, rightsOf, workloadsOf } from '../support/chart/objects.js';
import { isMap, type TemplateMap } from '../support/chart/template-functions.js';
import { valueSets } from '../support/chart/value-sets.js';
import { CommandProcess } from '../support/command-lines.js';
import { linted } from '../support/lint.js';
import { testWith } from '../support/peers.js';

const root = path.resolve(import.meta.dirname, '../..');
const folder = path.join(root, 'deploy/kubernetes');
const chart = path.join(folder, 'chart');
const collectorChart = path.join(import.meta.dirname, 'collector-chart-values.yaml');
const renderer = new ChartRenderer(chart);
const release = { name: 'kanmon', namespace: 'observability' };
/** By the values that they were made of: several tests look at the same ones. */
const rendered = new Map<TemplateMap | undefined, TemplateMap[]>();
function objectsOf(values?: TemplateMap): TemplateMap[] {
  const objects = rendered.get(values) ?? renderer.objects({ ...release, ...(values ? { values } : {}) });
  rendered.set(values, objects);
  return structuredClone(objects);
}
/** What `helm template` says of the chart with these values. */
function helm(values: TemplateMap): SpawnSyncReturns<string> {
  const place = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-helm-'));
  const file = path.join(place, 'values.yaml');
  fs.writeFileSync(file, stringify(values));
  const options = ['--kube-version', '1.31.0', '--namespace', release.namespace, '--values', file];
  const said = spawnSync('helm', ['template', release.name, chart, ...options], { encoding: 'utf8' });
  fs.rmSync(place, { recursive: true });
  return said;
}
const withHelm = testWith('helm');
const commands = new CommandProcess();
afterAll(() => commands.close());
const yamlOf = (file: string): TemplateMap => parse(fs.readFileSync(file, 'utf8')) as TemplateMap;

/** The objects without the hash of YAML, which another writer breaks into other lines. */
function comparable(objects: readonly TemplateMap[]): TemplateMap[] {
  return objects.map(
    (object) =>
      JSON.parse(
        JSON.stringify(object, (key, value: unknown) => {
          if (key === 'checksum/config') return 'a hash';
          return key === 'relay' ? parse(value as string) : value;
        }),
      ) as TemplateMap,
  );
}

beforeEach(() => {
  for (const name of ['MY_POD_IP', 'OTEL_K8S_NODE_IP', 'OTEL_K8S_POD_IP', 'K8S_NODE_IP']) vi.stubEnv(name, '127.0.0.1');
  vi.stubEnv('K8S_NODE_NAME', 'node-1');
});
afterEach(() => void vi.unstubAllEnvs());

describe('the manifests', () => {
  const file = path.join(folder, 'manifests/kanmon.yaml');
  const header =
    '# The chart with its default values, as plain manifests: kubectl apply -n observability -f kanmon.yaml\n' +
    '# Written by a test: UPDATE_MANIFESTS=1 npx vitest run test/kubernetes/chart.test.ts\n';

  test('are the chart with its default values', () => {
    const objects = objectsOf();
    const written = header + objects.map((each) => `---\n${stringify(each, { lineWidth: 0 })}`).join('');
    if (process.env['UPDATE_MANIFESTS'] === '1') fs.writeFileSync(file, written.replaceAll('Helm\n', 'kubectl\n'));
    const found = parseAllDocuments(fs.readFileSync(file, 'utf8')).map((each) => each.toJS() as TemplateMap);
    const expected = JSON.parse(JSON.stringify(objects).replaceAll('"Helm"', '"kubectl"')) as TemplateMap[];
    expect(comparable(found)).toEqual(comparable(expected));
  });

  test('have nothing that `kanmon lint` finds', async () => {
    expect((await linted('kanmon.yaml', path.dirname(file))).findings).toEqual([]);
  });
});

/** Findings of the lint in what value sets make of the chart, by the set. */
const stated: Readonly<Record<string, readonly string[]>> = {
  // Without tiers the configuration is that of the Collector's chart: its `batch` and its bound of retries stay, also
  // before queues on a volume. docs/kubernetes.md says so.
  'a StatefulSet with volumes': [
    'storage-with-short-retry exporters::otlp_grpc::sending_queue::storage',
    'batch-before-storage service::pipelines::traces::processors::batch',
  ],
  // Presets have the names of the Collector's chart: values add to them by these.
  'a DaemonSet with all presets': [
    'processors::resourcedetection/env',
    ...['filelog', 'hostmetrics', 'k8sobjects', 'kubeletstats'].map((type) => `receivers::${type}`),
  ].map((place) => `deprecated-spelling ${place}`),
};

describe.each(Object.entries(valueSets))('%s', (name, values) => {
  test('fits the schemas of the kinds', () => {
    const objects = objectsOf(values);
    expect(objects.flatMap(schemaFaults)).toEqual([]);
    expect(objects.length).toBeGreaterThan(3);
  });

  test('`kanmon lint` finds in it what is stated', async () => {
    const place = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-chart-'));
    const file = path.join(place, 'rendered.yaml');
    fs.writeFileSync(
      file,
      objectsOf(values)
        .map((each) => `---\n${stringify(each, { lineWidth: 0 })}`)
        .join(''),
    );
    const { findings, tiers } = await linted('rendered.yaml', place);
    fs.rmSync(place, { recursive: true });
    expect(tiers.length).toBeGreaterThan(0);
    expect(findings.map(({ id, path: at }) => `${id} ${at}`)).toEqual(stated[name] ?? []);
  });

  withHelm('has the objects that Helm itself makes', () => {
    const byName = (objects: readonly TemplateMap[]): TemplateMap[] =>
      comparable(objects).toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
    const { status, stdout, stderr } = helm(values);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const documents = parseAllDocuments(stdout).map((each) => each.toJS() as TemplateMap | null);
    const found = documents.filter((each) => each !== null);
    expect(byName(found)).toEqual(byName(objectsOf(values)));
  });

  test('each configuration is valid', async () => {
    const place = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-chart-'));
    const objects = objectsOf(values);
    for (const { metadata } of workloadsOf(objects)) {
      // Folders that a volume brings.
      const text = configOf(objects, metadata.name).replaceAll(/\/hostfs|\/var\/lib\/(?:kanmon|otelcol)/g, place);
      fs.writeFileSync(path.join(place, 'relay.yaml'), text);
      const { code, stderr } = await commands.run(['validate', '--config', path.join(place, 'relay.yaml')]);
      expect({ code, stderr }, text).toEqual({ code: 0, stderr: '' });
    }
    fs.rmSync(place, { recursive: true });
  });

  test('a pod has longer to stop than it needs', () => {
    for (const { spec } of workloadsOf(objectsOf(values))) {
      const { terminationGracePeriodSeconds, containers } = spec.template.spec;
      const flags = containers[0].args.join(' ');
      const [, delay = 0, drain = 0] = /--shutdown-delay=(\d+)s --drain-timeout=(\d+)s/.exec(flags) ?? [];
      const most = Number(delay) + Number(drain) + (overrunMs + closeMs) / 1000;
      expect(terminationGracePeriodSeconds).toBeGreaterThan(most);
    }
  });

  test('a pod is no root and cannot write, but for logs', () => {
    for (const { spec } of workloadsOf(objectsOf(values))) {
      const [{ securityContext, volumeMounts }] = spec.template.spec.containers;
      expect(securityContext).toMatchObject({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      const readsLogs = volumeMounts.some(({ name }) => name === 'varlogpods');
      expect(spec.template.spec.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 10001 });
      expect(securityContext['runAsUser']).toBe(readsLogs ? 0 : undefined);
    }
  });
});

describe('values', () => {
  const schema = JSON.parse(fs.readFileSync(path.join(chart, 'values.schema.json'), 'utf8')) as TemplateMap;
  const check = new Ajv.default({ allErrors: true, strict: true, allowUnionTypes: true }).compile(schema);

  test.each([
    ['the default values', path.join(chart, 'values.yaml')],
    ["those of the Collector's chart", collectorChart],
  ])('%s fit their schema', (_what, file) => {
    check(yamlOf(file));
    expect(check.errors).toBeNull();
  });

  test.each([
    [{ modee: 'deployment' }, /property name/],
    [{ mode: 'sidecar' }, /allowed values/],
    [{ tier1: { replicas: 3 } }, /property name/],
    [{ tier2: { replicaCount: 'three' } }, /must be integer/],
    [{ ports: { otlp: { containerPort: 70_000 } } }, /<= 65535/],
    [{ drain: { timeout: '20s' } }, /additional properties/],
    [{ keda: { pendingBytes: { threshold: 0 } } }, />= 1/],
  ])('%j does not', (values, message) => {
    check(values);
    expect(check.errors?.map((each) => each.message).join('; ')).toMatch(message);
  });

  test('each one has a description', () => {
    const undescribed = (part: TemplateMap, at: string): string[] =>
      Object.entries((part['properties'] ?? {}) as Record<string, TemplateMap>).flatMap(([key, value]) => [
        ...(value['description'] === undefined ? [`${at}${key}`] : []),
        ...undescribed(value, `${at}${key}.`),
      ]);
    const { definitions } = schema as { definitions: { settings: TemplateMap } };
    expect([...undescribed(schema, ''), ...undescribed(definitions.settings, '')]).toEqual([]);
  });

  test('the alert rules of the chart are those of deploy/prometheus', () => {
    const rules = (file: string): string => fs.readFileSync(path.join(root, file), 'utf8');
    expect(rules('deploy/kubernetes/chart/files/alerts.yaml')).toBe(rules('deploy/prometheus/alerts.yaml'));
  });

  test("the default configuration is that of the Collector's chart without what Kanmon lacks", () => {
    const { config, leaveOut } = renderer.values() as { config: TemplateMap; leaveOut: { receivers: string[] } };
    const theirs = yamlOf(collectorChart)['config'] as {
      receivers: TemplateMap;
      service: { pipelines: Record<string, { receivers: string[] }> };
    };
    for (const type of leaveOut.receivers) delete theirs.receivers[type];
    for (const pipeline of Object.values(theirs.service.pipelines))
      pipeline.receivers = pipeline.receivers.filter((id) => !leaveOut.receivers.includes(id));
    expect(config).toEqual(theirs);
  });

  const refused: readonly (readonly [what: string, values: TemplateMap, message: string])[] = [
    [
      'a grace period that is too short',
      { mode: 'deployment', terminationGracePeriodSeconds: 29 },
      'terminationGracePeriodSeconds is 29: a pod needs 30, drain.shutdownDelaySeconds and drain.timeoutSeconds ' +
        'and 5 more, or it is killed with data that it holds',
    ],
    [
      'the same of one tier',
      { tier2: { drain: { timeoutSeconds: 60 } } },
      'tier2: terminationGracePeriodSeconds is 60: a pod needs 70, drain.shutdownDelaySeconds and ' +
        'drain.timeoutSeconds and 5 more, or it is killed with data that it holds',
    ],
    [
      'the image of the Collector',
      { image: { repository: 'otel/opentelemetry-collector-k8s' } },
      'tier1: image.repository: otel/opentelemetry-collector-k8s is the Collector: leave it out, or name an image ' +
        'of Kanmon',
    ],
    ['its command', { command: { name: 'otelcol' } }, 'tier1: command.name: the image has one program: leave it out'],
    [
      'two autoscalers',
      { tier1: { keda: { enabled: true } } },
      'tier1: autoscaling and keda are both enabled: two autoscalers of one workload work against each other',
    ],
    [
      'discovery by annotations',
      { agent: { presets: { annotationDiscovery: { logs: { enabled: true } } } } },
      'agent: presets.annotationDiscovery: Kanmon has no receiver_creator: use presets.logsCollection, or the ' +
        'receiver prometheus',
    ],
    [
      'kinds of objects',
      { mode: 'deployment', presets: { kubernetesObjects: { enabled: true } } },
      'presets.kubernetesObjects: list the kinds in config.receivers.k8s_objects.objects: the chart gives the rights ' +
        'for them',
    ],
    [
      'metrics of kubelets in a Deployment',
      { mode: 'deployment', presets: { kubeletMetrics: { enabled: true } } },
      'presets.kubeletMetrics reads the kubelet of its node: enable it for the agent, or with mode daemonset',
    ],
    [
      'profiling',
      { mode: 'daemonset', presets: { profiling: { enabled: true } } },
      "presets.profiling: Kanmon has no profiling receiver: run the Collector's profiler, and let it export OTLP to " +
        'Kanmon',
    ],
    [
      'logs of a node in a Deployment',
      { mode: 'deployment', presets: { logsCollection: { enabled: true } } },
      'presets.logsCollection reads the files of a node: enable it for the agent, or with mode daemonset',
    ],
    [
      'a volume for each pod of a Deployment',
      { tier1: { persistence: { enabled: true } } },
      'tier1: persistence: only the pods of a StatefulSet have a volume each: enable it for tier2, or with mode ' +
        'statefulset',
    ],
    [
      'one ConfigMap for three',
      { configMap: { existingName: 'mine' } },
      'configMap.existingName: one ConfigMap cannot be the configuration of both tiers and the agent: set mode',
    ],
    [
      'own telemetry by values',
      { mode: 'deployment', internalTelemetryViaOTLP: { traces: { enabled: true } } },
      'internalTelemetryViaOTLP.traces: write it into config.service.telemetry, which Kanmon reads as the Collector ' +
        'does',
    ],
    [
      'an HTTPRoute',
      { mode: 'deployment', httproute: { enabled: true } },
      'httproute: put the HTTPRoute into extraManifests',
    ],
  ];

  test.each(refused)('%s ends the rendering in words', (_what, values, message) => {
    expect(() => objectsOf(values)).toThrow(message);
  });

  withHelm.each(refused)('%s ends the rendering by Helm itself in the same words', (_what, values, message) => {
    const { status, stderr } = helm(values);
    expect(stderr).toContain(message);
    expect(status).not.toBe(0);
  });

  withHelm('what does not fit the schema is refused by Helm itself', () => {
    expect(helm({ mode: 'sidecar' }).stderr).toMatch(/mode.*must be one of/s);
    expect(helm({ modee: 'deployment' }).stderr).toMatch(/modee/);
  });
});

describe('least rights', () => {
  const attributes = (options: TemplateMap): TemplateMap => ({
    config: { processors: { k8s_attributes: options } },
  });
  const reads = (resource: string): string => `get,list,watch ${resource}`;
  /** Of these `k8s_cluster` has metrics. */
  const ofNamespaces = [
    ...['batch cronjobs', 'apps daemonsets', 'apps deployments', 'autoscaling horizontalpodautoscalers'],
    ...['batch jobs', 'pods', 'apps replicasets', 'replicationcontrollers', 'resourcequotas', 'apps statefulsets'],
  ];

  test.each<[string, TemplateMap, string[]]>([
    ['nothing reads the API', {}, []],
    ['passthrough', attributes({ passthrough: true }), []],
    ['the default attributes', attributes({}), [reads('pods')]],
    ['one namespace', attributes({ filter: { namespace: 'shop' } }), [`${reads('pods')} in shop`]],
    [
      'labels of namespaces, nodes and deployments',
      attributes({ extract: { labels: ['namespace', 'node', 'deployment'].map((from) => ({ key: 'a', from })) } }),
      [reads('apps deployments'), reads('namespaces'), reads('nodes'), reads('pods'), reads('apps replicasets')],
    ],
    [
      'annotations of jobs and sets in one namespace',
      attributes({
        filter: { namespace: 'shop' },
        extract: {
          metadata: ['k8s.cluster.uid'],
          annotations: ['job', 'statefulset', 'daemonset'].map((from) => ({ key: 'a', from })),
        },
      }),
      [
        reads('namespaces'),
        ...['apps daemonsets', 'batch jobs', 'pods', 'apps statefulsets'].map((each) => `${reads(each)} in shop`),
      ],
    ],
    [
      'deployments by their ReplicaSets',
      attributes({ extract: { deployment_name_from_replicaset: false, metadata: ['k8s.deployment.name'] } }),
      [reads('pods'), reads('apps replicasets')],
    ],
    [
      'endpoints of another namespace',
      { config: { exporters: { 'load_balancing/a': { resolver: { k8s: { service: 'sampler.tracing.svc' } } } } } },
      [`${reads('discovery.k8s.io endpointslices')} in tracing`],
    ],
    [
      'the older name, in the namespace of the release',
      { config: { exporters: { loadbalancing: { resolver: { k8s: { service: 'sampler' } } } } } },
      [`${reads('discovery.k8s.io endpointslices')} in observability`],
    ],
    [
      'detection',
      { config: { processors: { resource_detection: { detectors: ['k8s_api', 'kubeadm'] } } } },
      ['get nodes', 'get namespaces kube-system', 'get configmaps kubeadm-config in kube-system'],
    ],
    [
      'objects, of all namespaces and of one',
      {
        config: {
          receivers: {
            k8s_objects: {
              objects: [
                { name: 'events', group: 'events.k8s.io', mode: 'watch' },
                { name: 'pods', mode: 'pull', namespaces: ['shop'] },
              ],
            },
          },
        },
      },
      [reads('events.k8s.io events'), `${reads('pods')} in shop`],
    ],
    [
      'events, of which one of several pods is elected',
      { replicaCount: 2, presets: { kubernetesEvents: { enabled: true } } },
      [reads('events.k8s.io events'), 'get,create,update coordination.k8s.io leases in observability'],
    ],
    [
      'events by the receiver for them',
      { presets: { kubernetesEvents: { enabled: true, useK8sEventsReceiver: true } } },
      [reads('events')],
    ],
    [
      'events of two namespaces',
      { config: { receivers: { k8s_events: { namespaces: ['shop', 'bank'] } } } },
      [`${reads('events')} in bank`, `${reads('events')} in shop`],
    ],
    [
      'metrics of the cluster, which one pod reads',
      { presets: { clusterMetrics: { enabled: true } } },
      [...ofNamespaces, 'nodes', 'namespaces'].map(reads),
    ],
    [
      'objects of one namespace',
      { config: { receivers: { k8s_cluster: { namespaces: ['shop'] } } } },
      ofNamespaces.map((each) => `${reads(each)} in shop`),
    ],
    [
      'events about the objects of the cluster, and endpoints of services',
      {
        config: {
          receivers: { k8s_cluster: { metrics: { 'k8s.service.endpoint.count': { enabled: true } } } },
          service: { pipelines: { logs: { receivers: ['k8s_cluster'] } } },
        },
      },
      [
        ...[...ofNamespaces, 'discovery.k8s.io endpointslices', 'persistentvolumeclaims', 'services']
          .toSorted((a, b) => ((a.split(' ').at(-1) ?? '') < (b.split(' ').at(-1) ?? '') ? -1 : 1))
          .map(reads),
        ...['nodes', 'namespaces', 'persistentvolumes'].map(reads),
      ],
    ],
    [
      'kubelets',
      { config: { receivers: { kubeletstats: { extra_metadata_labels: ['container.id'], k8s_api_config: {} } } } },
      ['get nodes/stats', 'get nodes/pods'],
    ],
    [
      'discovery of targets',
      {
        config: {
          receivers: {
            prometheus: {
              config: {
                scrape_configs: [
                  { job_name: 'a', kubernetes_sd_configs: [{ role: 'node' }, { role: 'pod' }] },
                  {
                    job_name: 'b',
                    kubernetes_sd_configs: [{ role: 'endpointslice', namespaces: { names: ['shop'] } }],
                  },
                ],
              },
            },
          },
        },
      },
      [
        reads('nodes'),
        reads('pods'),
        ...['discovery.k8s.io endpointslices', 'services', 'pods'].map((each) => `${reads(each)} in shop`),
      ],
    ],
  ])('%s', (_what, values, rights) => {
    const objects = objectsOf({ mode: 'deployment', ...values });
    expect(rightsOf(objects, 'kanmon')).toEqual(rights);
    // A token is there for those rights alone.
    expect(workloadsOf(objects)[0]?.spec.template.spec.automountServiceAccountToken).toBe(rights.length > 0);
  });

  test('each workload has an account of its own', () => {
    const objects = objectsOf();
    const names = ['kanmon-tier1', 'kanmon-tier2', 'kanmon-agent'];
    expect(workloadsOf(objects).map(({ spec }) => spec.template.spec.serviceAccountName)).toEqual(names);
    expect(names.map((name) => rightsOf(objects, name))).toEqual([
      [`${reads('discovery.k8s.io endpointslices')} in observability`],
      [],
      [reads('namespaces'), reads('pods')],
    ]);
  });
});

test('KEDA scales tier 2 on its own metrics', () => {
  const [scaled] = ofKind(objectsOf({ tier2: { keda: { enabled: true } } }), 'ScaledObject');
  const { triggers } = (scaled ?? {})['spec'] as { triggers: { name: string; metadata: { query: string } }[] };
  expect(triggers.map(({ name, metadata }) => [name, metadata.query])).toEqual([
    [
      'pending-bytes',
      'sum({__name__=~"kanmon_tail_sampling_pending_bytes|kanmon_exporter_queue_memory(_bytes)?",' +
        'namespace="observability",pod=~"kanmon-tier2-.*"})',
    ],
    [
      'queue-age',
      'max({__name__=~"kanmon_exporter_queue_age(_seconds)?",namespace="observability",pod=~"kanmon-tier2-.*"})',
    ],
  ]);
});

test('a change of the configuration replaces the pods', () => {
  const hash = (values: TemplateMap): unknown => {
    const [workload] = workloadsOf(objectsOf({ mode: 'deployment', ...values }));
    const { annotations } = (workload as unknown as { spec: { template: { metadata: TemplateMap } } }).spec.template
      .metadata;
    return isMap(annotations) ? annotations['checksum/config'] : undefined;
  };
  expect(hash({})).toMatch(/^[0-9a-f]{64}$/);
  expect(hash({ replicaCount: 2 })).toBe(hash({}));
  expect(hash({ config: { processors: { batch: { timeout: '1s' } } } })).not.toBe(hash({}));
});
