import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { positionOf } from '../../src/config/place.js';
import type { LintReport } from '../../src/lint/lint.js';
import { linted } from '../support/lint.js';

const root = path.resolve(import.meta.dirname, '../..');
const inFolder = (folder: string): string[] =>
  fs.readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => path.join(folder, file));

const ofComponents = inFolder('src').filter((file) => path.basename(file) === 'example.yaml');
const all = [...inFolder('examples'), ...inFolder('deploy/container'), ...ofComponents].filter(
  (file) => file.endsWith('.yaml') && !/\.test\.yaml$|compose\.yaml$/.test(file),
);
const tiers = all.filter((file) => file.endsWith('tier-1.yaml'));

/** Each finding with its place. */
const shown = ({ findings }: LintReport): string[] =>
  findings.map(({ id, path: key, place }) => `${place.source.name}:${positionOf(place).line}: ${id} ${key}`);

test.each(all)('nothing is found in %s', async (file) => {
  const report = await linted(file, root);
  expect(shown(report)).toEqual([]);
});

test.each(tiers)('nothing is found in %s with its second tier, of three instances', async (file) => {
  const command = `${file} ${file.replace('tier-1', 'tier-2')} --replicas tier-1=2 --replicas tier-2=3`;
  const report = await linted(command, root);
  expect(report.tiers).toEqual(['tier-1', 'tier-2']);
  expect(shown(report)).toEqual([]);
});

// The files of a set name each other's ports, by their defaults or in their comments.
test.each([
  'agents/agent.yaml agents/gateway.yaml agents/tier-2.yaml --replicas agent=node --replicas gateway=3 ' +
    '--replicas tier-2=3',
  'kubernetes-agent.yaml agents/gateway.yaml agents/tier-2.yaml --replicas kubernetes-agent=node ' +
    '--replicas gateway=3 --replicas tier-2=3',
  'host-agent.yaml gateway.yaml --replicas host-agent=node --replicas gateway=3',
  'host-agent.yaml persistent-gateway.yaml --replicas host-agent=node --replicas persistent-gateway=3',
  'host-agent.yaml two-tiers/tier-1.yaml two-tiers/tier-2.yaml --replicas host-agent=node --replicas tier-1=2 ' +
    '--replicas tier-2=3',
  'log-files/kubernetes.yaml gateway.yaml --replicas kubernetes=node --replicas gateway=3',
  'log-files/stack-traces.yaml gateway.yaml --replicas stack-traces=node --replicas gateway=3',
  'single-writer/counts.yaml single-writer/tier-2.yaml --replicas counts=2 --replicas tier-2=3',
])('nothing is found in %s', async (command) => {
  const report = await linted(command, path.join(root, 'examples'));
  expect(report.tiers.length).toBeGreaterThan(1);
  expect(shown(report)).toEqual([]);
});

test('there are examples of components', () => expect(ofComponents.length).toBeGreaterThan(50));

test('there are examples of two tiers', () => expect(tiers.length).toBeGreaterThanOrEqual(3));
