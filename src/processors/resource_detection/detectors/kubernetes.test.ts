import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { pem } from '../../../../test/support/certificates.js';
import { DetectorWorld, type DetectorWorldOptions } from '../../../../test/support/detector-world.js';
import { MetadataServer, type MetadataRoutes } from '../../../../test/support/metadata-server.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

const account = '/var/run/secrets/kubernetes.io/serviceaccount';
const files = { [`${account}/token`]: 'POD-TOKEN\n', [`${account}/ca.crt`]: pem('server-a.pem') };

interface Cluster {
  readonly api: MetadataServer;
  readonly made: DetectorWorld;
}

/** A detector in a pod of a cluster, whose API server has a certificate of its own authority. */
async function cluster(name: string, api: MetadataRoutes, options: DetectorWorldOptions = {}): Promise<Cluster> {
  const server = await MetadataServer.start(api, 'tls');
  stops.push(() => server.stop());
  const env = {
    KUBERNETES_SERVICE_HOST: 'localhost',
    KUBERNETES_SERVICE_PORT: String(server.port),
    K8S_NODE_NAME: 'node/1',
    ...options.env,
  };
  const made = await DetectorWorld.of(name, { files, ...options, env });
  stops.push(() => made.stop());
  return { api: server, made };
}

const node = {
  metadata: { name: 'node/1', uid: 'node-uid' },
  spec: { providerID: 'aws:///us-west-2a/i-049ca2df511bec762' },
};
const kubeSystem = { metadata: { name: 'kube-system', uid: 'cluster-uid' } };
const api: MetadataRoutes = {
  'GET /api/v1/nodes/node%2F1': { body: node },
  'GET /api/v1/namespaces/kube-system': { body: kubeSystem },
};
const found = { 'k8s.node.name': 'node/1', 'k8s.node.uid': 'node-uid', 'k8s.cluster.uid': 'cluster-uid' };

test.each(['k8s_api', 'k8snode'])(
  '%s: the node and the cluster, with the token and the authority of the pod',
  async (name) => {
    const { api: server, made } = await cluster(name, api);
    expect(await made.attributes()).toEqual(found);
    for (const { headers } of server.asked) expect(headers['authorization']).toBe('Bearer POD-TOKEN');
  },
);

test('k8s_api: a token that was replaced is used', async () => {
  const { api: server, made } = await cluster('k8s_api', api);
  await made.detect();
  const { writeFileSync } = await import('node:fs');
  writeFileSync(`${made.root}${account}/token`, 'NEXT');
  await made.detect();
  expect(server.asked.at(-1)?.headers['authorization']).toBe('Bearer NEXT');
});

test('k8s_api: another variable with the name of the node', async () => {
  const options = { node_from_env_var: 'MY_NODE' };
  const { made } = await cluster('k8s_api', api, { options, env: { MY_NODE: 'node/1', K8S_NODE_NAME: 'wrong' } });
  expect(await made.attributes()).toEqual(found);
});

test('k8s_api: without a token where none is wanted', async () => {
  const { api: server, made } = await cluster('k8s_api', api, {
    options: { auth_type: 'none' },
    files: { [`${account}/ca.crt`]: pem('server-a.pem') },
  });
  expect(await made.attributes()).toEqual(found);
  expect(server.asked[0]?.headers['authorization']).toBeUndefined();
});

test('k8s_api: as a kubeconfig says, outside of the cluster', async () => {
  const { api: server, made } = await cluster('k8s_api', api, {
    options: { auth_type: 'kubeConfig', context: 'theirs' },
    env: { KUBERNETES_SERVICE_HOST: '', KUBECONFIG: path.join(import.meta.dirname, 'no-such-file') },
  });
  await expect(made.detect()).resolves.toMatchObject({ kind: 'absent', why: expect.stringContaining('no-such-file') });
  const file = path.join(made.root, 'kubeconfig');
  writeFileSync(
    file,
    `contexts: [{name: theirs, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: 'https://localhost:${server.port}', certificate-authority: ca}}]
users: [{name: u, user: {token: SECRET}}]
`,
  );
  writeFileSync(path.join(made.root, 'ca'), pem('server-a.pem'));
  const there = await cluster('k8s_api', api, {
    options: { auth_type: 'kubeConfig', context: 'theirs' },
    env: { KUBERNETES_SERVICE_HOST: '', KUBECONFIG: file },
  });
  expect(await there.made.attributes()).toEqual(found);
  for (const { headers } of server.asked) expect(headers['authorization']).toBe('Bearer SECRET');
});

