import { expect, test } from 'vitest';
import { positionOf } from '../../config/place.js';
import { hasSeveral, wordsOf } from '../model/replicas.js';
import { readManifests } from './manifests.js';
import { memoryLimitOf } from './workload.js';

const read = (...texts: readonly string[]): ReturnType<typeof readManifests> =>
  readManifests(texts.map((text, i) => ({ name: `${i}.yaml`, text })));

const configMap = `apiVersion: v1
kind: ConfigMap
metadata: {name: gateway}
data:
  readme: not a configuration
  config.yaml: |

    # a comment
    receivers:
      otlp:
        protocols: {grpc: }
`;
const workload = (kind: string, more = ''): string => `apiVersion: apps/v1
kind: ${kind}
metadata: {name: gateway}
spec:
${more}  template:
    metadata: {labels: {app: gateway}}
    spec:
      containers:
        - name: kanmon
          args: ["--config=/etc/kanmon/config.yaml"]
          env: [{name: PORT, value: "4317"}, {name: POD_IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}]
          resources: {limits: {memory: 2Gi}}
      volumes: [{name: config, configMap: {name: gateway}}]
`;

test('a configuration keeps the lines and columns that it has in its manifest', () => {
  const { workloads } = read(`${configMap}---\n${workload('Deployment')}`);
  const [config] = workloads[0]?.configs ?? [];
  const otlp = config?.entries.get('receivers')?.node;
  const entry = otlp?.kind === 'map' ? otlp.entries.get('otlp') : undefined;
  expect(entry && positionOf(entry.keyPlace)).toEqual({ line: 10, column: 7, text: '      otlp:' });
});

test('a workload has its number, its variables and its limit', () => {
  const { workloads } = read(configMap, workload('StatefulSet', '  replicas: 4\n'));
  const [found] = workloads;
  expect(found && wordsOf(found.workload.replicas)).toBe('4 instances');
  expect(found?.env).toEqual({ PORT: '4317' });
  expect(found && memoryLimitOf(found.workload)?.bytes).toBe(2 * 2 ** 30);
});

test.each([
  ['Deployment', '', '1 instance'],
  ['Deployment', '  replicas: 0\n', '0 instances'],
  ['DaemonSet', '', 'instances on all nodes'],
])('%s %j', (kind, more, words) => {
  const [found] = read(configMap, workload(kind, more)).workloads;
  expect(found && wordsOf(found.workload.replicas)).toBe(words);
});

test('an autoscaler goes before the number of the workload', () => {
  const scaler = `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: any}
spec:
  scaleTargetRef: {kind: Deployment, name: gateway}
  minReplicas: 2
  maxReplicas: 9
`;
  const [found] = read(configMap, workload('Deployment', '  replicas: 1\n'), scaler).workloads;
  expect(found && wordsOf(found.workload.replicas)).toBe('2 to 9 instances');
  expect(found && hasSeveral(found.workload.replicas)).toBe(true);
});

test('a Service belongs to the workload whose labels it selects, in its namespace', () => {
  const service = (name: string, spec: string, namespace = 'default'): string =>
    `apiVersion: v1\nkind: Service\nmetadata: {name: ${name}, namespace: ${namespace}}\nspec: ${spec}\n`;
  const [found] = read(
    configMap,
    workload('Deployment'),
    service('a', '{selector: {app: gateway}, clusterIP: None, ports: [{port: 80, targetPort: otlp}, {port: 81}]}'),
    service('b', '{selector: {app: other}}'),
    service('c', '{selector: {app: gateway}}', 'elsewhere'),
    service('d', '{ports: []}'),
  ).workloads;
  expect(found?.workload.services.map(({ name, isHeadless }) => [name, isHeadless])).toEqual([['a', true]]);
  expect(found?.workload.services[0]?.ports.map(({ port, target }) => [port, target])).toEqual([
    [80, 'otlp'],
    [81, undefined],
  ]);
});

test('YAML that is none is a fault with its place', () => {
  const { faults } = read(`${configMap}---\na: [\n`);
  expect(faults).toHaveLength(1);
  const embedded = read(configMap.replace('protocols: {grpc: }', 'protocols: {grpc: '), workload('Deployment'));
  const [fault] = embedded.faults;
  expect(fault?.place && positionOf(fault.place).line).toBeGreaterThanOrEqual(11);
});
