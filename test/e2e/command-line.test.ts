import { spawn } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';
import { runCommand } from '../support/program.js';

const cli = path.resolve(import.meta.dirname, '../../dist/cli/main.js');

/** A command line, and all that it prints. */
const mistakes: readonly (readonly [line: string, says: readonly string[]])[] = [
  ['nope', ['Error: unknown command "nope" for "kanmon"', "Run 'kanmon --help' for usage."]],
  [
    'valdate',
    [
      'Error: unknown command "valdate" for "kanmon"',
      'Did you mean this?\n\tvalidate',
      "Run 'kanmon --help' for usage.",
    ],
  ],
  [
    'gateway.yaml',
    [
      'Error: unknown command "gateway.yaml" for "kanmon"',
      'Did you mean this?\n\tkanmon --config gateway.yaml',
      "Run 'kanmon --help' for usage.",
    ],
  ],
  ['help nope', ['Error: unknown command "nope" for "kanmon"', "Run 'kanmon --help' for usage."]],
  [
    'help componets',
    [
      'Error: unknown command "componets" for "kanmon"',
      'Did you mean this?\n\tcomponents',
      "Run 'kanmon --help' for usage.",
    ],
  ],
  ['', ['Error: at least one config flag must be provided: --config config.yaml', "Run 'kanmon --help' for usage."]],
  [
    'validate',
    ['Error: at least one config flag must be provided: --config config.yaml', "Run 'kanmon --help' for usage."],
  ],
  [
    'validate gateway.yaml',
    [
      "Error: too many arguments for 'validate'. Expected 0 arguments but got 1.",
      'Did you mean this?\n\tkanmon validate --config gateway.yaml',
      "Run 'kanmon validate --help' for usage.",
    ],
  ],
  [
    'validate --confg gateway.yaml',
    ["Error: unknown option '--confg' (did you mean --config?)", "Run 'kanmon validate --help' for usage."],
  ],
  ['--frobnicate', ["Error: unknown option '--frobnicate'", "Run 'kanmon --help' for usage."]],
  ['--config', ["Error: option '--config <uri>' argument missing", "Run 'kanmon --help' for usage."]],
  ['print-schema nope', ['Error: unknown kind of file "nope": there are configuration and test']],
  ['ottl', ['Error: nothing to run: give a statement (-s), a file with statements (-f) or a condition (-c)']],
];

test.concurrent.each(mistakes)('kanmon %s', async (line, says) => {
  const result = await runCommand(line.split(' ').filter(Boolean));
  expect(result).toEqual({ code: 1, stdout: '', stderr: `${says.join('\n\n')}\n` });
});

test.concurrent('kanmon test without a file says so with its own code', async () => {
  const { code, stderr } = await runCommand(['test']);
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: "Error: missing required argument 'file'\n\nRun 'kanmon test --help' for usage.\n",
  });
});

test.concurrent.each(['--help', 'help', 'help validate', 'validate --help', 'help help'])('kanmon %s', async (line) => {
  const { code, stdout, stderr } = await runCommand(line.split(' '));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^Usage: kanmon (\w+ )?\[(options|command)\]/);
  expect(stdout).not.toContain('default: []');
});

test.concurrent.each(['print-schema', 'components', 'featuregate', '--help'])(
  'kanmon %s ends quietly when its reader has enough',
  async (line) => {
    const child = spawn(process.execPath, [cli, ...line.split(' ')], { stdio: ['ignore', 'pipe', 'pipe'] });
    // Before the program writes anything, so that its first write meets a closed pipe.
    child.stdout.destroy();
    let stderr = '';
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  },
);

test.concurrent('a disk that is full is an error', async () => {
  const child = spawn('sh', ['-c', 'exec "$@" >/dev/full', 'sh', process.execPath, cli, 'print-schema']);
  let stderr = '';
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  expect(code).toBe(1);
  expect(stderr).toMatch(/^Error: ENOSPC/);
});