test('k8s_api: an API server with a certificate of another authority is none, and learns no token', async () => {
  const wrong = { ...files, [`${account}/ca.crt`]: pem('server-b.pem') };
  const { api: server, made } = await cluster('k8s_api', api, { files: wrong });
  expect(await made.detect()).toMatchObject({ kind: 'absent', why: expect.stringMatching(/certificate/) });
  expect(server.asked).toEqual([]);
});

test('k8s_api: without the right to read the namespace the node is known, and the rest is tried again', async () => {
  const { made } = await cluster('k8s_api', { ...api, 'GET /api/v1/namespaces/kube-system': { status: 403 } });
  expect(await made.detect()).toMatchObject({ kind: 'found', incomplete: { message: expect.stringMatching(/403/) } });
});

test('k8s_api: a node that cannot be read, and no cluster at all', async () => {
  const { made } = await cluster('k8s_api', { ...api, 'GET /api/v1/nodes/node%2F1': { status: 500 } });
  expect(await made.detect()).toMatchObject({ kind: 'absent' });
  const failing = await cluster('k8s_api', { '*': { status: 500 } }, { failOnMissing: true });
  expect(await failing.made.detect()).toMatch(/the node of Kubernetes unavailable/);
  const outside = await DetectorWorld.of('k8s_api', { env: { K8S_NODE_NAME: 'n' } });
  stops.push(() => outside.stop());
  expect(await outside.detect()).toMatchObject({ kind: 'absent', why: expect.stringMatching(/no pod of Kubernetes/) });
});

const configMap = 'GET /api/v1/namespaces/kube-system/configmaps/kubeadm-config';
test.each([
  ['a key of its own', { clusterName: 'my-cluster' }],
  ['the configuration', { ClusterConfiguration: 'apiVersion: x\nclusterName: my-cluster # ours\nkind: y\n' }],
  ['quotes', { ClusterConfiguration: 'clusterName: "my-cluster"\n' }],
])('kubeadm: the name in %s', async (_what, data) => {
  const { made } = await cluster('kubeadm', { ...api, [configMap]: { body: { data } } });
  expect(await made.attributes()).toEqual({ 'k8s.cluster.name': 'my-cluster', 'k8s.cluster.uid': 'cluster-uid' });
});

test('kubeadm: a cluster of another making', async () => {
  const { made } = await cluster('kubeadm', api);
  expect(await made.detect()).toMatchObject({ kind: 'absent' });
  const failing = await cluster('kubeadm', api, { failOnMissing: true });
  expect(await failing.made.detect()).toMatch(/unavailable/);
});

const infrastructure = 'GET /apis/config.openshift.io/v1/infrastructures/cluster/status';
const status = (platformStatus: object): MetadataRoutes => ({
  [infrastructure]: { body: { status: { infrastructureName: 'ocp-x', platformStatus } } },
});

test.each([
  [
    { type: 'AWS', aws: { region: 'US-East-1' } },
    { 'cloud.provider': 'aws', 'cloud.platform': 'aws_openshift', 'cloud.region': 'us-east-1' },
  ],
  [
    { type: 'Azure', azure: { cloudName: 'AzurePublicCloud' } },
    { 'cloud.provider': 'azure', 'cloud.platform': 'azure_openshift', 'cloud.region': 'azurepubliccloud' },
  ],
  [
    { type: 'GCP', gcp: { region: 'r' } },
    { 'cloud.provider': 'gcp', 'cloud.platform': 'gcp_openshift', 'cloud.region': 'r' },
  ],
  [
    { type: 'IBMCloud', ibmcloud: { location: 'l' } },
    { 'cloud.provider': 'ibm_cloud', 'cloud.platform': 'ibm_cloud_openshift', 'cloud.region': 'l' },
  ],
  [{ type: 'OpenStack', openstack: { cloudName: 'c' } }, { 'cloud.region': 'c' }],
  [{ type: 'BareMetal' }, {}],
  [{ type: 'constructor' }, {}],
])('openshift: %j', async (platformStatus, attributes) => {
  const { api: server, made } = await cluster('openshift', status(platformStatus));
  expect(await made.attributes()).toEqual({ 'k8s.cluster.name': 'ocp-x', ...attributes });
  expect(server.asked[0]?.headers['authorization']).toBe('Bearer POD-TOKEN');
});

test('openshift: address, token and authority of the configuration', async () => {
  const server = await MetadataServer.start(status({ type: 'AWS', aws: { region: 'r' } }), 'tls');
  stops.push(() => server.stop());
  const options = { address: `https://localhost:${server.port}/`, token: 'OWN', tls: { ca_pem: pem('server-a.pem') } };
  const made = await DetectorWorld.of('openshift', { options });
  stops.push(() => made.stop());
  expect(await made.attributes()).toMatchObject({ 'k8s.cluster.name': 'ocp-x' });
  expect(server.asked[0]?.headers['authorization']).toBe('Bearer OWN');
});

