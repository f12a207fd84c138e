import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { DetectorWorld, type DetectorWorldOptions } from '../../../../test/support/detector-world.js';
import { MetadataServer, type MetadataRoutes } from '../../../../test/support/metadata-server.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

async function world(name: string, options: DetectorWorldOptions = {}): Promise<DetectorWorld> {
  const made = await DetectorWorld.of(name, options);
  stops.push(() => made.stop());
  return made;
}

const versioned = { 'api-version': '1.47', ostype: 'linux' };
const docker: MetadataRoutes = {
  'HEAD /_ping': { headers: versioned },
  'GET /v1.47/info': { body: { Name: 'docker-host', OSType: 'linux' } },
  [`GET /v1.47/containers/${os.hostname()}/json`]: { body: { Name: '/agent', Config: { Image: 'kanmon:1' } } },
};

test('docker: through the Unix socket', async () => {
  const made = await world('docker', { files: { '/var/run/keep': '' } });
  const daemon = await MetadataServer.start(docker, path.join(made.root, 'var/run/docker.sock'));
  stops.push(() => daemon.stop());
  expect(await made.attributes()).toEqual({ 'host.name': 'docker-host', 'os.type': 'linux' });
  expect(daemon.lines).toEqual(['HEAD /_ping', 'GET /v1.47/info']);
});

test('docker: where DOCKER_HOST says, with the names of the container', async () => {
  const options = {
    resource_attributes: { 'container.name': { enabled: true }, 'container.image.name': { enabled: true } },
  };
  const found = {
    'host.name': 'docker-host',
    'os.type': 'linux',
    'container.name': 'agent',
    'container.image.name': 'kanmon:1',
  };
  const tcp = await world('docker', { env: { DOCKER_HOST: 'tcp://$META' }, routes: docker, options });
  expect(await tcp.attributes()).toEqual(found);
  const socket = path.join(tcp.root, 'my.sock');
  const daemon = await MetadataServer.start(docker, socket);
  stops.push(() => daemon.stop());
  const unix = await world('docker', { env: { DOCKER_HOST: `unix://${socket}` }, options });
  expect(await unix.attributes()).toEqual(found);
});

test('docker: the oldest version of the API where the daemon names none', async () => {
  const routes = { 'HEAD /_ping': '', 'GET /v1.24/info': { body: { Name: 'old', OSType: 'linux' } } };
  const made = await world('docker', { env: { DOCKER_HOST: 'tcp://$META' }, routes });
  expect(await made.attributes()).toMatchObject({ 'host.name': 'old' });
});

test.each([
  ['no socket', {}],
  ['a daemon that refuses', { DOCKER_HOST: 'tcp://$META' }],
  ['nonsense', { DOCKER_HOST: 'ssh://host' }],
])('docker: %s', async (_what, env) => {
  const routes = { 'HEAD /_ping': { headers: versioned }, '*': { status: 403 } };
  expect(await (await world('docker', { env, routes })).detect()).toMatchObject({ kind: 'absent' });
  expect(await (await world('docker', { env, routes, failOnMissing: true })).detect()).toMatch(
    /the Docker daemon unavailable/,
  );
});

const self = {
  Config: { Datacenter: 'dc1', NodeID: 'node-id-1', NodeName: 'node-1' },
  Meta: { env: 'prod', rack: 'r1', n: 1 },
};
const consulFound = { 'cloud.region': 'dc1', 'host.id': 'node-id-1', 'host.name': 'node-1' };

test('consul: the agent, its datacenter, its namespace and its token', async () => {
  const options = { datacenter: 'dc2', namespace: 'ns', token: 'secret', meta: { env: null, missing: null } };
  const made = await world('consul', {
    options,
    env: { CONSUL_HTTP_ADDR: '$META', CONSUL_HTTP_TOKEN: 'other' },
    routes: { 'GET /v1/agent/self': { body: self } },
  });
  expect(await made.attributes()).toEqual({ ...consulFound, env: 'prod' });
  expect(made.server.lines).toEqual(['GET /v1/agent/self?dc=dc2&ns=ns']);
  expect(made.server.asked[0]?.headers['x-consul-token']).toBe('secret');
});

test('consul: a token in a file, the address of the configuration, and a prefix by a gate', async () => {
  const server = await MetadataServer.start({ 'GET /v1/agent/self': { body: self } });
  stops.push(() => server.stop());
  const made = await world('consul', {
    options: { address: `http://${server.address}/`, token_file: import.meta.filename, meta: { rack: true } },
    gates: ['processor.resourcedetection.consul.prefixMetaAttributes'],
  });
  // The file is longer than any header may be, so that the request cannot be sent.
  expect(await made.detect()).toMatchObject({ kind: 'absent' });
  const plain = await world('consul', {
    options: { address: server.address, meta: { rack: true } },
    gates: ['processor.resourcedetection.consul.prefixMetaAttributes'],
  });
  expect(await plain.attributes()).toEqual({ ...consulFound, 'consul.meta.rack': 'r1' });
});

