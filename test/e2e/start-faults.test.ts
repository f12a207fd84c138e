import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CommandProcess } from '../support/command-lines.js';
import { runCommand, type CommandAnswer } from '../support/program.js';

interface Case {
  readonly mistake: string;
  readonly yaml: readonly string[];
  /** Every line of what `validate` and a start answer. */
  readonly says: readonly string[];
}

// Found by the walk of test/contract/options.test.ts: most of these were good for `validate`, and stopped the start.
const cases = JSON.parse(fs.readFileSync(path.join(import.meta.dirname, 'start-faults.json'), 'utf8')) as Case[];
const commands = new CommandProcess();
let folder = '';
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-start-faults-'));
});
afterAll(() => {
  commands.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

test('there are at least forty of them', () => {
  expect(cases.length).toBeGreaterThanOrEqual(40);
  expect(new Set(cases.map(({ mistake }) => mistake)).size).toBe(cases.length);
});

type Run = (args: readonly string[], cwd: string) => Promise<CommandAnswer>;

async function answers(run: Run, { mistake, yaml, says }: Case): Promise<void> {
  const own = path.join(folder, mistake.replaceAll(/\W/g, '-'));
  fs.mkdirSync(own, { recursive: true });
  fs.writeFileSync(path.join(own, 'config.yaml'), yaml.join('\n'));
  const validated = await run(['validate', '--config', 'config.yaml'], own);
  expect({ code: validated.code, says: validated.stderr.trimEnd().split('\n') }).toEqual({ code: 1, says });
  const started = await run(['--config', 'config.yaml'], own);
  // A component that cannot be created is in the log as well.
  const from = started.stderr.lastIndexOf('Error: the configuration has');
  expect({ code: started.code, says: started.stderr.slice(from).trimEnd().split('\n') }).toEqual({ code: 1, says });
}

test.each(cases)('$mistake', (mistake) => answers((args, cwd) => commands.run(args, cwd), mistake));

test.each(cases.filter((_, i) => i % 20 === 0))('$mistake, in a process of its own', (mistake) =>
  answers(runCommand, mistake),
);
