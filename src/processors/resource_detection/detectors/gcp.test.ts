import { afterEach, expect, test } from 'vitest';
import { DetectorWorld, type DetectorWorldOptions } from '../../../../test/support/detector-world.js';
import type { MetadataRoutes } from '../../../../test/support/metadata-server.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

async function world(options: DetectorWorldOptions = {}): Promise<DetectorWorld> {
  const made = await DetectorWorld.of('gcp', options);
  stops.push(() => made.stop());
  return made;
}

const google = { 'metadata-flavor': 'Google' };
const at = (path: string): string => `GET /computeMetadata/v1/${path}`;
const instance: MetadataRoutes = {
  'GET /': { body: 'computeMetadata/', headers: google },
  [at('project/project-id')]: 'my-project',
  [at('instance/id')]: '1472385723456792345',
  [at('instance/zone')]: 'projects/987654321/zones/us-central1-c',
  [at('instance/region')]: 'projects/987654321/regions/europe-west1',
  [at('instance/machine-type')]: 'projects/987654321/machineTypes/n1-standard-1',
  [at('instance/name')]: 'my-host-1',
  [at('instance/hostname')]: 'my-host-1.us-central1-c.c.my-project.internal',
};
const computeEngine = {
  'cloud.provider': 'gcp',
  'cloud.platform': 'gcp_compute_engine',
  'cloud.account.id': 'my-project',
  'cloud.availability_zone': 'us-central1-c',
  'cloud.region': 'us-central1',
  'host.id': '1472385723456792345',
  'host.name': 'my-host-1',
  'host.type': 'projects/987654321/machineTypes/n1-standard-1',
};

test('an instance of Compute Engine, which says itself that it is one', async () => {
  const made = await world({ routes: instance });
  expect(await made.attributes()).toEqual(computeEngine);
  for (const { line, headers } of made.server.asked)
    if (line !== 'GET /') expect([line, headers['metadata-flavor']]).toEqual([line, 'Google']);
});

test('the environment names the metadata server', async () => {
  const made = await world({ routes: instance, env: { GCE_METADATA_HOST: '$META' } });
  expect(await made.attributes()).toEqual(computeEngine);
  expect(made.server.lines).not.toContain('GET /');
});

test('names that are off by default', async () => {
  const names = ['gcp.gce.instance.name', 'gcp.gce.instance.hostname'];
  const options = { resource_attributes: Object.fromEntries(names.map((name) => [name, { enabled: true }])) };
  expect(await (await world({ routes: instance, options })).attributes()).toEqual({
    ...computeEngine,
    'gcp.gce.instance.name': 'my-host-1',
    'gcp.gce.instance.hostname': 'my-host-1.us-central1-c.c.my-project.internal',
  });
});

test.each([
  ['zones/us-central1-c', { 'gcp.gce.instance_group_manager.zone': 'us-central1-c' }],
  ['regions/us-central1', { 'gcp.gce.instance_group_manager.region': 'us-central1' }],
])('a managed instance group in %s', async (place, found) => {
  const routes = {
    ...instance,
    [at('instance/attributes/created-by')]: `projects/9/${place}/instanceGroupManagers/mig`,
  };
  expect(await (await world({ routes })).attributes()).toEqual({
    ...computeEngine,
    'gcp.gce.instance_group_manager.name': 'mig',
    ...found,
  });
});

test.each([
  ['us-central1', { 'cloud.region': 'us-central1' }],
  ['us-central1-c', { 'cloud.availability_zone': 'us-central1-c' }],
])('Kubernetes Engine in %s', async (location, found) => {
  const routes = {
    ...instance,
    [at('instance/attributes/cluster-location')]: location,
    [at('instance/attributes/cluster-name')]: 'my-cluster',
  };
  expect(await (await world({ routes, env: { KUBERNETES_SERVICE_HOST: '10.0.0.1' } })).attributes()).toEqual({
    'cloud.provider': 'gcp',
    'cloud.platform': 'gcp_kubernetes_engine',
    'cloud.account.id': 'my-project',
    'host.id': '1472385723456792345',
    'host.name': 'my-host-1',
    'k8s.cluster.name': 'my-cluster',
    ...found,
  });
});

test('a cluster that somebody runs on Compute Engine is not Kubernetes Engine', async () => {
  const made = await world({ routes: instance, env: { KUBERNETES_SERVICE_HOST: '10.0.0.1' } });
  expect(await made.attributes()).toEqual(computeEngine);
});

