import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { CommandProcess } from '../support/command-lines.js';
import { runCommand, type CommandAnswer } from '../support/program.js';

const corpus = path.resolve(import.meta.dirname, '../lint/corpus');
const commands = new CommandProcess();
afterAll(() => commands.close());
const run = (folder: string, ...words: readonly string[]): Promise<CommandAnswer> =>
  commands.run(['lint', ...words], path.join(corpus, folder));

test('exit code 0 when nothing is found', async () => {
  const words = ['lint', 'tier1.yaml', 'tier2.yaml'];
  const result = await runCommand(words, path.join(corpus, 'good-red-metrics'));
  expect(result).toEqual({ code: 0, stdout: '0 errors, 0 warnings, 0 info\n', stderr: '' });
});

test('exit code 1 when something is, and 0 when it is less than asked for', async () => {
  const all = await run('docs-static', 'gateway.yaml');
  expect(all).toMatchObject({ code: 1, stderr: '' });
  expect(all.stdout).toContain('0 errors, 3 warnings, 1 info\n');
  const errors = await run('docs-static', 'gateway.yaml', '--min-severity', 'error');
  expect(errors).toEqual({ code: 0, stdout: '0 errors, 0 warnings, 0 info\n', stderr: '' });
});

test('JSON and SARIF', async () => {
  const json = await run('docs-static', 'gateway.yaml', '--format', 'json', '--min-severity=warning');
  expect(json).toMatchObject({ code: 1, stderr: '' });
  expect(JSON.parse(json.stdout)).toMatchObject({
    tiers: ['gateway'],
    findings: [
      { id: 'open-receiver', severity: 'warning', file: 'gateway.yaml', line: 6, column: 9 },
      { id: 'plain-text-outside' },
      { id: 'limiter-missing', key: 'service::pipelines::traces' },
    ],
    ignored: [],
  });
  const sarif = await run('ignore-comments', 'gateway.yaml', '--format', 'sarif');
  expect(sarif).toMatchObject({ code: 1, stderr: '' });
  const { runs } = JSON.parse(sarif.stdout) as { readonly runs: readonly { readonly results: readonly object[] }[] };
  expect(runs[0]?.results.filter((result) => 'suppressions' in result)).toHaveLength(4);
});

test('flags give names, files and replicas', async () => {
  const { code, stdout } = await run('merged-files', '--tier', 'gateway=base.yaml,production.yaml:2');
  expect({ code, last: stdout.split('\n').at(-2) }).toEqual({ code: 1, last: '0 errors, 2 warnings, 0 info' });
});

test.each([
  [['nowhere.yaml'], 'nowhere.yaml: no such file or directory'],
  [[], "nothing to look at: give the configuration of each tier\n\nRun 'kanmon --help' for usage."],
  [['gateway.yaml', '--format', 'xml'], 'unrecognized format: xml: formats are: text, json, sarif'],
  [['gateway.yaml', '--min-severity', 'all'], 'one of info, warning, error'],
  [['gateway.yaml', '--replicas', 'other=2'], 'there is no tier "other": tiers are "gateway"'],
  [['gateway.yaml', 'gateway.yaml'], 'two tiers are named "gateway"'],
  [['--tier', 'gateway'], 'for "--tier" flag'],
  [['expected.txt'], 'Error: '],
  [['--frobnicate'], "unknown option '--frobnicate'"],
])('exit code 2: %j', async (words, says) => {
  const { code, stdout, stderr } = await run('docs-static', ...words);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(says);
});

test('a variable that is not set, and a file that is not here, are unknown', async () => {
  const { code, stderr } = await run(
    'unknown-values',
    'gateway.yaml',
    'yaml:service::telemetry::logs::level: ${file:/nowhere}',
  );
  expect(code).toBe(0);
  expect(stderr).toContain('Warning: not read here: ');
});
