import { expect, test } from 'vitest';
import { atLeast, readRequest } from './request.js';

test('files, tiers and replicas', () => {
  const flags = { tier: ['gateway=a.yaml,b.yaml:3', 'agent=env:CONFIG', 'node=n.yaml:node'], replicas: ['agent=2-5'] };
  expect(readRequest(['router.yaml'], flags, { X: '1' })).toEqual({
    tiers: [
      { name: undefined, uris: ['router.yaml'] },
      { name: 'gateway', uris: ['a.yaml', 'b.yaml'] },
      { name: 'agent', uris: ['env:CONFIG'] },
      { name: 'node', uris: ['n.yaml'] },
    ],
    replicas: new Map([
      ['gateway', { kind: 'counted', min: 3, max: 3 }],
      ['node', { kind: 'node' }],
      ['agent', { kind: 'counted', min: 2, max: 5 }],
    ]),
    env: { X: '1' },
  });
});

test.each([
  [{ tier: ['gateway.yaml'] }, 'invalid argument "gateway.yaml" for "--tier" flag: give NAME=FILE'],
  [{ tier: ['gateway='] }, 'for "--tier" flag'],
  [{ tier: ['gateway=a.yaml:5-2'] }, 'give replicas as 3, as 2-10, or node'],
  [{ tier: ['gateway=a.yaml:0'] }, 'give replicas as 3'],
  [{ replicas: ['gateway'] }, 'invalid argument "gateway" for "--replicas" flag: give NAME=NUMBER'],
  [{ replicas: ['gateway=many'] }, 'give replicas as 3'],
  [{ replicas: ['gateway=-1'] }, 'give replicas as 3'],
  [{ replicas: ['gateway=99999999'] }, 'give replicas as 3'],
])('%j is refused', (flags, says) => {
  expect(() => readRequest([], flags, {})).toThrow(says);
});

test('a severity that there is not is refused', () => {
  const report = { tiers: [], unread: [], findings: [], ignored: [] };
  expect(atLeast('error', report)).toEqual(report);
  expect(() => atLeast('fatal', report)).toThrow('one of info, warning, error');
});
