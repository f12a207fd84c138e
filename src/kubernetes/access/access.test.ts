import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { heldWorld } from '../../../test/support/held-world.js';
import { HeldClock } from '../../testing/held-clock.js';
import { openAccess, type AccessConfig, type AccessWorld, type ApiAccess } from './access.js';
import { ownNamespace } from './in-cluster.js';

let folder = '';
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-access-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

const clock = new HeldClock();
const inPod = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' };

function world(env: NodeJS.ProcessEnv = inPod): AccessWorld {
  return { env, clock, logger: heldWorld().context.logger, serviceAccountFolder: folder };
}

function open(config: Partial<AccessConfig>, env?: NodeJS.ProcessEnv): ApiAccess {
  return openAccess({ auth_type: 'kubeConfig', kube_config_path: '', context: '', ...config }, world(env));
}

function write(name: string, text: string, mode = 0o600): string {
  const file = path.join(folder, name);
  fs.writeFileSync(file, text, { mode });
  return file;
}

test('a pod finds server, token, authority and namespace', async () => {
  write('token', 'abc\n');
  write('ca.crt', 'AUTHORITY');
  write('namespace', 'shop');
  const access = open({ auth_type: 'serviceAccount' });
  expect(access.server).toBe('https://10.0.0.1:443');
  expect(access.tls?.()).toEqual({ ca: ['AUTHORITY'] });
  expect(access.tls?.()).toBe(access.tls?.());
  expect(await access.credentials()).toEqual({ authorization: 'Bearer abc' });
  expect(ownNamespace(world())).toBe('shop');
  write('token', 'the next one');
  write('ca.crt', 'THE NEXT AUTHORITY');
  await clock.pass(1000);
  expect(access.tls?.()).toEqual({ ca: ['THE NEXT AUTHORITY'] });
  expect(await access.credentials()).toEqual({ authorization: 'Bearer the next one' });
});

test('an IPv6 address of the server stands in brackets, and `none` needs no files', async () => {
  const access = open({ auth_type: 'none' }, { ...inPod, KUBERNETES_SERVICE_HOST: 'fd00::1' });
  expect(access.server).toBe('https://[fd00::1]:443');
  expect(await access.credentials()).toEqual({});
  expect(ownNamespace(world())).toBeUndefined();
});

const cluster = 'clusters: [{name: c, cluster: {server: "https://api.example:6443/", proxy-url: "http://proxy:1"}}]';

function kubeConfig(user: string, more = cluster): string {
  return write(
    'config',
    'current-context: one\n' +
      `contexts: [{name: one, context: {cluster: c, user: u}}, {name: two, context: {}}]\n${more}\n` +
      `users: [{name: u, user: {${user}}}]\n`,
  );
}

test.each([
  ['token: secret', { authorization: 'Bearer secret' }],
  ['tokenFile: token-of-mine', { authorization: 'Bearer from a file' }],
  ['username: me, password: pass', { authorization: `Basic ${Buffer.from('me:pass').toString('base64')}` }],
  ['client-certificate-data: YQ==, client-key-data: Yg==', {}],
])('a user with %s', async (user, headers) => {
  write('token-of-mine', 'from a file\n');
  const access = open({ kube_config_path: kubeConfig(user) });
  expect(access.server).toBe('https://api.example:6443');
  expect(access.proxyUrl).toBe('http://proxy:1');
  expect(await access.credentials()).toEqual(headers);
  expect(access.tls?.()).toEqual(user.includes('certificate') ? { cert: 'a', key: 'b' } : {});
});

test('KUBECONFIG and the home folder are looked at', () => {
  const file = kubeConfig('token: x');
  expect(open({}, { KUBECONFIG: file }).server).toBe('https://api.example:6443');
  fs.mkdirSync(path.join(folder, '.kube'));
  fs.renameSync(file, path.join(folder, '.kube', 'config'));
  expect(open({}, { HOME: folder }).server).toBe('https://api.example:6443');
});

