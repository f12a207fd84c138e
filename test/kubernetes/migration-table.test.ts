import fs from 'node:fs';
import path from 'node:path';
import Ajv from 'ajv';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { ChartRenderer } from '../support/chart/chart-renderer.js';
import { isMap, type TemplateMap } from '../support/chart/template-functions.js';

const root = path.resolve(import.meta.dirname, '../..');
const chart = path.join(root, 'deploy/kubernetes/chart');
const yamlOf = (file: string): TemplateMap => parse(fs.readFileSync(file, 'utf8')) as TemplateMap;
const theirs = yamlOf(path.join(import.meta.dirname, 'collector-chart-values.yaml'));
const ours = yamlOf(path.join(chart, 'values.yaml'));
const renderer = new ChartRenderer(chart);
const schema = JSON.parse(fs.readFileSync(path.join(chart, 'values.schema.json'), 'utf8')) as TemplateMap;
const fits = new Ajv.default({ strict: true, allowUnionTypes: true }).compile(schema);

interface Row {
  /** `autoscaling` stands for all below it. */
  readonly values: readonly string[];
  readonly here: string;
}

/** The table of docs/kubernetes.md. `.name` in it has the parent of the value before it. */
function rowsOf(page: string): readonly Row[] {
  const [section = ''] = (page.split("\n## From the Collector's chart\n")[1] ?? '').split('\n## ');
  return section.split('\n').flatMap((line): Row[] => {
    const [, cell = '', here = ''] = /^\| (.*?) \| (.*) \|$/.exec(line) ?? [];
    let parent = '';
    const values = [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => {
      const value = name.startsWith('.') ? `${parent}${name}` : name;
      parent = value.slice(0, Math.max(0, value.lastIndexOf('.')));
      return value;
    });
    return values.length > 0 ? [{ values, here }] : [];
  });
}