const serverless = { 'cloud.provider': 'gcp', 'cloud.account.id': 'my-project', 'cloud.region': 'europe-west1' };
const service = { K_SERVICE: 's', K_REVISION: 's-1', K_CONFIGURATION: 's' };
test.each([
  ['a service of Cloud Run', service, { 'cloud.platform': 'gcp_cloud_run', 'faas.name': 's', 'faas.version': 's-1' }],
  [
    'a job of Cloud Run',
    { CLOUD_RUN_JOB: 'job', CLOUD_RUN_EXECUTION: 'job-x', CLOUD_RUN_TASK_INDEX: '3' },
    {
      'cloud.platform': 'gcp_cloud_run',
      'faas.name': 'job',
      'gcp.cloud_run.job.execution': 'job-x',
      'gcp.cloud_run.job.task_index': '3',
    },
  ],
  [
    'a worker pool of Cloud Run',
    { CLOUD_RUN_WORKER_POOL: 'pool', CLOUD_RUN_WORKER_POOL_REVISION: 'pool-1' },
    { 'cloud.platform': 'gcp_cloud_run', 'faas.name': 'pool', 'faas.version': 'pool-1' },
  ],
  [
    'a function',
    { ...service, FUNCTION_TARGET: 'f' },
    { 'cloud.platform': 'gcp_cloud_functions', 'faas.name': 's', 'faas.version': 's-1' },
  ],
])('%s', async (_what, env, found) => {
  expect(await (await world({ routes: instance, env })).attributes()).toEqual({
    ...serverless,
    'faas.instance': '1472385723456792345',
    ...found,
  });
});

test.each([
  ['flexible', {}, 'us-central1'],
  ['standard', { GAE_ENV: 'standard' }, 'europe-west1'],
])('App Engine, %s', async (_what, more, region) => {
  const env = { GAE_SERVICE: 'app', GAE_VERSION: 'v1', GAE_INSTANCE: 'i-1', ...more };
  expect(await (await world({ routes: instance, env })).attributes()).toEqual({
    'cloud.provider': 'gcp',
    'cloud.platform': 'gcp_app_engine',
    'cloud.account.id': 'my-project',
    'cloud.availability_zone': 'us-central1-c',
    'cloud.region': region,
    'faas.name': 'app',
    'faas.version': 'v1',
    'faas.instance': 'i-1',
  });
});

test('a machine of the Bare Metal Solution, which has no metadata server', async () => {
  const made = await world({ env: { BMS_PROJECT_ID: 'p', BMS_REGION: 'r', BMS_INSTANCE_ID: 'i' } });
  expect(await made.attributes()).toEqual({
    'cloud.provider': 'gcp',
    'cloud.platform': 'gcp_bare_metal_solution',
    'cloud.account.id': 'p',
    'cloud.region': 'r',
    'host.name': 'i',
  });
  expect(made.server.lines).toEqual([]);
});

test('labels of the instance, by the API of Compute Engine', async () => {
  const routes = {
    ...instance,
    [at('instance/service-accounts/default/token')]: { body: { access_token: 'ya29', expires_in: 3599 } },
    'GET /compute/v1/projects/my-project/zones/us-central1-c/instances/my-host-1': {
      body: { labels: { team: 'core', other: 'x' } },
    },
  };
  const made = await world({ routes, options: { labels: ['^team$'] } });
  expect(await made.attributes()).toEqual({ ...computeEngine, 'gcp.gce.instance.labels.team': 'core' });
  expect(made.server.asked.at(-1)?.headers['authorization']).toBe('Bearer ya29');
});

test('a value that the server lacks is left out; a failure of one stops no other, and is tried again', async () => {
  const without = await world({ routes: { ...instance, [at('instance/id')]: { status: 404 } } });
  const { 'host.id': _id, ...rest } = computeEngine;
  expect(await without.detect()).toMatchObject({ kind: 'found', incomplete: undefined });
  expect(await without.attributes()).toEqual(rest);
  const failing = await world({ routes: { ...instance, [at('instance/id')]: { status: 503 } } });
  expect(await failing.detect()).toMatchObject({
    kind: 'found',
    incomplete: { message: expect.stringMatching(/503/) },
  });
  expect(await failing.attributes()).toEqual(rest);
});

test.each([
  ['a server without the flavor of Google', { 'GET /': 'hello' }],
  ['no metadata server', {}],
])('%s is another platform, or a failure', async (_what, routes) => {
  expect(await (await world({ routes })).detect()).toMatchObject({ kind: 'absent' });
  const failing = await world({ routes, failOnMissing: true });
  expect(await failing.detect()).toMatch(/metadata server of Google Cloud unavailable/);
});

test('a machine of Google waits longer for its metadata server', async () => {
  const files = { '/sys/class/dmi/id/product_name': 'Google Compute Engine\n' };
  const patient = await world({ routes: { 'GET /': 'hang' }, files });
  const hasty = await world({ routes: { 'GET /': 'hang' } });
  let ended = false;
  void patient.detect().then(() => (ended = true));
  const other = hasty.detect();
  await expect.poll(() => [...patient.server.lines, ...hasty.server.lines]).toHaveLength(2);
  await hasty.world.clock.pass(1000);
  await patient.world.clock.pass(1000);
  expect(await other).toMatchObject({ kind: 'absent' });
  expect(ended).toBe(false);
});
