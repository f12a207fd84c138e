import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { runCommand } from '../support/program.js';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-test-command-'));
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

test('the exit code says whether all tests passed, and whether they could run', async () => {
  const cases = (dropped: number): string =>
    `tests:\n  - name: drops\n    processors: {filter: {trace_conditions: [span.kind == 1]}}\n` +
    `    input: {resourceSpans: [{scopeSpans: [{spans: [{kind: 1}]}]}]}\n    expect: {dropped: ${dropped}}\n`;
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, 'good.yaml'), cases(1));
  fs.writeFileSync(path.join(folder, 'bad.yaml'), cases(2));
  const run = (...args: readonly string[]): ReturnType<typeof runCommand> => runCommand(['test', ...args], folder);

  expect(await run('good.yaml')).toEqual({
    code: 0,
    stderr: '',
    stdout: 'good.yaml\n  ok      drops\n1 passed, 0 failed\n',
  });
  const failed = await run('good.yaml', 'bad.yaml', '--format', 'tap');
  expect(failed).toMatchObject({ code: 1, stderr: '' });
  expect(failed.stdout).toContain('not ok 2 - bad.yaml: drops');
  expect(await run('missing.yaml')).toMatchObject({ code: 2, stdout: '' });
  expect(await run()).toMatchObject({
    code: 2,
    stderr: "Error: missing required argument 'file'\n\nRun 'kanmon test --help' for usage.\n",
  });
  expect(await run('good.yaml', '--format', 'html')).toMatchObject({
    code: 2,
    stderr: 'Error: unrecognized format: html: formats are: text, tap, junit\n',
  });
});

test('the schema of files with tests has every key', async () => {
  const { code, stdout } = await runCommand(['print-schema', 'test']);
  expect(code).toBe(0);
  for (const key of ['config', 'tests', 'pipeline', 'processors', 'steps', 'advance', 'output_contains'])
    expect(stdout).toContain(`"${key}"`);
});