const page = fs.readFileSync(path.join(root, 'docs/kubernetes.md'), 'utf8');
const rows = rowsOf(page);
const onlyHere = [...(/^\| only here \| (.*) \|$/m.exec(page)?.[1] ?? '').matchAll(/`([^`]+)`/g)].map(
  ([, name]) => name,
);

/** The paths of all values that are no maps, or empty ones. The configuration is one value. */
function leavesOf(value: unknown, at = ''): readonly string[] {
  if (at === 'config' || !isMap(value) || Object.keys(value).length === 0) return [at];
  return Object.entries(value).flatMap(([key, each]) => leavesOf(each, at === '' ? key : `${at}.${key}`));
}

const leaves = leavesOf(theirs);

const covers = (value: string, leaf: string): boolean => leaf === value || leaf.startsWith(`${value}.`);

/** The row with the longest path of a value that stands for this one. */
function rowOf(leaf: string): Row | undefined {
  const of = ({ values }: Row): number => Math.max(0, ...values.map((each) => (covers(each, leaf) ? each.length : 0)));
  const [best] = rows.toSorted((a, b) => of(b) - of(a));
  return best && of(best) > 0 ? best : undefined;
}

function at(values: TemplateMap, leaf: string): unknown {
  return leaf.split('.').reduce<unknown>((here, key) => (isMap(here) ? here[key] : undefined), values);
}

type Verdict = 'the same' | 'no effect' | 'refused';

function verdictOf(leaf: string): Verdict {
  const here = rowOf(leaf)?.here ?? '';
  const { ports } = ours['leaveOut'] as { ports: readonly string[] };
  if (here.includes('`leaveOut.ports`') && ports.some((port) => covers(`ports.${port}`, leaf))) return 'no effect';
  if (here.startsWith('no effect')) return 'no effect';
  return /^(refused|only )/.test(here) ? 'refused' : 'the same';
}

const map = { a: 'b' };
const container = { name: 'a', image: 'b' };
const rule = (resource: string): object => ({ apiGroups: [''], resources: [resource], verbs: ['list'] });
const config = {
  receivers: { otlp: { protocols: { grpc: {} } } },
  exporters: { debug: {} },
  service: { pipelines: { traces: { receivers: ['otlp'], exporters: ['debug'] } } },
};

/** Values that are changed to something else than what `changedFrom` makes of them. */
const others: Readonly<Record<string, unknown>> = {
  mode: 'statefulset',
  config: { processors: { batch: { timeout: '1s' } } },
  alternateConfig: config,
  apiVersion: 'apps/v1beta1',
  // Those that are refused are so only when they are on.
  'presets.kubernetesObjects.enabled': true,
  'httproute.enabled': true,
  'internalTelemetryViaOTLP.traces.enabled': true,
  'image.pullPolicy': 'Always',
  'image.digest': `sha256:${'0'.repeat(64)}`,
  imagePullSecrets: [{ name: 'a' }],
  'command.extraArgs': ['--a'],
  'serviceAccount.automountServiceAccountToken': false,
  'clusterRole.rules': [rule('events')],
  podSecurityContext: { fsGroup: 1 },
  securityContext: { runAsGroup: 1 },
  tolerations: [{ operator: 'Exists' }],
  affinity: { podAntiAffinity: {} },
  topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'a', whenUnsatisfiable: 'ScheduleAnyway' }],
  extraEnvs: [{ name: 'A', value: 'b' }],
  extraEnvsFrom: [{ secretRef: { name: 'a' } }],
  extraVolumes: [{ name: 'a', emptyDir: {} }],
  extraVolumeMounts: [{ name: 'a', mountPath: '/a' }],
  extraManifests: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } }],
  resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }],
  resources: { limits: { memory: '1Gi' } },
  hostAliases: [{ ip: '10.0.0.1', hostnames: ['a'] }],
  dnsPolicy: 'Default',
  dnsConfig: { options: [{ name: 'ndots', value: '1' }] },
  extraContainers: [container],
  initContainers: [container],
  lifecycleHooks: { preStop: { exec: { command: ['true'] } } },
  startupProbe: { httpGet: { port: 1, path: '/' } },
  'service.type': 'LoadBalancer',
  'ingress.additionalIngresses': [{ name: 'a', hosts: [] }],
  'podMonitor.metricsEndpoints': [{ port: 'otlp' }],
  'serviceMonitor.metricsEndpoints': [{ port: 'otlp' }],
  'serviceMonitor.relabelings': [{ action: 'labeldrop', regex: 'a' }],
  'serviceMonitor.metricRelabelings': [{ action: 'labeldrop', regex: 'a' }],
  'autoscaling.behavior': { scaleDown: { stabilizationWindowSeconds: 1 } },
  'autoscaling.additionalMetrics': [
    { type: 'Resource', resource: { name: 'memory', target: { type: 'Utilization', averageUtilization: 80 } } },
  ],
  'rollout.rollingUpdate': { maxSurge: 2 },
  'rollout.strategy': 'Recreate',
  'prometheusRule.groups': [{ name: 'own', rules: [{ alert: 'Never', expr: 'vector(0) > 1' }] }],
  'statefulset.volumeClaimTemplates': [{ metadata: { name: 'a' }, spec: { accessModes: ['ReadWriteOnce'] } }],
  'statefulset.podManagementPolicy': 'OrderedReady',
  'statefulset.persistentVolumeClaimRetentionPolicy.whenDeleted': 'Delete',
  'statefulset.persistentVolumeClaimRetentionPolicy.whenScaled': 'Delete',
  'networkPolicy.allowIngressFrom': [{ namespaceSelector: {} }],
  'networkPolicy.extraIngressRules': [{ from: [{ podSelector: {} }] }],
  'networkPolicy.egressRules': [{ to: [] }],
};

/** Something else than the value that `base` makes of the defaults. */
function changedFrom(base: TemplateMap, leaf: string): unknown {
  if (leaf in others) return others[leaf];
  const value = at(base, leaf) ?? at(ours, leaf) ?? at(theirs, leaf);
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'number') return value + 1;
  if (Array.isArray(value)) return ['a'];
  if (isMap(value)) return map;
  return leaf.endsWith('.protocol') ? (value === 'TCP' ? 'UDP' : 'TCP') : value === '' ? 'other' : `${String(value)}a`;
}

const ingress = { host: 'a.example', paths: [{ path: '/', pathType: 'Prefix', port: 4318 }] };

/** Values with which all others have their effect. */
const everything: TemplateMap = {
  mode: 'deployment',
  ingress: { enabled: true, hosts: [ingress] },
  autoscaling: { enabled: true },
  podMonitor: { enabled: true },
  serviceMonitor: { enabled: true },
  prometheusRule: { enabled: true },
  networkPolicy: { enabled: true },
  podDisruptionBudget: { enabled: true, maxUnavailable: 1 },
  clusterRole: { rules: [rule('pods')] },
};
const on = { enabled: true };
const daemonSet: TemplateMap = {
  mode: 'daemonset',
  service: on,
  presets: {
    logsCollection: on,
    hostMetrics: on,
    kubernetesAttributes: on,
    kubernetesEvents: on,
    kubeletMetrics: on,
    clusterMetrics: on,
    resourceDetection: on,
  },
};
/** Those that need others, by the begin of their path. */
const beside: readonly (readonly [value: string, values: TemplateMap])[] = [
  ['replicaCount', { mode: 'deployment' }],
  ['presets.kubernetesObjects', { mode: 'deployment', presets: { kubernetesObjects: on } }],
  ['presets', daemonSet],
  ['ports', { mode: 'daemonset', service: on }],
  ['statefulset', { mode: 'statefulset', statefulset: { persistentVolumeClaimRetentionPolicy: on } }],
  ['httproute', { mode: 'deployment', httproute: on }],
  ['internalTelemetryViaOTLP', { mode: 'deployment', internalTelemetryViaOTLP: { traces: on } }],
  ['', everything],
];

function withValue(values: TemplateMap, leaf: string, value: unknown): TemplateMap {
  const [key = '', ...rest] = leaf.split('.');
  const below = values[key];
  const made = rest.length === 0 ? value : withValue(isMap(below) ? below : {}, rest.join('.'), value);
  return { ...values, [key]: made };
}

const rendered = new Map<TemplateMap, string>();
function objectsOf(values: TemplateMap): string {
  const known = rendered.get(values);
  if (known !== undefined) return known;
  const objects = JSON.stringify(renderer.objects({ name: 'kanmon', namespace: 'observability', values }));
  rendered.set(values, objects);
  return objects;
}

/** How the chart takes a value that is another one. */
function taken(leaf: string): Verdict {
  const base = beside.find(([value]) => value === '' || covers(value, leaf))?.[1] ?? {};
  const values = withValue(base, leaf, changedFrom(base, leaf));
  if (!fits(values)) return 'refused';
  try {
    return objectsOf(values) === objectsOf(base) ? 'no effect' : 'the same';
  } catch {
    return 'refused';
  }
}

test('each value of the chart has a row, and each row is of values that there are', () => {
  expect(leaves.filter((leaf) => rowOf(leaf) === undefined)).toEqual([]);
  const named = rows.flatMap(({ values }) => values);
  expect(named.filter((value) => !leaves.some((leaf) => covers(value, leaf)))).toEqual([]);
  expect(new Set(named).size).toBe(named.length);
});

test('the row of values that are only here names them all', () => {
  expect(new Set(onlyHere)).toEqual(new Set(Object.keys(ours).filter((key) => !(key in theirs))));
});

test('a default that is another one is said', () => {
  const same = leaves.filter((leaf) => leaf !== 'config' && verdictOf(leaf) === 'the same');
  const another = same.filter((leaf) => JSON.stringify(at(ours, leaf)) !== JSON.stringify(at(theirs, leaf)));
  expect(another.filter((leaf) => rowOf(leaf)?.here.includes('default') !== true)).toEqual([]);
  expect(another.length).toBeGreaterThan(5);
});

test.each(rows.map((row) => [row.values.join(', '), row] as const))(
  'a change of %s is taken as said',
  (_values, row) => {
    const own = leaves.filter((leaf) => rowOf(leaf) === row);
    expect(own.map((leaf) => [leaf, taken(leaf)])).toEqual(own.map((leaf) => [leaf, verdictOf(leaf)]));
  },
);