test('authorities, names and unchecked certificates of a cluster', () => {
  const ca = Buffer.from('CA').toString('base64');
  const secure = (options: string): unknown =>
    open({
      kube_config_path: kubeConfig('token: x', `clusters: [{name: c, cluster: {server: "https://a:1", ${options}}}]`),
    }).tls?.();
  expect(secure(`certificate-authority-data: ${ca}, tls-server-name: other`)).toEqual({
    ca: ['CA'],
    servername: 'other',
  });
  expect(secure('insecure-skip-tls-verify: true')).toEqual({ rejectUnauthorized: false });
});

test('a program prints credentials, which are kept until shortly before they end', async () => {
  const ends = new Date(clock.unixMs() + 60_000).toISOString();
  write(
    'helper',
    `#!/bin/sh\necho run >> runs\nprintf '{"status":{"token":"'$NAME'-'$1'","expirationTimestamp":"${ends}"}}'\n`,
    0o700,
  );
  const runs = (): number => fs.readFileSync(path.join(folder, 'runs'), 'utf8').split('\n').length - 1;
  write('helper', fs.readFileSync(path.join(folder, 'helper'), 'utf8').replace('>> runs', `>> ${folder}/runs`), 0o700);
  const access = open({
    kube_config_path: kubeConfig('exec: {command: ./helper, args: [mine], env: [{name: NAME, value: token}]}'),
  });
  expect(await access.credentials()).toEqual({ authorization: 'Bearer token-mine' });
  await access.credentials();
  expect(runs()).toBe(1);
  access.forget();
  await access.credentials();
  expect(runs()).toBe(2);
  await clock.pass(50_000);
  await access.credentials();
  expect(runs()).toBe(3);
});

test.each<[string, () => unknown, RegExp]>([
  [
    'no cluster around',
    () => open({ auth_type: 'serviceAccount' }, {}),
    /KUBERNETES_SERVICE_HOST.*must be defined.*kubeConfig/,
  ],
  [
    'a host that makes no URL',
    () => open({ auth_type: 'none' }, { ...inPod, KUBERNETES_SERVICE_HOST: 'a b' }),
    /make no URL/,
  ],
  ['no token', () => open({ auth_type: 'serviceAccount' }), /open .*token: no such file.*serviceAccountName/],
  [
    'no authority',
    () => {
      write('token', 'x');
      return open({ auth_type: 'serviceAccount' });
    },
    /open .*ca\.crt: no such file/,
  ],
  [
    'no kubeconfig',
    () => open({ kube_config_path: '/nowhere/config' }),
    /open \/nowhere\/config: no such file.*kube_config_path/,
  ],
  ['no YAML', () => open({ kube_config_path: write('config', 'a: [') }), /is no YAML: /],
  [
    'a context that is not there',
    () => open({ kube_config_path: kubeConfig(''), context: 'three' }),
    /context "three" is not in .*: one, two/,
  ],
  [
    'a cluster that is not there',
    () => open({ kube_config_path: kubeConfig(''), context: 'two' }),
    /cluster "" of context "two" is not in .*There are c/,
  ],
  [
    'a server that is none',
    () => open({ kube_config_path: kubeConfig('', 'clusters: [{name: c, cluster: {server: nope}}]') }),
    /has no server/,
  ],
  [
    'a token file that is missing',
    () => open({ kube_config_path: kubeConfig('tokenFile: nope') }),
    /open .*nope: no such file.*config names it/,
  ],
  ['exec without a command', () => open({ kube_config_path: kubeConfig('exec: {}') }), /names no command/],
])('%s is said in words', (_what, act, message) => {
  expect(act).toThrow(message);
});

test.each([
  ['a program that is not there', 'nobody-has-this', /no such program/],
  ['one that fails', 'false', /false: ended with 1/],
  ['one that prints nothing', 'true', /printed no JSON/],
])('%s is an error of the request', async (_what, command, message) => {
  const access = open({ kube_config_path: kubeConfig(`exec: {command: "${command}"}`) }, { PATH: process.env['PATH'] });
  await expect(access.credentials()).rejects.toThrow(message);
});