test.each([
  ['fails', { status: 500, body: 'x' }],
  ['says nothing of itself', { body: {} }],
  ['lies', '[1]'],
])('consul: an agent that %s', async (_what, answer) => {
  const given = { env: { CONSUL_HTTP_ADDR: '$META' }, routes: { 'GET /v1/agent/self': answer } };
  expect(await (await world('consul', given)).detect()).toMatchObject({ kind: 'absent' });
  expect(await (await world('consul', { ...given, failOnMissing: true })).detect()).toMatch(
    /the agent of Consul unavailable/,
  );
});

const machine = {
  '/etc/hosts': '127.0.0.1 localhost\n',
  '/etc/machine-id': 'b08dfa6083e7567a1921a715000001fb\n',
  '/etc/os-release': 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n',
  '/etc/debian_version': '12.5\n',
  '/proc/cpuinfo':
    'processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 85\nmodel name\t: Xeon\nstepping\t: 7\n' +
    'cache size\t: 36608 KB\n\nprocessor\t: 1\nvendor_id\t: Other\n',
  '/sys/class/net/lo/flags': '0x9\n',
  '/sys/class/net/eth0/flags': '0x1003\n',
  '/sys/class/net/eth0/address': 'ac:de:48:00:11:22\n',
  '/sys/class/net/down0/flags': '0x1002\n',
};
const every = [
  'host.arch',
  'host.cpu.cache.l2.size',
  'host.cpu.family',
  'host.cpu.model.id',
  'host.cpu.model.name',
  'host.cpu.stepping',
  'host.cpu.vendor.id',
  'host.id',
  'host.interface',
  'host.mac',
  'os.build.id',
  'os.name',
  'os.version',
];
const on = (names: readonly string[]): object => Object.fromEntries(names.map((name) => [name, { enabled: true }]));

test('system: host name and type of the system', async () => {
  const made = await world('system', { options: { hostname_sources: ['os'] } });
  expect(await made.attributes()).toEqual({ 'host.name': os.hostname(), 'os.type': 'linux' });
});

test('system: all, of the files of a machine', async () => {
  const options = { hostname_sources: ['os'], resource_attributes: on(every) };
  expect(await (await world('system', { files: machine, options })).attributes()).toEqual({
    'host.name': os.hostname(),
    'os.type': 'linux',
    'host.arch': expect.stringMatching(/^(amd64|arm64|.+)$/),
    'host.id': 'b08dfa6083e7567a1921a715000001fb',
    'host.interface': ['eth0'],
    'host.mac': ['AC-DE-48-00-11-22'],
    'host.cpu.vendor.id': 'GenuineIntel',
    'host.cpu.family': '6',
    'host.cpu.model.id': '85',
    'host.cpu.model.name': 'Xeon',
    'host.cpu.stepping': '7',
    'host.cpu.cache.l2.size': 36608,
    'os.name': 'debian',
    'os.version': '12.5',
    'os.build.id': os.release(),
  });
});

test('system: addresses and the description, of this machine', async () => {
  const options = { hostname_sources: ['os'], resource_attributes: on(['host.ip', 'os.description']) };
  const found = await (await world('system', { files: machine, options })).attributes();
  expect(found?.['host.ip']).toBeInstanceOf(Array);
  expect(found?.['host.ip']).not.toContain('127.0.0.1');
  expect(found?.['os.description']).toMatch(/^Debian GNU\/Linux 12 \(bookworm\) \(Linux /);
});

test('system: what cannot be read is left out, and said', async () => {
  const options = { hostname_sources: ['os'], resource_attributes: on(every) };
  const made = await world('system', { options });
  expect(await made.attributes()).toMatchObject({ 'host.name': os.hostname(), 'os.type': 'linux' });
  const said = made.world.lines.filter(({ level }) => level === 'warn').map(({ fields }) => fields?.['attributes']);
  expect(said).toContainEqual(['host.id']);
});

test('system: a name that is switched off is not looked for', async () => {
  const options = { hostname_sources: ['lookup'], resource_attributes: { 'host.name': { enabled: false } } };
  expect(await (await world('system', { options })).attributes()).toEqual({ 'os.type': 'linux' });
});

test('system: the qualified name of the hosts file', async () => {
  const files = {
    '/etc/hosts':
      `# comment\n10.0.0.1 other.example ${os.hostname()}x\n` +
      `10.0.0.2 ${os.hostname()}.example.com ${os.hostname()}\n`,
  };
  expect((await (await world('system', { files })).attributes())?.['host.name']).toBe(`${os.hostname()}.example.com`);
});
