import fc from 'fast-check';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { maxPipelines } from '../../src/lint/bounds.js';
import { textReport } from '../../src/lint/report/text.js';
import { hostileConfigurations } from '../support/hostile-configurations.js';
import { linted } from '../support/lint.js';

let folder = '';
beforeAll(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-hostile-'))));
afterAll(() => fs.rmSync(folder, { recursive: true }));

/** The outcome of a text: its report, or why there is none. */
async function outcome(yaml: string): Promise<string> {
  fs.writeFileSync(path.join(folder, 'config.yaml'), yaml);
  return linted('config.yaml', folder).then(
    (report) => textReport(report, (_colour, part) => part),
    (error: Error) => `${error.name}: ${error.message}`,
  );
}

const refused = /^(?:ConfigError|LintTooLarge|Error): /;
const ended = /^(?:ConfigError|LintTooLarge|Error): |\d+ info(?:, \d+ ignored)?\n$/;

test.each(hostileConfigurations)('$what ends', async ({ yaml }) => {
  const said = await outcome(yaml(folder));
  expect(said).toMatch(ended);
  expect(said.length).toBeLessThan(1_000_000);
});

const times = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => line(i)).join('');
const ends = 'receivers: {otlp: {protocols: {grpc: }}}\nexporters: {otlp: {endpoint: "localhost:4317"}}\n';

test.each([
  ['pipelines', `${ends}service: {pipelines: {${times(maxPipelines + 1, (i) => `traces/${i}: , `)}}}`],
  ['components', `receivers: {${times(20_000, (i) => `otlp/${i}: , `)}}`],
  ['names in pipelines', `${ends}service: {pipelines: {traces: {receivers: [${times(20_000, () => 'otlp, ')}]}}}`],
  ['ignore comments in', `${ends}${times(5000, () => '# kanmon-lint-ignore open-receiver: x\n')}`],
  ['objects in manifests', times(5000, (i) => `apiVersion: v1\nkind: Service\nmetadata: {name: s${i}}\n---\n`)],
])('there may not be too many %s', async (what, yaml) => {
  const said = await outcome(yaml);
  expect(said).toMatch(refused);
  expect(said).toContain(what);
});

test('as many pipelines as there may be, each in a way to each, are looked at', async () => {
  const pipelines = times(
    60,
    (i) => `    traces/${i}: {receivers: [otlp, forward], exporters: [otlp, forward, span_metrics]}\n`,
  );
  const yaml = `${ends}connectors: {forward: , span_metrics: }\nservice:\n  pipelines:\n${pipelines}`;
  expect(await outcome(yaml)).toMatch(/\d+ info\n$/);
});

// The values that a rule reads may be anything: no type is checked before.
const scalars = fc.oneof(
  fc.constantFrom('otlp', 'localhost:4317', '0.0.0.0:4317', 'a.b:1', '10s', '-1', 'traceID', '${env:X}', '', '::'),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
);
const keys = fc.constantFrom(
  ...['endpoint', 'protocols', 'grpc', 'http', 'tls', 'auth', 'resolver', 'static', 'hostnames', 'dns', 'hostname'],
  ...['port', 'routing_key', 'sending_queue', 'storage', 'batch', 'max_size', 'retry_on_failure', 'policies', 'type'],
  ...['detectors', 'pod_association', 'config', 'scrape_configs', 'static_configs', 'timeout', 'headers', 'token'],
);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    scalars,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(keys, tie('value'), { maxKeys: 4 }),
  ),
}));
const types = {
  receivers: ['otlp', 'host_metrics', 'prometheus', 'file_log', 'k8s_cluster', 'syslog'],
  processors: ['memory_limiter', 'batch', 'tail_sampling', 'resource_detection', 'k8s_attributes', 'interval'],
  exporters: ['otlp_grpc', 'otlp_http', 'load_balancing', 'prometheus_remote_write', 'debug'],
  connectors: ['span_metrics', 'service_graph', 'routing', 'failover', 'count'],
};
const section = (names: readonly string[]): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 5, arbitrary: fc.dictionary(fc.constantFrom(...names), value) }, { weight: 1, arbitrary: value });
const lists = fc.record({
  receivers: fc.subarray([...types.receivers, ...types.connectors]),
  processors: fc.subarray(types.processors),
  exporters: fc.subarray([...types.exporters, ...types.connectors]),
});
const configurations = fc.record({
  receivers: section(types.receivers),
  processors: section(types.processors),
  exporters: section(types.exporters),
  connectors: section(types.connectors),
  service: fc.record({ pipelines: fc.dictionary(fc.constantFrom('traces', 'metrics', 'logs'), lists) }),
});

test('a configuration of any values is looked at', async () => {
  await fc.assert(
    fc.asyncProperty(configurations, async (configuration) => {
      expect(await outcome(stringify(configuration))).toMatch(ended);
    }),
    { numRuns: 100 },
  );
});

test('manifests of any values are read', async () => {
  const objectKeys = fc.constantFrom(
    ...['spec', 'template', 'metadata', 'labels', 'name', 'containers', 'volumes', 'configMap', 'args', 'env', 'data'],
    ...['replicas', 'selector', 'ports', 'targetPort', 'port', 'resources', 'limits', 'memory', 'readinessProbe'],
  );
  const { any } = fc.letrec<{ any: unknown }>((tie) => ({
    any: fc.oneof(
      { maxDepth: 5 },
      scalars,
      fc.array(tie('any'), { maxLength: 3 }),
      fc.dictionary(objectKeys, tie('any'), { maxKeys: 4 }),
    ),
  }));
  const kinds = ['Deployment', 'StatefulSet', 'DaemonSet', 'OpenTelemetryCollector', 'Service', 'ConfigMap'];
  const objects = fc.array(
    fc.record({
      apiVersion: fc.constant('v1'),
      kind: fc.constantFrom(...kinds, 'HorizontalPodAutoscaler', 'List'),
      metadata: any,
      spec: any,
      data: any,
      items: any,
    }),
    { minLength: 1, maxLength: 5 },
  );
  await fc.assert(
    fc.asyncProperty(objects, async (list) => {
      expect(await outcome(list.map((object) => stringify(object)).join('---\n'))).toMatch(ended);
    }),
    { numRuns: 100 },
  );
});
