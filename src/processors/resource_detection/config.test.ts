import { expect, test } from 'vitest';
import { faultsInUse } from '../../../test/support/faults-in-use.js';
import { config } from './config.js';
import { detectorNames, detectorKinds } from './detectors/all.js';

const faultOf = (options: object, env: Readonly<Record<string, string>> = {}): string | undefined => {
  const parsed = config.safeParse(options);
  if (!parsed.success) return parsed.error.issues[0]?.message;
  return faultsInUse(config, options, { env })[0]?.message;
};

test('the defaults', () => {
  expect(config.parse({})).toMatchObject({
    detectors: ['env'],
    override: true,
    timeout: 5000,
    refresh_interval: 0,
    fail_on_missing_metadata: false,
    retry: {
      enabled: true,
      initial_interval: 1000,
      randomization_factor: 0.5,
      multiplier: 2,
      max_interval: 30_000,
      max_elapsed_time: 0,
    },
  });
});

test('every detector starts with an empty list of options', () => {
  expect(faultOf({ detectors: detectorNames }, { K8S_NODE_NAME: 'node' })).toBeUndefined();
  expect(faultOf(Object.fromEntries(Object.keys(detectorKinds).map((key) => [key, {}])))).toBeUndefined();
});

test.each([
  [{ detectors: ['nope'] }, 'invalid detector key: nope'],
  [{ detectors: ['host'] }, 'invalid detector key: host'],
  [{ detectors: [] }, /no detectors succeeded/],
  [{ detectors: [1] }, /expected/],
  [{ timeout: '5' }, /missing unit/],
  [{ timeout: '-1s' }, /must not be negative/],
  [{ timeout: '0s' }, /retry.enabled requires either timeout > 0/],
  [{ override: 'no' }, /expected/],
  [{ refresh_interval: '-1m' }, /must not be negative/],
  [{ retry: { multiplier: -1 } }, 'multiplier value must be greater than or equal to 0'],
  [{ retry: { randomization_factor: 2 } }, /within \[0, 1\]/],
  [{ retry: { max_elapsed_time: '1s' } }, /must not be less than max_interval/],
  [{ retry: { jitter: 1 } }, /jitter/],
  [{ system: { hostname_sources: ['foo'] } }, 'hostname_sources contains invalid value: "foo"'],
  [{ system: { resource_attributes: { 'host.foo': { enabled: true } } } }, /host\.foo/],
  [{ system: { resource_attributes: { 'host.id': { enabled: 'yes' } } } }, /expected/],
  [{ ec2: { tags: ['('] } }, /missing closing \)/],
  [{ ec2: { max_attempts: -1 } }, /must not be negative/],
  [{ k8s_api: { context: 'c' } }, /belongs to auth_type kubeConfig/],
  [{ k8s_api: { auth_type: 'x' } }, /unsupported value "x"/],
  [{ openshift: { address: 'localhost:1' } }, /address must be a valid URL/],
  [{ ibmcloud_vpc: { protocol: 'ftp' } }, /unsupported value "ftp"/],
  [{ foo: 1 }, /foo/],
  [{ endpoint: 'x' }, /endpoint/],
])('%j', (options, message) => {
  const fault = faultOf(options);
  expect(fault).toBeDefined();
  expect(fault).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
});

test.each([
  { detectors: 'env,system' },
  { k8s_api: { auth_type: 'kubeConfig', context: 'c' } },
  { timeout: '0s', retry: { enabled: false } },
  { timeout: '0s', retry: { max_elapsed_time: '1m' } },
  { system: null },
  { ec2: { resource_attributes: { 'host.id': null } } },
])('%j is good', (options) => {
  expect(faultOf(options)).toBeUndefined();
});

test('what the environment lacks is a fault before the start', () => {
  const malformed = { OTEL_RESOURCE_ATTRIBUTES: 'a=%zz' };
  expect(faultOf({}, malformed)).toMatch(/^failed creating detector type "env": .*invalid URL escape "%zz"/);
  expect(faultOf({ detectors: ['heroku'] }, malformed)).toBeUndefined();
  const named = { detectors: ['k8snode'], k8snode: { node_from_env_var: 'MY_NODE' } };
  expect(faultOf({ detectors: ['k8snode'] }, { K8S_NODE_NAME: '' })).toMatch(/node name can't be found/);
  expect(faultOf(named, { K8S_NODE_NAME: 'n' })).toMatch(/MY_NODE/);
  expect(faultOf(named, { MY_NODE: 'n' })).toBeUndefined();
});
