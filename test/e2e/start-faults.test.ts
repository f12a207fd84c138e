import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommand } from '../support/program.js';

interface Case {
  readonly mistake: string;
  readonly yaml: readonly string[];
  /** Every line of what `validate` and a start answer. */
  readonly says: readonly string[];
}

// Found by the walk of test/contract/options.test.ts: most of these were good for `validate`, and stopped the start.
const cases = JSON.parse(fs.readFileSync(path.join(import.meta.dirname, 'start-faults.json'), 'utf8')) as Case[];
let folder = '';
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-start-faults-'));
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

test('there are at least forty of them', () => {
  expect(cases.length).toBeGreaterThanOrEqual(40);
  expect(new Set(cases.map(({ mistake }) => mistake)).size).toBe(cases.length);
});

test.concurrent.each(cases)('$mistake', async ({ mistake, yaml, says }) => {
  const own = path.join(folder, mistake.replaceAll(/\W/g, '-'));
  fs.mkdirSync(own);
  fs.writeFileSync(path.join(own, 'config.yaml'), yaml.join('\n'));
  const validated = await runCommand(['validate', '--config', 'config.yaml'], own);
  expect({ code: validated.code, says: validated.stderr.trimEnd().split('\n') }).toEqual({ code: 1, says });
  const started = await runCommand(['--config', 'config.yaml'], own);
  // A component that cannot be created is in the log as well.
  const from = started.stderr.lastIndexOf('Error: the configuration has');
  expect({ code: started.code, says: started.stderr.slice(from).trimEnd().split('\n') }).toEqual({ code: 1, says });
});
