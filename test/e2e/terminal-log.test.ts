import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import { testWith } from '../support/peers.js';
import { freePorts, until } from '../support/program.js';

const cli = path.resolve(import.meta.dirname, '../../dist/cli/main.js');

testWith('script').each([
  ['in colour', {}, true],
  ['without colour where NO_COLOR is set', { NO_COLOR: '1' }, false],
])('on a terminal, lines are short, %s, and the resource stands there once', async (_how, env, coloured) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-terminal-'));
  const [port = 0, metrics = 0] = await freePorts(2);
  const file = path.join(folder, 'config.yaml');
  const copy = path.join(folder, 'log');
  fs.writeFileSync(
    file,
    `
receivers: {otlp: {protocols: {http: {endpoint: 127.0.0.1:${port}}}}}
exporters: {nop: {}}
service:
  telemetry:
    logs: {output_paths: [stderr, ${copy}]}
    metrics: {readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: ${metrics}}}}}]}
  pipelines: {logs: {receivers: [otlp], exporters: [nop]}}
`,
  );
  const { NO_COLOR: _none, ...inherited } = process.env;
  // A terminal of its own; what the program writes there comes out of the pipe. `exec`: Ctrl-C reaches every process of
  // the terminal, and a shell that waited would end with 130 by itself.
  const command = `exec '${process.execPath}' '${cli}' --config '${file}'`;
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...inherited, ...env },
  });
  let shown = '';
  child.stdout.on('data', (data: Buffer) => (shown += data.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  try {
    await until('it to be ready', () => shown.includes('Everything is ready') || child.exitCode !== null);
    // Ctrl-C, as a person types it.
    child.stdin.write('\u0003');
    expect(await ended, shown).toBe(0);
  } finally {
    child.kill('SIGKILL');
  }
  // oxlint-disable-next-line no-control-regex
  const plain = shown.replaceAll(/\u001b\[\d+m/g, '').replaceAll('\r', '');
  expect(plain !== shown.replaceAll('\r', '')).toBe(coloured);
  expect(plain.match(/service\.name/g)).toHaveLength(1);
  expect(plain).toMatch(
    /^\d\d:\d\d:\d\d\.\d{3} info {2}receiver otlp Starting HTTP server endpoint=127\.0\.0\.1:\d+$/m,
  );
  expect(plain).toMatch(/The ledger balances\n {4}kind=receiver id=otlp signal=logs accepted=0\n/);
  // A file has the Collector's lines, as before.
  const lines = fs.readFileSync(copy, 'utf8');
  expect(lines).toMatch(/^\d{4}-\d\d-\d\dT\S+\tinfo\t\S+\.js:\d+\tEverything is ready\. .*\t\{"resource": \{/m);
  expect(lines).not.toContain('\u001b');
  fs.rmSync(folder, { recursive: true, force: true });
});
