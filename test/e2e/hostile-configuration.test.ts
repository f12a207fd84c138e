import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import { hostileConfigurations } from '../support/hostile-configurations.js';
import { encodeSpans } from '../support/otlp.js';
import { freePorts, startProgram, until } from '../support/program.js';

const cli = path.resolve(import.meta.dirname, '../../dist/cli/main.js');
const body = encodeSpans([{ traceId: '01'.repeat(16), spanId: '02'.repeat(8) }]);
const refusal = 'The new configuration is bad; the old one keeps running';
/** Answers while a load is refused. A gateway that loads on the loop that serves gives none, or one when it is over. */
const leastAnswers = 5;

const configuration = (port: number): string =>
  `receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:${port}"}}}}\nexporters: {nop: }\n` +
  `service: {telemetry: {metrics: {level: none}}, pipelines: {traces: {receivers: [otlp], exporters: [nop]}}}\n`;

async function answered(port: number): Promise<boolean> {
  const reply = await fetch(`http://127.0.0.1:${port}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body,
  });
  await reply.arrayBuffer();
  return reply.status === 200;
}

/** Those that take longest; the rest ends in the same thread. */
const onReload = hostileConfigurations.filter(({ what }) =>
  [
    'aliases of maps, 3^30 values',
    '20,000 keys with ::',
    '60,000 unknown keys of a component',
    '100,000 anchors and aliases',
    'merge keys that double, 2^20',
    'a device',
    'a pipe that nobody writes into',
    'a file of itself',
  ].includes(what),
);

test.each(['1', '2'])(
  '%s processes answer while they refuse each configuration',
  { timeout: 300_000 },
  async (workers) => {
    const [port = 0] = await freePorts(1);
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-hostile-'));
    const file = path.join(folder, 'more.yaml');
    fs.writeFileSync(file, '');
    const program = await startProgram(configuration(port), { args: ['--config', file, '--workers', workers] });
    try {
      expect(onReload).toHaveLength(8);
      let refused = 0;
      for (const { what, yaml, says } of workers === '1' ? onReload : onReload.slice(0, 2)) {
        fs.writeFileSync(file, yaml(folder));
        const before = program.output().length;
        program.child.kill('SIGHUP');
        let answers = 0;
        refused++;
        while (program.output().split(refusal).length - 1 < refused) if (await answered(port)) answers++;
        expect(answers, what).toBeGreaterThanOrEqual(leastAnswers);
        const said = program.output().slice(before);
        expect(said).toContain(JSON.stringify(says).slice(1, -1));
        expect(said.length, what).toBeLessThan(100_000);
      }
      fs.writeFileSync(file, 'exporters: {debug: }\n');
      program.child.kill('SIGHUP');
      await until('the good one', () => program.output().split('Everything is ready').length === 3);
      expect(await answered(port)).toBe(true);
    } finally {
      await program.stop();
      fs.rmSync(folder, { recursive: true });
    }
    expect(await program.ended).toBe(0);
  },
);

/** Answers the first requests with `answers`, and none after that. */
async function silentSource(answers: readonly string[]): Promise<{ url: string; requests(): number; close(): void }> {
  let requests = 0;
  const server = http.createServer((_request, response) => {
    const answer = answers[requests++];
    if (answer !== undefined) response.end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    requests: () => requests,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

test.each([
  ['one process', '1', ['']],
  ['the process that leads workers', '2', ['', '', '']],
  ['workers that are started anew', '2', ['', '', '', '']],
])('SIGTERM ends a reload of %s whose source does not answer', async (_what, workers, answers) => {
  const [port = 0] = await freePorts(1);
  const source = await silentSource(answers);
  try {
    const program = await startProgram(configuration(port), { args: ['--config', source.url, '--workers', workers] });
    expect(source.requests()).toBe(answers.length - Number(answers.length === 4));
    program.child.kill('SIGHUP');
    await until('the request that is not answered', () => source.requests() > answers.length);
    expect(await program.stop()).toBe(0);
    // It was not waited for until it failed.
    expect(program.output()).not.toContain(refusal);
    expect(program.output()).not.toContain('did not start');
  } finally {
    source.close();
  }
});

test.each(['1', '2'])('SIGTERM ends a start with %s processes whose source does not answer', async (workers) => {
  const source = await silentSource([]);
  try {
    const child = spawn(process.execPath, [cli, '--config', source.url, '--workers', workers], { stdio: 'pipe' });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    const ended = new Promise((resolve) => child.once('close', resolve));
    await until('the request that is not answered', () => source.requests() > 0);
    child.kill('SIGTERM');
    expect(await ended).toBe(1);
    expect(said).toBe('Error: stopped by SIGTERM before anything ran\n');
  } finally {
    source.close();
  }
});