test('openshift: a cluster of another kind', async () => {
  const { made } = await cluster('openshift', {});
  expect(await made.detect()).toMatchObject({ kind: 'absent' });
  const failing = await cluster('openshift', { [infrastructure]: 'nonsense' }, { failOnMissing: true });
  expect(await failing.made.detect()).toMatch(/not JSON/);
});

const eksVersion = { 'GET /version': { body: { gitVersion: 'v1.30.4-eks-a737599' } } };
const describeInstances = `<DescribeInstancesResponse><reservationSet><item><ownerId>123456789012</ownerId>
  <instancesSet><item><instanceId>i-049ca2df511bec762</instanceId>
  <imageId>ami-1</imageId><instanceType>m5.large</instanceType>
  <privateDnsName>ip-10-0-0-1.internal</privateDnsName>
  <tagSet><item><key>Name</key><value>n</value></item>
  <item><key>aws:eks:cluster-name</key><value>prod</value></item></tagSet>
  </item></instancesSet></item></reservationSet></DescribeInstancesResponse>`;
const wanted = [
  'cloud.account.id',
  'cloud.availability_zone',
  'cloud.region',
  'host.id',
  'host.image.id',
  'host.name',
  'host.type',
  'k8s.cluster.name',
];
const all = { resource_attributes: Object.fromEntries(wanted.map((name) => [name, { enabled: true }])) };
const keys = { AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'SECRET' };
const eksFound = { 'cloud.provider': 'aws', 'cloud.platform': 'aws_eks' };

test('eks: a cluster by its version, and nothing is asked that is not wanted', async () => {
  const { api: server, made } = await cluster('eks', eksVersion);
  expect(await made.attributes()).toEqual(eksFound);
  expect([...server.lines, ...made.server.lines]).toEqual(['GET /version']);
});

test('eks: all, from the metadata service of the instance and the API of EC2', async () => {
  const { made } = await cluster('eks', eksVersion, {
    options: all,
    env: keys,
    routes: {
      'PUT /latest/api/token': 'T',
      'GET /latest/meta-data/instance-id': 'i-1',
      'GET /latest/dynamic/instance-identity/document': {
        body: {
          accountId: '1',
          availabilityZone: 'us-west-2b',
          imageId: 'ami-2',
          instanceId: 'i-1',
          instanceType: 't3',
          region: 'us-west-2',
        },
      },
      'GET /latest/meta-data/hostname': 'host',
      'POST /': describeInstances,
    },
  });
  expect(await made.attributes()).toEqual({
    ...eksFound,
    'cloud.account.id': '1',
    'cloud.availability_zone': 'us-west-2b',
    'cloud.region': 'us-west-2',
    'host.id': 'i-1',
    'host.image.id': 'ami-2',
    'host.name': 'host',
    'host.type': 't3',
    'k8s.cluster.name': 'prod',
  });
});

test('eks: all, from the node and the API of EC2 where a pod does not reach the metadata service', async () => {
  const { made } = await cluster(
    'eks',
    { ...eksVersion, ...api },
    {
      options: { ...all, node_from_env_var: 'K8S_NODE_NAME' },
      env: keys,
      routes: { 'POST /': describeInstances },
    },
  );
  expect(await made.attributes()).toEqual({
    ...eksFound,
    'cloud.account.id': '123456789012',
    'cloud.availability_zone': 'us-west-2a',
    'cloud.region': 'us-west-2',
    'host.id': 'i-049ca2df511bec762',
    'host.image.id': 'ami-1',
    'host.name': 'ip-10-0-0-1.internal',
    'host.type': 'm5.large',
    'k8s.cluster.name': 'prod',
  });
  expect(made.server.asked.at(-1)?.body).toContain('Action=DescribeInstances&InstanceId.1=i-049ca2df511bec762');
});

test('eks: another cluster, no cluster, no name of the node', async () => {
  const other = await cluster('eks', { 'GET /version': { body: { gitVersion: 'v1.30.4' } } });
  expect(await other.made.attributes()).toBeUndefined();
  const outside = await DetectorWorld.of('eks');
  stops.push(() => outside.stop());
  expect(await outside.attributes()).toBeUndefined();
  const nameless = await cluster('eks', { ...eksVersion, ...api }, { options: all, env: keys });
  expect(await nameless.made.detect()).toMatch(/node_from_env_var/);
  const failing = await cluster('eks', {}, { failOnMissing: true });
  expect(await failing.made.detect()).toMatch(/the version of the cluster unavailable/);
});
