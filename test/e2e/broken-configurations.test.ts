import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommand } from '../support/program.js';

interface Case {
  readonly mistake: string;
  readonly yaml: readonly string[];
  /** Every line of what `validate` answers. */
  readonly says: readonly string[];
}

// Mistakes that a new user makes. An answer is changed here only after it was read as that user would read it.
const cases = JSON.parse(
  fs.readFileSync(path.join(import.meta.dirname, 'broken-configurations.json'), 'utf8'),
) as Case[];
let folder = '';
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-broken-'));
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

test('there are at least sixty of them', () => {
  expect(cases.length).toBeGreaterThanOrEqual(60);
  expect(new Set(cases.map(({ mistake }) => mistake)).size).toBe(cases.length);
});

test.concurrent.each(cases)('$mistake', async ({ mistake, yaml, says }) => {
  const own = path.join(folder, mistake.replaceAll(/\W/g, '-'));
  fs.mkdirSync(own);
  fs.writeFileSync(path.join(own, 'config.yaml'), yaml.join('\n'));
  const { code, stdout, stderr } = await runCommand(['validate', '--config', 'config.yaml'], own);
  expect({ code, says: (stdout + stderr).trimEnd().split('\n') }).toEqual({ code: 1, says });
});
