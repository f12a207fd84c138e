import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { rules } from '../../src/lint/all-rules.js';
import { jsonReport } from '../../src/lint/report/json.js';
import { textReport } from '../../src/lint/report/text.js';
import { linted } from '../support/lint.js';

// Each folder has the configurations of some tiers, and in expected.txt the command and what it prints. A changed rule
// is written there by `npx vitest run test/lint/corpus.test.ts -u`, and then read.
const corpus = path.join(import.meta.dirname, 'corpus');
const sets = fs.readdirSync(corpus);

test('there are at least 60 sets, and good ones among them', () => {
  expect(sets.length).toBeGreaterThanOrEqual(60);
  expect(sets.filter((set) => set.startsWith('good-')).length).toBeGreaterThanOrEqual(20);
});

test.each(sets)('%s', async (set) => {
  const folder = path.join(corpus, set);
  const file = path.join(folder, 'expected.txt');
  const [line = ''] = fs.readFileSync(file, 'utf8').split('\n', 1);
  const command = line.replace(/^\$ kanmon lint /, '');
  expect(command).not.toBe(line);
  const report = await linted(command, folder);
  const text = textReport(report, (_colour, part) => part).replaceAll(`${folder}/`, '');
  await expect(`${line}\n${text}`).toMatchFileSnapshot(file);
  if (set.startsWith('good-')) expect(report.findings).toEqual([]);
  // The same in JSON.
  const { findings } = JSON.parse(jsonReport(report)) as { readonly findings: readonly { readonly id: string }[] };
  expect(findings.map(({ id }) => id)).toEqual(report.findings.map(({ id }) => id));
});

test('every rule has a set in which it is broken', () => {
  const all = sets.map((set) => fs.readFileSync(path.join(corpus, set, 'expected.txt'), 'utf8')).join('\n');
  const missing = rules.filter(({ id, severity }) => !all.includes(`: ${severity} ${id}`)).map(({ id }) => id);
  expect(missing).toEqual([]);
});
