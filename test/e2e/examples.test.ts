import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { CommandProcess } from '../support/command-lines.js';
import { freePorts, runCommand, startProgram, until } from '../support/program.js';

const root = path.resolve(import.meta.dirname, '../..');
const examples: string[] = [];
/** Files of `kanmon test`. */
const cases: string[] = [];
for (const kind of ['receivers', 'processors', 'exporters', 'connectors', 'extensions']) {
  const folder = path.join(root, 'src', kind);
  if (!fs.existsSync(folder)) continue;
  for (const type of fs.readdirSync(folder)) examples.push(`src/${kind}/${type}/example.yaml`);
}
for (const file of fs.readdirSync(path.join(root, 'examples'), { recursive: true, encoding: 'utf8' }))
  if (file.endsWith('.test.yaml')) cases.push(`examples/${file}`);
  else if (file.endsWith('.yaml')) examples.push(`examples/${file}`);

const commands = new CommandProcess();
afterAll(() => commands.close());
const nothing = { code: 0, stdout: '', stderr: '' };

test.each(examples)('%s is valid', async (file) => {
  expect(await commands.run(['validate', '--config', path.join(root, file)], root)).toEqual(nothing);
});

test.each(examples.filter((_, i) => i % 20 === 0))('%s is valid in a process of its own', async (file) => {
  expect(await runCommand(['validate', '--config', path.join(root, file)], root)).toEqual(nothing);
});

test.each(cases)('the tests in %s pass', async (file) => {
  const result = await commands.run(['test', file], root);
  expect(result).toMatchObject({
    code: 0,
    stderr: '',
    stdout: expect.stringMatching(/^[1-9][0-9]* passed, 0 failed$/m),
  });
});

test('the quick start answers a JSON trace and shows its span', async () => {
  // The ports are those of the README, so the example itself is what runs.
  const program = await startProgram(fs.readFileSync(path.join(root, 'examples/quickstart.yaml'), 'utf8'));
  try {
    const span = {
      traceId: '5b8aa5a2d2c872e8321cf37308d69df2',
      spanId: '051581bf3cb55c13',
      name: 'first-span',
      kind: 1,
    };
    const body = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const request = http.request(
        {
          host: '127.0.0.1',
          port: 4318,
          path: '/v1/traces',
          method: 'POST',
          headers: { 'content-type': 'application/json' },
        },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      );
      request.on('error', reject);
      request.end(body);
    });
    expect(status).toBe(200);
    await until('the span in the output', () => program.output().includes('first-span'));
  } finally {
    expect(await program.stop()).toBe(0);
  }
});

test('the self-scrape shows its own metrics', async () => {
  const [port] = (await freePorts(1)) as [number];
  const example = fs.readFileSync(path.join(root, 'examples/self-scrape.yaml'), 'utf8');
  const program = await startProgram(example.replace('scrape_interval: 10s', 'scrape_interval: 1s'), {
    env: { METRICS_PORT: String(port) },
  });
  try {
    await until('its own metrics in the output', () => program.output().includes('otelcol_process_uptime'), 30_000);
    expect(program.output()).not.toContain('Failed to scrape');
  } finally {
    expect(await program.stop()).toBe(0);
  }
});
