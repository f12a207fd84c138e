import { afterEach, expect, test } from 'vitest';
import { DetectorWorld, type DetectorWorldOptions } from '../../../../test/support/detector-world.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

async function world(name: string, options: DetectorWorldOptions = {}): Promise<DetectorWorld> {
  const made = await DetectorWorld.of(name, options);
  stops.push(() => made.stop());
  return made;
}

const document = {
  accountId: '123456789012',
  architecture: 'x86_64',
  availabilityZone: 'us-west-2b',
  imageId: 'ami-5fb8c835',
  instanceId: 'i-1234567890abcdef0',
  instanceType: 't2.micro',
  kernelId: null,
  region: 'us-west-2',
};
const imds = {
  'PUT /latest/api/token': { body: 'TOKEN', headers: { 'x-aws-ec2-metadata-token-ttl-seconds': '21600' } },
  'GET /latest/meta-data/instance-id': 'i-1234567890abcdef0',
  'GET /latest/dynamic/instance-identity/document': { body: document },
  'GET /latest/meta-data/hostname': 'ip-10-158-112-84.us-west-2.compute.internal',
  'GET /latest/meta-data/tags/instance': 'Name\nteam\ncost-center',
  'GET /latest/meta-data/tags/instance/Name': 'web-1',
  'GET /latest/meta-data/tags/instance/cost-center': '42',
};
const ec2Found = {
  'cloud.provider': 'aws',
  'cloud.platform': 'aws_ec2',
  'cloud.region': 'us-west-2',
  'cloud.account.id': '123456789012',
  'cloud.availability_zone': 'us-west-2b',
  'host.id': 'i-1234567890abcdef0',
  'host.image.id': 'ami-5fb8c835',
  'host.type': 't2.micro',
  'host.name': 'ip-10-158-112-84.us-west-2.compute.internal',
};
const once = { max_attempts: 1 };

test('ec2: an instance, with a token for every request but the first', async () => {
  const { server, ...made } = await world('ec2', { routes: imds }).then((each) => ({
    server: each.server,
    attributes: () => each.attributes(),
  }));
  expect(await made.attributes()).toEqual(ec2Found);
  expect(await made.attributes()).toEqual(ec2Found);
  expect(server.lines.filter((line) => line.startsWith('PUT'))).toHaveLength(1);
  expect(server.asked[0]?.headers['x-aws-ec2-metadata-token-ttl-seconds']).toBe('21600');
  for (const { line, headers } of server.asked)
    expect([line, headers['x-aws-ec2-metadata-token']]).toEqual([line, line.startsWith('PUT') ? undefined : 'TOKEN']);
});

test('ec2: a token is replaced before it ends', async () => {
  const made = await world('ec2', { routes: imds });
  await made.detect();
  await made.world.clock.pass(21_600_000 - 60_000);
  await made.detect();
  expect(made.server.lines.filter((line) => line.startsWith('PUT'))).toHaveLength(2);
});

test.each([403, 404, 405])(
  'ec2: a service that answers %i to the request for a token is asked without',
  async (status) => {
    const made = await world('ec2', { routes: { ...imds, 'PUT /latest/api/token': { status } } });
    expect(await made.attributes()).toEqual(ec2Found);
    expect(made.server.lines.filter((line) => line.startsWith('PUT'))).toHaveLength(1);
  },
);

test('ec2: without a token it is no instance where the environment forbids to go without', async () => {
  const made = await world('ec2', {
    options: once,
    routes: { ...imds, 'PUT /latest/api/token': { status: 404 } },
    env: { AWS_EC2_METADATA_V1_DISABLED: 'true' },
  });
  expect(await made.attributes()).toBeUndefined();
  expect(made.server.lines).toEqual(['PUT /latest/api/token']);
});

test('ec2: the environment says that there is no metadata service', async () => {
  const made = await world('ec2', { routes: imds, env: { AWS_EC2_METADATA_DISABLED: 'TRUE' } });
  expect(await made.attributes()).toBeUndefined();
  expect(made.server.lines).toEqual([]);
});

