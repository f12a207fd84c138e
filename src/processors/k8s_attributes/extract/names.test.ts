import { afterEach, expect, test } from 'vitest';
import { hostWith } from '../../../../test/support/host.js';
import type { ApiObject, KubernetesApi } from '../../../../test/support/kubernetes-api.js';
import {
  newerNames,
  startPodAttributes,
  webPod,
  withoutOlderNames,
  type Attributes,
} from '../../../../test/support/pod-attributes.js';
import { metadataNames } from './metadata-names.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

const started = startPodAttributes.bind(undefined, stops);

/** Metadata of a pod that something else than the Deployment `web` made. */
function owned(kind: string, name: string, labels: object = {}): object {
  return { labels, ownerReferences: [{ kind, name, uid: `uid-${name}` }] };
}

test.each<[string, object, string | undefined, string | undefined]>([
  ['a ReplicaSet of a Deployment', { labels: { 'pod-template-hash': '6d4cf56db6' } }, 'web', undefined],
  ['one whose name has hyphens', owned('ReplicaSet', 'a-b-7f9', { 'pod-template-hash': '7f9' }), 'a-b', undefined],
  ['a ReplicaSet without a Deployment', owned('ReplicaSet', 'web-6d4cf56db6', {}), undefined, undefined],
  [
    'one with the label of another',
    owned('ReplicaSet', 'web-canary', { 'pod-template-hash': 'c' }),
    undefined,
    undefined,
  ],
  ['a job that was due then', owned('Job', 'nightly-29000000'), undefined, 'nightly'],
  ['a job that came a day late', owned('Job', 'nightly-28998560'), undefined, 'nightly'],
  ['a job that is older', owned('Job', 'nightly-28998559'), undefined, undefined],
  ['a job with a date', owned('Job', 'import-20250219'), undefined, undefined],
  ['a job with a number', owned('Job', 'import-7'), undefined, undefined],
])('the name above %s', async (_what, metadata, deployment, cronJob) => {
  const { sent } = await started({ extract: { metadata: ['k8s.deployment.name', 'k8s.cronjob.name'] } }, (api) =>
    api.put(
      'pods',
      webPod('web', '10.0.0.1', { metadata: { creationTimestamp: '2025-02-19T21:20:59Z', ...metadata } }),
    ),
  );
  expect(await sent({ 'k8s.pod.ip': '10.0.0.1' })).toEqual({
    'k8s.pod.ip': '10.0.0.1',
    ...(deployment !== undefined && { 'k8s.deployment.name': deployment }),
    ...(cronJob !== undefined && { 'k8s.cronjob.name': cronJob }),
  });
});

test('a ReplicaSet that was read says itself what made it', async () => {
  const { api, sent, until } = await started(
    { extract: { deployment_name_from_replicaset: false, metadata: ['k8s.deployment.name'] } },
    (each) => {
      each.put('pods', webPod('web', '10.0.0.1'));
      each.put('replicasets', { metadata: { name: 'web-6d4cf56db6', namespace: 'shop', uid: 'uid-rs' } });
    },
  );
  await until(() => api.watching === 2);
  const address = { 'k8s.pod.ip': '10.0.0.1' };
  expect(await sent(address)).toEqual(address);
  const ownerReferences = [{ kind: 'Deployment', name: 'front', uid: 'uid-front' }];
  api.put('replicasets', { metadata: { name: 'web-6d4cf56db6', namespace: 'shop', uid: 'uid-rs', ownerReferences } });
  await expect.poll(() => sent(address)).toEqual({ ...address, 'k8s.deployment.name': 'front' });
});

/** Everything that pods refer to, in a cluster that has one of each. */
function clusterOfAll(api: KubernetesApi): void {
  const marked = { labels: { tier: 'data' }, annotations: { note: 'n' } };
  const of = (name: string, more: object = {}): ApiObject => ({
    metadata: { name, namespace: 'shop', uid: `uid-${name}`, ...marked, ...more },
  });
  api.put('namespaces', { metadata: { name: 'kube-system', uid: 'uid-cluster' } });
  api.put('nodes', { metadata: { name: 'node-1', uid: 'uid-node' } });
  api.put('replicasets', {
    metadata: {
      ...{ name: 'web-6d4cf56db6', namespace: 'shop', uid: 'uid-rs' },
      ownerReferences: [{ kind: 'Deployment', name: 'web', uid: 'uid-deployment' }],
    },
  });
  api.put('statefulsets', of('db'));
  api.put('daemonsets', of('agent'));
  const ownerReferences = [{ kind: 'CronJob', name: 'each-night', uid: 'uid-cron' }];
  api.put('jobs', of('nightly-29000000', { ownerReferences }));
}

const ofEachKind = ['statefulset', 'daemonset', 'job'].map((from) => ({ from }));
const everything = {
  metadata: metadataNames,
  labels: ofEachKind.map((each) => ({ ...each, key: 'tier' })),
  annotations: ofEachKind.map((each) => ({ ...each, key_regex: 'no.*' })),
};

