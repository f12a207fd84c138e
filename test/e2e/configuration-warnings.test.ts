import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeSpans } from '../support/otlp.js';
import { freePorts, runCommand, startProgram, until } from '../support/program.js';

let folder = '';
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-warnings-'));
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

/** A configuration with older forms, with a type that Kanmon lacks, and with a component that nothing uses. */
const configuration = (port: number, health: number): string =>
  [
    'receivers:',
    `  otlp: {protocols: {http: {endpoint: "127.0.0.1:${port}"}}}`,
    '  jaeger: {protocols: {grpc: }}',
    'exporters:',
    '  logging: {loglevel: debug}',
    '  debug/idle:',
    'extensions:',
    '  memory_ballast: {size_mib: 100}',
    `  health_check: {port: ${health}}`,
    'service:',
    '  extensions: [memory_ballast, health_check]',
    '  telemetry: {metrics: {level: none}}',
    '  pipelines: {traces: {receivers: [otlp], exporters: [logging]}}',
  ].join('\n');

const said = [
  'the logging exporter is taken over as "debug"',
  'the memory_ballast extension is left out',
  'the port is taken over as an endpoint on all addresses',
  'unknown type: "jaeger" for id: "jaeger": the Collector has this receiver, Kanmon does not; nothing uses it',
  'Components are configured that nothing uses',
];

test.each([['1'], ['2']])('with %s workers the gateway runs, and each warning is logged once', async (workers) => {
  const [port = 0, health = 0] = await freePorts(2);
  const program = await startProgram(configuration(port, health), { args: ['--workers', workers] });
  expect((await fetch(`http://127.0.0.1:${health}/`)).status).toBe(200);
  const body = encodeSpans([{ traceId: '01'.repeat(16), spanId: '02'.repeat(8) }]);
  const headers = { 'content-type': 'application/x-protobuf' };
  const sent = await fetch(`http://127.0.0.1:${port}/v1/traces`, { method: 'POST', headers, body });
  expect(sent.status).toBe(200);
  await until('the span in detail', () => program.output().includes('02'.repeat(8)));
  for (const line of said) expect(program.output().split(line)).toHaveLength(2);
  expect(await program.stop()).toBe(0);
});

test('validate shows the warnings on stderr, and ends with 0', async () => {
  fs.writeFileSync(path.join(folder, 'config.yaml'), configuration(4318, 13133));
  const { code, stdout, stderr } = await runCommand(['validate', '--config', 'config.yaml'], folder);
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
  for (const line of said) expect(stderr).toContain(line);
  expect(stderr.match(/^Warning: /gm)).toHaveLength(said.length);
  const printed = await runCommand(['print-config', '--config', 'config.yaml'], folder);
  expect(printed.code).toBe(0);
  expect(printed.stdout).not.toMatch(/logging|memory_ballast|jaeger/);
});
