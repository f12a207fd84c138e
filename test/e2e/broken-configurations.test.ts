import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CommandProcess } from '../support/command-lines.js';
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
const commands = new CommandProcess();
let folder = '';
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-broken-'));
});
afterAll(() => {
  commands.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

test('there are at least sixty of them', () => {
  expect(cases.length).toBeGreaterThanOrEqual(60);
  expect(new Set(cases.map(({ mistake }) => mistake)).size).toBe(cases.length);
});

const written = ({ mistake, yaml }: Case): string => {
  const own = path.join(folder, mistake.replaceAll(/\W/g, '-'));
  fs.mkdirSync(own, { recursive: true });
  fs.writeFileSync(path.join(own, 'config.yaml'), yaml.join('\n'));
  return own;
};
const command = ['validate', '--config', 'config.yaml'];

test.each(cases)('$mistake', async (mistake) => {
  const { code, stdout, stderr } = await commands.run(command, written(mistake));
  expect({ code, says: (stdout + stderr).trimEnd().split('\n') }).toEqual({ code: 1, says: mistake.says });
});

// As a user runs it; each answer takes a second or two.
test.each(cases.filter((_, i) => i % 20 === 0))('$mistake, in a process of its own', async (mistake) => {
  const { code, stdout, stderr } = await runCommand(command, written(mistake));
  expect({ code, says: (stdout + stderr).trimEnd().split('\n') }).toEqual({ code: 1, says: mistake.says });
});
