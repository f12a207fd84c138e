import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { status } from '@grpc/grpc-js';
import { afterEach, expect, test } from 'vitest';
import { startLogBackend, type LogBackend } from '../support/log-backend.js';
import { recordsOf, type SeenRecord } from '../support/log-receiver.js';
import { freePorts, startProgram, until, type Program } from '../support/program.js';

const example = fs.readFileSync(path.resolve(import.meta.dirname, '../../examples/syslog/gateway.yaml'), 'utf8');
const hasLogger = spawnSync('logger', ['--version']).status === 0;

const programs: Program[] = [];
const backends: LogBackend[] = [];
afterEach(async () => {
  await Promise.all(programs.splice(0).map((program) => program.stop('SIGKILL')));
  await Promise.all(backends.splice(0).map((backend) => backend.close()));
});

interface Gateway {
  readonly program: Program;
  readonly backend: LogBackend;
  readonly port: number;
}

async function start(args: readonly string[] = []): Promise<Gateway> {
  const backend = await startLogBackend();
  backends.push(backend);
  const [port = 0] = await freePorts(1);
  const env = { SYSLOG_PORT: String(port), BACKEND: `127.0.0.1:${backend.port}` };
  // The port of its own metrics would be that of any other test.
  const own = ['--set', 'service.telemetry.metrics.level=none'];
  const program = await startProgram(example, { env, args: [...own, ...args] });
  programs.push(program);
  return { program, backend, port };
}

/** All records that the backend has. */
const recordsAt = ({ requests }: LogBackend): readonly SeenRecord[] => requests.flatMap(recordsOf);

const framed = (text: string): string => `${Buffer.byteLength(text)} ${text}`;
const message = (i: number): string => framed(`<14>1 2026-11-30T14:15:16.5Z host-${i % 3} app - - - message ${i}`);

async function send(port: number, texts: readonly string[]): Promise<void> {
  const socket = net.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.end(texts.join(''));
  await once(socket.resume(), 'close');
}

test.runIf(hasLogger)('what logger sends reaches the backend under its host and application', async () => {
  const { program, backend, port } = await start();
  const common = ['--server', '127.0.0.1', '--tcp', '--port', String(port), '--rfc5424', '--octet-count'];
  await promisify(execFile)('logger', [...common, '--priority', 'auth.crit', '--tag', 'su', 'root: wrong password']);
  await send(port, ['free text\n']);
  await until('both records', () => recordsAt(backend).length === 2);
  const [parsed] = recordsAt(backend).filter(({ body }) => body === 'root: wrong password');
  expect(parsed).toMatchObject({
    severity: 18,
    severityText: 'crit',
    resource: { 'service.name': 'su', 'host.name': expect.stringMatching(/^[^ ]+$/) },
    attributes: { facility_text: 'auth', priority: 34 },
  });
  expect(recordsAt(backend).find(({ body }) => body === 'free text')).toMatchObject({ attributes: {}, resource: {} });
  expect(await program.stop()).toBe(0);
});

test.each([1, 2])('every message of many connections arrives once, over a reload, with %i workers', async (workers) => {
  const { program, backend, port } = await start(workers > 1 ? ['--workers', String(workers)] : []);
  const sent: string[] = [];
  const sending = Array.from({ length: 8 }, async (_, connection) => {
    const texts = Array.from({ length: 500 }, (__, i) => message(connection * 500 + i));
    sent.push(...texts.map((text) => text.slice(text.indexOf('message'))));
    await send(port, texts.slice(0, 250));
    if (connection === 0) program.child.kill('SIGHUP');
    await send(port, texts.slice(250));
  });
  await Promise.all(sending);
  await until('all of them', () => recordsAt(backend).length >= sent.length);
  expect(await program.stop()).toBe(0);
  expect(
    recordsAt(backend)
      .map(({ body }) => String(body))
      .toSorted(),
  ).toEqual(sent.toSorted());
});

test('a backend that refuses loses nothing, and is sent everything once it does not', async () => {
  const { program, backend, port } = await start();
  backend.refuseWith(status.UNAVAILABLE);
  await send(
    port,
    Array.from({ length: 100 }, (_, i) => message(i)),
  );
  await until('a refusal', () => backend.refusals() > 0);
  backend.refuseWith(undefined);
  await until('all of them', () => recordsAt(backend).length === 100);
  expect(await program.stop()).toBe(0);
});