test('ec2: the environment says where the metadata service is', async () => {
  const made = await world('ec2', { routes: imds, env: { AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://$META/' } });
  expect(await made.attributes()).toEqual(ec2Found);
});

test('ec2: only what is wanted', async () => {
  const off = Object.fromEntries(
    ['host.image.id', 'host.type', 'cloud.account.id', 'host.name'].map((name) => [name, { enabled: false }]),
  );
  const made = await world('ec2', { routes: imds, options: { resource_attributes: off } });
  expect(Object.keys((await made.attributes()) ?? {}).sort()).toEqual([
    'cloud.availability_zone',
    'cloud.platform',
    'cloud.provider',
    'cloud.region',
    'host.id',
  ]);
});

test('ec2: nowhere, and where that is a failure', async () => {
  const absent = await world('ec2', { options: once, routes: {} });
  expect(await absent.detect()).toMatchObject({ kind: 'absent', schemaUrl: '' });
  for (const given of [
    { failOnMissing: true, options: once },
    { options: { ...once, fail_on_missing_metadata: true } },
  ]) {
    const failing = await world('ec2', { routes: {}, ...given });
    expect(await failing.detect()).toMatch(/^EC2 metadata unavailable: .* failed with status 404$/);
  }
});

test('ec2: what fails for a reason that may pass is asked again, after pauses', async () => {
  const path = 'GET /latest/meta-data/hostname';
  const made = await world('ec2', { routes: { ...imds, [path]: { status: 500 } }, options: { max_backoff: '1s' } });
  const asked = (): number => made.server.lines.filter((line) => line === path).length;
  let detected: unknown;
  void made.detect().then((found) => (detected = found));
  await expect.poll(asked).toBe(1);
  // A pause begins when the answer has come: that may be after some of the time has passed.
  const passing = <T>(state: () => T) =>
    expect.poll(async () => {
      await made.world.clock.pass(100);
      return state();
    });
  await passing(asked).toBe(2);
  made.server.routes = imds;
  await passing(() => detected).toMatchObject({ kind: 'found' });
});

test.each([
  ['document', 'GET /latest/dynamic/instance-identity/document'],
  ['hostname', 'GET /latest/meta-data/hostname'],
])('ec2: an instance without its %s is a failure', async (_what, path) => {
  const made = await world('ec2', { routes: { ...imds, [path]: { status: 500 } }, options: once });
  expect(await made.detect()).toMatch(/failed with status 500/);
});

test.each([
  ['malformed', 'not JSON', /not JSON/],
  ['a list', '[]', /not a JSON object/],
  ['of other types', '{"region": 7}', /region is not text/],
  ['endless', 'x'.repeat((1 << 20) + 1), /more than 1048576 bytes/],
  ['full of nonsense', JSON.stringify({ ...document, region: 'r'.repeat(5000) }), /longer than any metadata/],
])('ec2: an identity document that is %s', async (_what, body, message) => {
  const routes = { ...imds, 'GET /latest/dynamic/instance-identity/document': body };
  const made = await world('ec2', { routes, options: once });
  expect(await made.detect()).toMatch(message);
});

test('ec2: a redirect is not followed, and no other host learns the token', async () => {
  const other = await world('ec2', { routes: imds });
  const location = `http://${other.server.address}/latest/meta-data/instance-id`;
  const routes = { ...imds, 'GET /latest/meta-data/instance-id': { status: 302, headers: { location } } };
  const made = await world('ec2', { routes, options: once });
  expect(await made.attributes()).toBeUndefined();
  expect(other.server.lines).toEqual([]);
});

test('ec2: tags of the metadata service', async () => {
  const options = { tags: ['^Name$', 'cost'], tags_from_imds: true };
  const made = await world('ec2', { routes: imds, options });
  expect(await made.attributes()).toEqual({ ...ec2Found, 'ec2.tag.Name': 'web-1', 'ec2.tag.cost-center': '42' });
});

test('ec2: without its tags an instance is known, and they are asked for again', async () => {
  const routes = { ...imds, 'GET /latest/meta-data/tags/instance': { status: 404 } };
  const made = await world('ec2', { routes, options: { tags: ['.*'], tags_from_imds: true, max_attempts: 1 } });
  const detected = await made.detect();
  expect(detected).toMatchObject({ kind: 'found', incomplete: { message: expect.stringMatching(/^tags of the/) } });
});

test('ec2: more tags than an instance can have are not asked for', async () => {
  const names = Array.from({ length: 1000 }, (_, i) => `t${i}`).join('\n');
  const routes = { ...imds, 'GET /latest/meta-data/tags/instance': names };
  const made = await world('ec2', { routes, options: { tags: ['.*'], tags_from_imds: true, max_attempts: 1 } });
  expect(await made.detect()).toMatchObject({ kind: 'found', incomplete: { message: expect.stringMatching(/256/) } });
  expect(made.server.lines.filter((line) => line.includes('/tags/instance/'))).toEqual([]);
});

const keys = { AccessKeyId: 'AKID', SecretAccessKey: 'SECRET', Token: 'SESSION' };
const tags = `<?xml version="1.0" encoding="UTF-8"?>
<DescribeTagsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
  <requestId>7a62c49f</requestId>
  <tagSet>
    <item><resourceId>i-1</resourceId><key>Name</key><value>a &amp; b</value></item>
    <item><resourceId>i-1</resourceId><key>team</key><value/></item>
  </tagSet>
</DescribeTagsResponse>`;

const credentials = {
  environment: {
    env: { AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'SECRET', AWS_SESSION_TOKEN: 'SESSION' },
    routes: {},
  },
  'a web identity': {
    env: { AWS_WEB_IDENTITY_TOKEN_FILE: import.meta.filename, AWS_ROLE_ARN: 'arn:aws:iam::1:role/r' },
    routes: {
      'POST /': `<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>
        <AccessKeyId>AKID</AccessKeyId><SecretAccessKey>SECRET</SecretAccessKey><SessionToken>SESSION</SessionToken>
        </Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`,
    },
  },
  'the agent of ECS': {
    env: { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/credentials/1' },
    routes: { 'GET /v2/credentials/1': { body: keys } },
  },
  'Pod Identity': {
    env: { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://$META/pod', AWS_CONTAINER_AUTHORIZATION_TOKEN: 'secret' },
    routes: { 'GET /pod': { body: keys } },
  },
  'the role of the instance': {
    env: {},
    routes: {
      'GET /latest/meta-data/iam/security-credentials/': 'the role\n',
      'GET /latest/meta-data/iam/security-credentials/the%20role': { body: keys },
    },
  },
} as const;

test.each(Object.entries(credentials))('ec2: tags of the API, with keys of %s', async (_of, { env, routes }) => {
  const api = await world('ec2', { routes: { 'POST /': tags } });
  const made = await world('ec2', {
    options: { tags: ['.*'], max_attempts: 1 },
    env: { ...env, AWS_ENDPOINT_URL_EC2: `http://${api.server.address}/` },
    routes: { ...imds, ...routes },
  });
  expect(await made.attributes()).toEqual({ ...ec2Found, 'ec2.tag.Name': 'a & b', 'ec2.tag.team': '' });
  const [question] = api.server.asked;
  expect(Object.fromEntries(new URLSearchParams(question?.body))).toEqual({
    Action: 'DescribeTags',
    Version: '2016-11-15',
    'Filter.1.Name': 'resource-id',
    'Filter.1.Value.1': 'i-1234567890abcdef0',
  });
  expect(question?.headers).toMatchObject({
    'x-amz-date': '20231114T221321Z',
    'x-amz-security-token': 'SESSION',
    authorization: expect.stringContaining(
      'Credential=AKID/20231114/us-west-2/ec2/aws4_request, ' +
        'SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature=',
    ),
  });
});

const container = {
  DockerId: 'self',
  Name: 'collector',
  Type: 'NORMAL',
  KnownStatus: 'RUNNING',
  LogDriver: 'awslogs',
  LogOptions: { 'awslogs-group': '/own', 'awslogs-region': 'us-west-2', 'awslogs-stream': 'own/1' },
};
const application = {
  ...container,
  DockerId: 'app',
  LogOptions: { 'awslogs-group': '/app', 'awslogs-region': 'us-west-2', 'awslogs-stream': 'app/1' },
};
const task = {
  Cluster: 'default',
  TaskARN: 'arn:aws:ecs:us-west-2:111122223333:task/default/158d1c8083dd49d6b527399fd6414f5c',
  Family: 'curltest',
  Revision: '26',
  AvailabilityZone: 'us-west-2d',
  LaunchType: 'FARGATE',
  Containers: [container, application, { ...application, DockerId: 'init', KnownStatus: 'STOPPED' }],
};
const v4 = { ECS_CONTAINER_METADATA_URI_V4: 'http://$META/v4/abc', ECS_CONTAINER_METADATA_URI: 'http://$META/v3' };
const ecsRoutes = { 'GET /v4/abc': { body: container }, 'GET /v4/abc/task': { body: task } };
const ecsFound = {
  'cloud.provider': 'aws',
  'cloud.platform': 'aws_ecs',
  'cloud.region': 'us-west-2',
  'cloud.account.id': '111122223333',
  'cloud.availability_zone': 'us-west-2d',
  'aws.ecs.cluster.arn': 'arn:aws:ecs:us-west-2:111122223333:cluster/default',
  'aws.ecs.task.arn': task.TaskARN,
  'aws.ecs.task.id': '158d1c8083dd49d6b527399fd6414f5c',
  'aws.ecs.task.family': 'curltest',
  'aws.ecs.task.revision': '26',
  'aws.ecs.launchtype': 'fargate',
};

test('ecs: a task, with where the other containers log to', async () => {
  const made = await world('ecs', { env: v4, routes: ecsRoutes });
  expect(await made.attributes()).toEqual({
    ...ecsFound,
    'aws.log.group.names': ['/app'],
    'aws.log.group.arns': ['arn:aws:logs:us-west-2:111122223333:log-group:/app'],
    'aws.log.stream.names': ['app/1'],
    'aws.log.stream.arns': ['arn:aws:logs:us-west-2:111122223333:log-group:/app:log-stream:app/1'],
  });
  expect(made.server.lines).toEqual(['GET /v4/abc/task', 'GET /v4/abc']);
});

test('ecs: version 3 of the endpoint', async () => {
  const routes = { 'GET /v3': '{}', 'GET /v3/task': { body: { ...task, LaunchType: undefined, Containers: [] } } };
  const made = await world('ecs', { env: { ECS_CONTAINER_METADATA_URI: 'http://$META/v3' }, routes });
  const { 'aws.ecs.launchtype': _launchType, ...found } = ecsFound;
  expect(await made.attributes()).toEqual(found);
});

test('ecs: a task that cannot be read is a failure, a container is not', async () => {
  const failing = await world('ecs', { env: v4, routes: { 'GET /v4/abc/task': { status: 500 } } });
  expect(await failing.detect()).toMatch(/status 500$/);
  const part = await world('ecs', { env: v4, routes: { 'GET /v4/abc/task': { body: task } } });
  expect(await part.detect()).toMatchObject({ kind: 'found', incomplete: { message: expect.stringMatching(/404/) } });
  const absent = await world('ecs');
  expect(await absent.attributes()).toBeUndefined();
  const missing = await world('ecs', { failOnMissing: true });
  expect(await missing.detect()).toMatch(/not Amazon ECS/);
});

test('lambda: a function', async () => {
  const env = {
    AWS_LAMBDA_FUNCTION_NAME: 'fn',
    AWS_REGION: 'eu-west-1',
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
    AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/fn',
    AWS_LAMBDA_LOG_STREAM_NAME: '2021/02/11/[$LATEST]abc',
  };
  expect(await (await world('lambda', { env })).attributes()).toEqual({
    'cloud.provider': 'aws',
    'cloud.platform': 'aws_lambda',
    'cloud.region': 'eu-west-1',
    'faas.name': 'fn',
    'faas.version': '$LATEST',
    'faas.instance': '2021/02/11/[$LATEST]abc',
    'faas.max_memory': '128',
    'aws.log.group.names': ['/aws/lambda/fn'],
    'aws.log.stream.names': ['2021/02/11/[$LATEST]abc'],
  });
  expect(await (await world('lambda')).attributes()).toBeUndefined();
  expect(await (await world('lambda', { failOnMissing: true })).detect()).toMatch(/not AWS Lambda/);
});

const beanstalk = {
  '/var/elasticbeanstalk/xray/environment.conf': '{"deployment_id":23,"version_label":"v1","environment_name":"prod"}',
};

test('elastic_beanstalk: the file for X-Ray, with the names that gates choose', async () => {
  const common = { 'cloud.provider': 'aws', 'cloud.platform': 'aws_elastic_beanstalk', 'service.version': 'v1' };
  const old = { 'service.instance.id': '23', 'deployment.environment': 'prod' };
  const next = { 'deployment.id': '23', 'deployment.environment.name': 'prod' };
  const prefix = 'processor.resourcedetection.elasticbeanstalk.';
  const emit = `${prefix}EmitV1DeploymentConventions`;
  const of = async (...gates: string[]) => (await world('elastic_beanstalk', { files: beanstalk, gates })).attributes();
  expect(await of()).toEqual({ ...common, ...old });
  expect(await of(emit)).toEqual({ ...common, ...old, ...next });
  expect(await of(emit, `${prefix}DontEmitV0DeploymentConventions`)).toEqual({ ...common, ...next });
  expect(await (await world('elastic_beanstalk')).attributes()).toBeUndefined();
  expect(await (await world('elastic_beanstalk', { failOnMissing: true })).detect()).toMatch(/unavailable/);
  const broken = { '/var/elasticbeanstalk/xray/environment.conf': '{' };
  expect(await (await world('elastic_beanstalk', { files: broken })).detect()).toMatch(/not JSON/);
});
