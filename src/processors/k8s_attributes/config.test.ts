import { expect, test } from 'vitest';
import { faultsInUse } from '../../../test/support/faults-in-use.js';
import { config } from './config.js';

function faultOf(options: object): string | undefined {
  const parsed = config.safeParse(options);
  return parsed.success ? undefined : parsed.error.issues[0]?.message;
}

test('the defaults', () => {
  expect(config.parse({})).toMatchObject({
    auth_type: 'serviceAccount',
    passthrough: false,
    wait_for_metadata: false,
    wait_for_metadata_timeout: 10_000,
    watch_sync_period: 300_000,
    pod_delete_grace_period: 120_000,
    extract: {
      metadata: expect.arrayContaining([
        'k8s.pod.name',
        'k8s.deployment.name',
        'container.image.tag',
        'container.image.tags',
      ]),
      otel_annotations: false,
      deployment_name_from_replicaset: true,
    },
    exclude: { pods: [{ name: 'jaeger-agent' }, { name: 'jaeger-collector' }] },
    pod_association: [],
  });
});

const source = { from: 'resource_attribute', name: 'k8s.pod.uid' };

test.each<[object, string | RegExp]>([
  [{ auth_type: 'tls' }, 'invalid authType for kubernetes: tls'],
  [{ passthrough: 'yes' }, /expected/],
  [{ wait_for_metadata_timeout: '10' }, /missing unit/],
  [{ wait_for_metadata_timeout: '-1s' }, /must not be negative/],
  [{ watch_sync_period: '-1s' }, /must not be negative/],
  [{ pod_delete_grace_period: '-1s' }, /must not be negative/],
  [{ pod_delete_grace_period: {} }, /expected/],
  [{ kube_api_qps: 'many' }, /expected/],
  [{ filter: { labels: [{ key: 'a', op: 'like' }] } }, "'like' is not a valid filter operation for key=a"],
  [{ filter: { fields: [{ key: 'a', op: 'exists' }] } }, "'exists' is not a valid filter operation for key=a"],
  [{ filter: { labels: [{ value: 'a' }] } }, 'the filter has no key'],
  [{ filter: { labels: 'a' } }, /expected/],
  [{ filter: { node: 'a', node_from_env_var: 'B' } }, 'only one of `node` and `node_from_env_var` can be set'],
  [{ filter: { nodes: 'a' } }, /nodes/],
  [{ extract: { metadata: ['k8s.pod.nam'] } }, '"k8s.pod.nam" is not a supported metadata field'],
  [{ extract: { metadata: [7] } }, /expected/],
  [{ extract: { labels: [{}] } }, 'either key or key_regex must be set'],
  [
    { extract: { annotations: [{ key: 'a', key_regex: 'b' }] } },
    'Out of Key or KeyRegex only one option is expected to be configured at a time',
  ],
  [{ extract: { labels: [{ key_regex: '(' }] } }, /missing closing \)/],
  [{ extract: { labels: [{ key: 'a', from: 'service' }] } }, /unsupported value "service"/],
  [{ exclude: { pods: [{ name: '(' }] } }, /missing closing \)/],
  [{ pod_association: [{}] }, 'association has no sources'],
  [{ pod_association: [{ sources: [source, source, source, source, source] }] }, /too many association sources/],
  [{ pod_association: [{ sources: [{ from: 'resource_attribute' }] }] }, 'the source names no attribute'],
  [{ pod_association: [{ sources: [{ from: 'peer' }] }] }, /unsupported value "peer"/],
  [{ foo: 1 }, /foo/],
])('%j', (options, message) => {
  expect(faultOf(options)).toMatch(message);
});

test('a name that is nearly one has the nearest as its hint', () => {
  const parsed = config.safeParse({ extract: { metadata: ['k8s.pod.starttime'] } });
  expect(JSON.stringify(parsed.error?.issues)).toContain('k8s.pod.');
});

test.each([
  [{ filter: { node_from_env_var: 'KUBE_NODE_NAME' } }, /no KUBE_NODE_NAME: the pods of all nodes are read/],
  [{ kube_api_qps: 5 }, /no effect/],
])('%j is a warning', (options, message) => {
  const said: string[] = [];
  expect(faultsInUse(config, options, { env: {}, warn: (text: string) => void said.push(text) })).toEqual([]);
  expect(said.join()).toMatch(message);
});

const newer = 'processor.k8sattributes.EmitV1K8sConventions';
const withoutOlder = 'processor.k8sattributes.DontEmitV0K8sConventions';

test.each<[readonly string[], readonly string[], string | undefined]>([
  [[newer, withoutOlder], ['container.image.tag'], 'the feature gates leave container.image.tag out'],
  [[newer, withoutOlder], ['container.image.tag', 'container.image.tags'], undefined],
  [[newer], ['container.image.tag'], undefined],
  [[], ['container.image.tags'], 'the feature gates leave container.image.tags out'],
  [[], ['container.image.tag'], undefined],
])('with the gates %j a name of %j that is not set is said', (gates, metadata, message) => {
  const said: string[] = [];
  const warnAt = (_path: unknown, text: string): void => void said.push(text);
  expect(faultsInUse(config, { extract: { metadata } }, { gates: new Set(gates), warnAt })).toEqual([]);
  expect(said).toEqual(message === undefined ? [] : [message]);
});

test('gates that leave all names out are a fault', () => {
  const [fault] = faultsInUse(config, {}, { gates: new Set([withoutOlder]) });
  expect(fault?.message).toBe(`${withoutOlder} cannot be enabled without enabling ${newer}`);
});
