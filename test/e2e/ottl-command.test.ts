import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';

const cli = path.resolve(import.meta.dirname, '../../dist/cli/main.js');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-ottl-command-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

const lines = [1, 2].map((n) => `{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"span ${n}"}]}]}]}\n`).join('');

function run(
  args: readonly string[],
  input = lines,
): { readonly code: number | null; readonly stdout: string; readonly stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, 'ottl', ...args], {
    input,
    cwd: folder,
    encoding: 'utf8',
  });
  return { code: status, stdout, stderr };
}

test('requests come from stdin and leave as lines of OTLP JSON', () => {
  fs.writeFileSync(path.join(folder, 'rules.txt'), '# Comment\nset(name, "x")\n  where name == "span 1"\n');
  const { code, stdout, stderr } = run(['--json', '--context', 'span', '-f', 'rules.txt', '-']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.match(/"name":"[^"]*"/g)).toEqual(['"name":"x"', '"name":"span 2"']);
  expect(stdout.split('\n')).toHaveLength(3);
});

test('a request that is refused is not printed, and the exit code is 1', () => {
  const statement = 'set(span.attributes["n"], ParseJSON(span.name)) where span.name == "span 2"';
  const { code, stdout, stderr } = run(['--json', '--error-mode', 'propagate', '-s', statement]);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^\{.*"span 1".*\}\n$/);
  expect(stderr).toMatch(/^refused: failed to execute statement: /);
});

test.each([
  [[], 'Error: nothing to run: give a statement (-s), a file with statements (-f) or a condition (-c)\n'],
  [['-f', 'missing.txt'], /^Error: ENOENT.*missing\.txt/],
  [['-s', 'set(span.name, "x")', 'missing.json'], /^Error: ENOENT.*missing\.json/],
  [['-s', 'set(span.name, "x")', '--error-mode', 'loud'], 'Error: unknown error mode loud\n'],
  [['-s', 'set(span.name)', '--stament'], /^Error: unknown option '--stament'/],
])('a mistake ends it with 1 and one message: %j', (args, message) => {
  const { code, stdout, stderr } = run(args);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(message);
});
