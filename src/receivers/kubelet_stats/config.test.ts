import { expect, test } from 'vitest';
import { config } from './config.js';
import { baseOf } from './kubelet/direct-kubelet.js';
import { quantityOf } from './pods/quantity.js';
import { metricTables } from './metrics/tables.js';

function faults(given: object): string[] {
  return (config.safeParse(given).error?.issues ?? []).map((issue) => `${issue.path.join('.')}: ${issue.message}`);
}

test.each<[object, string]>([
  [{ auth_type: 'token' }, 'auth_type: invalid authType for kubernetes: token'],
  [{ metric_groups: ['disk'] }, 'metric_groups.0: invalid entry in metric_groups'],
  [{ extra_metadata_labels: ['k8s.x'] }, 'extra_metadata_labels.0: label "k8s.x" is not supported'],
  [
    { extra_metadata_labels: ['container.id', 'container.id'] },
    'extra_metadata_labels.1: duplicate metadata label: "container.id"',
  ],
  [
    { metrics: { 'k8s.pod.cpu.node.utilization': { enabled: true } } },
    'node: for k8s.pod.cpu.node.utilization node setting is required. Check the readme on how to set the required ' +
      'setting',
  ],
])('%j', (given, fault) => {
  expect(faults(given)).toEqual([fault]);
});

test.each([
  ['serviceAccount', 'n1:10250', 'https://n1:10250'],
  ['none', 'n1:10255', 'http://n1:10255'],
  ['tls', 'https://n1:1/', 'https://n1:1'],
  ['tls', 'http://n1:1', 'http://n1:1'],
] as const)('%s at %s', (auth_type, endpoint, url) => {
  expect(baseOf({ auth_type, endpoint })).toBe(url);
});

test.each<[string, number | undefined]>([
  ['1', 1],
  ['500m', 0.5],
  ['1.5Gi', 1.5 * 2 ** 30],
  ['2k', 2000],
  ['1e3', 1000],
  ['1E', 1e18],
  ['.5', 0.5],
  ['', undefined],
  ['-1', undefined],
  ['1Kj', undefined],
  ['mi', undefined],
])('the quantity %s', (text, value) => {
  const found = quantityOf(text);
  if (value === undefined) expect(found).toBeUndefined();
  else expect(found).toBeCloseTo(value, 6);
});

test('each metric is there once, and those that cost more are off', () => {
  const all = Object.values(metricTables).flat();
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  expect(all.length).toBe(67);
  expect(all.filter(({ name, on }) => on && /utilization|uptime|pid|system_container|inode\./.test(name))).toEqual([]);
});