test.each<[string, object, Attributes]>([
  [
    'a Deployment',
    {},
    {
      'k8s.replicaset.name': 'web-6d4cf56db6',
      'k8s.replicaset.uid': 'uid-rs',
      'k8s.deployment.name': 'web',
      'k8s.deployment.uid': 'uid-deployment',
      'service.name': 'web',
    },
  ],
  [
    'a StatefulSet',
    owned('StatefulSet', 'db'),
    {
      'k8s.statefulset.name': 'db',
      'k8s.statefulset.uid': 'uid-db',
      'k8s.statefulset.label.tier': 'data',
      'k8s.statefulset.annotation.note': 'n',
      'service.name': 'db',
    },
  ],
  [
    'a DaemonSet',
    owned('DaemonSet', 'agent'),
    {
      'k8s.daemonset.name': 'agent',
      'k8s.daemonset.uid': 'uid-agent',
      'k8s.daemonset.label.tier': 'data',
      'k8s.daemonset.annotation.note': 'n',
      'service.name': 'agent',
    },
  ],
  [
    'a CronJob',
    owned('Job', 'nightly-29000000'),
    {
      'k8s.job.name': 'nightly-29000000',
      'k8s.job.uid': 'uid-nightly-29000000',
      'k8s.job.label.tier': 'data',
      'k8s.job.annotation.note': 'n',
      'k8s.cronjob.name': 'each-night',
      'k8s.cronjob.uid': 'uid-cron',
      'service.name': 'each-night',
    },
  ],
])('all that can be named, of a pod of %s', async (_what, metadata, expected) => {
  const { api, sent, until } = await started({ extract: everything }, (each) => {
    clusterOfAll(each);
    each.put('pods', webPod('web', '10.0.0.1', { metadata, spec: { hostname: 'host' } }));
  });
  await until(() => api.watching === 7);
  const list = (value: string): object => ({ values: [{ stringValue: value }] });
  // Of the pod's own label, which only the first one has.
  const version = 'labels' in metadata ? '1.2@sha256:abc' : '1.2';
  expect(await sent({ 'k8s.pod.ip': '10.0.0.1' })).toEqual({
    'k8s.pod.ip': '10.0.0.1',
    'k8s.pod.name': 'web',
    'k8s.pod.uid': 'uid-web',
    'k8s.pod.hostname': 'host',
    'k8s.pod.start_time': '2026-01-02T03:04:05Z',
    'k8s.namespace.name': 'shop',
    'k8s.node.name': 'node-1',
    'k8s.node.uid': 'uid-node',
    'k8s.cluster.uid': 'uid-cluster',
    'k8s.container.name': 'main',
    'container.id': 'c-two',
    'container.image.name': 'registry:5000/team/web',
    'container.image.tags': list('1.2'),
    'container.image.repo_digests': list('team/web@sha256:abc'),
    'service.namespace': 'shop',
    'service.version': version,
    'service.instance.id': 'shop.web.main',
    ...expected,
  });
});

test.each<[string, readonly string[], Attributes]>([
  [
    'older names',
    [],
    {
      'container.image.tag': '1.2',
      'k8s.pod.labels.app': 'web',
      'k8s.pod.annotations.team': 'blue',
      'k8s.namespace.labels.owner': 'red',
      'k8s.node.annotations.zone': 'z1',
    },
  ],
  [
    'both',
    [newerNames],
    {
      'container.image.tag': '1.2',
      'container.image.tags': { values: [{ stringValue: '1.2' }] },
      'k8s.pod.labels.app': 'web',
      'k8s.pod.label.app': 'web',
      'k8s.pod.annotations.team': 'blue',
      'k8s.pod.annotation.team': 'blue',
      'k8s.namespace.labels.owner': 'red',
      'k8s.namespace.label.owner': 'red',
      'k8s.node.annotations.zone': 'z1',
      'k8s.node.annotation.zone': 'z1',
    },
  ],
  [
    'newer names',
    [newerNames, withoutOlderNames],
    {
      'container.image.tags': { values: [{ stringValue: '1.2' }] },
      'k8s.pod.label.app': 'web',
      'k8s.pod.annotation.team': 'blue',
      'k8s.namespace.label.owner': 'red',
      'k8s.node.annotation.zone': 'z1',
    },
  ],
])('the feature gates choose %s', async (_what, gates, expected) => {
  const { api, sent, until } = await started(
    {
      extract: {
        metadata: ['container.image.tag', 'container.image.tags'],
        labels: [
          { key: 'app' },
          { key_regex: 'own.*', from: 'namespace' },
          { key: 'tier', from: 'statefulset' },
          { tag_name: 'named', key: 'app' },
        ],
        annotations: [{ key_regex: 'te.m' }, { key: 'zone', from: 'node' }],
      },
    },
    (each) => {
      clusterOfAll(each);
      each.put('namespaces', { metadata: { name: 'shop', uid: 'uid-ns', labels: { owner: 'red', 'own.empty': '' } } });
      each.put('nodes', { metadata: { name: 'node-1', uid: 'uid-node', annotations: { zone: 'z1' } } });
      each.put('pods', webPod('web', '10.0.0.1', { metadata: { ...owned('StatefulSet', 'db', { app: 'web' }) } }));
    },
    hostWith(),
    gates,
  );
  await until(() => api.watching === 4);
  expect(await sent({ 'k8s.pod.ip': '10.0.0.1' })).toEqual({
    'k8s.pod.ip': '10.0.0.1',
    // These two have one name, whatever the gates are.
    'k8s.statefulset.label.tier': 'data',
    named: 'web',
    ...expected,
  });
});
