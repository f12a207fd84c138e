import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { freePorts, until } from '../support/program.js';

const cli = path.resolve(import.meta.dirname, '../../dist/cli/main.js');
const stops: (() => unknown)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0).toReversed()) stop();
});

/** How the outputs of the program are blocked. */
interface Blocked {
  readonly name: string;
  readonly workers: number;
  /** `pipe`: stdout and stderr are one pipe; `socket`: a socket each, as under systemd; `file`: they are read. */
  readonly standard: 'pipe' | 'socket' | 'file';
  readonly logs: string;
  readonly debug: string;
  /** Whether the reader comes back and finds the loss and the last line. */
  readonly heals: boolean;
}

const everyLine = 'sampling: null';
const toLog = 'verbosity: detailed';
const toStdout = 'verbosity: detailed, use_internal_logger: false';
const cases: readonly Blocked[] = [
  { name: 'log lines into a pipe', workers: 1, standard: 'pipe', logs: everyLine, debug: toLog, heals: true },
  {
    name: 'log lines as JSON into a socket',
    workers: 1,
    standard: 'socket',
    logs: `${everyLine}, encoding: json`,
    debug: toLog,
    heals: true,
  },
  { name: 'debug into stdout', workers: 1, standard: 'pipe', logs: '', debug: toStdout, heals: true },
  {
    name: 'log lines of workers into a pipe',
    workers: 2,
    standard: 'pipe',
    logs: everyLine,
    debug: toLog,
    heals: true,
  },
  {
    name: 'log lines of workers into sockets',
    workers: 2,
    standard: 'socket',
    logs: everyLine,
    debug: toLog,
    heals: true,
  },
  {
    name: 'a log file on a full disk',
    workers: 1,
    standard: 'file',
    logs: `${everyLine}, output_paths: [/dev/full]`,
    debug: toLog,
    heals: false,
  },
  {
    name: 'a full disk under log and its faults',
    workers: 2,
    standard: 'file',
    logs: `${everyLine}, output_paths: [/dev/full], error_output_paths: [/dev/full]`,
    debug: toLog,
    heals: false,
  },
  {
    name: 'debug into a full disk',
    workers: 1,
    standard: 'file',
    logs: '',
    debug: `${toStdout}, output_paths: [/dev/full]`,
    heals: false,
  },
];

/** A request of one record. */
function body(text: string): string {
  return JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: text } }] }] }] });
}

test.each(cases)('$name: requests, health, metrics and SIGTERM go on', async (blocked) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-blocked-'));
  stops.push(() => fs.rmSync(folder, { recursive: true, force: true }));
  const [port = 0, health = 0, metrics = 0] = await freePorts(3);
  const config = path.join(folder, 'config.yaml');
  fs.writeFileSync(
    config,
    `
extensions: {health_check: {endpoint: "127.0.0.1:${health}"}}
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:${port}"}}}}
exporters: {debug: {${blocked.debug}}}
service:
  extensions: [health_check]
  telemetry:
    logs: {${blocked.logs}}
    metrics: {readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: ${metrics}}}}}]}
  pipelines: {logs: {receivers: [otlp], exporters: [debug]}}
`,
  );
  const args = [cli, '--config', config, '--workers', String(blocked.workers)];
  const { child, read } = start(args, blocked.standard, folder);
  stops.push(() => child.kill('SIGKILL'));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  await until('the program to be healthy', async () => (await status(`http://127.0.0.1:${health}/`)) === 200);

  const send = async (text: string): Promise<number> => {
    const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body: body(text) };
    return (await fetch(`http://127.0.0.1:${port}/v1/logs`, request)).status;
  };
  const long = 'x'.repeat(500_000);
  const lost = async (): Promise<number> => {
    const text = await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text();
    return Number(/^kanmon_output_lost_lines\S* (\S+)$/m.exec(text)?.[1]);
  };
  // No deadline of a time: a program that is held up answers none of these.
  const answers = new Set<number>();
  await until('more than may wait to be lost', async () => {
    for (let i = 0; i < 5; i++) answers.add(await send(long));
    return (await lost()) > 0;
  });
  expect([...answers]).toEqual([200]);
  expect(await status(`http://127.0.0.1:${health}/`)).toBe(200);

  if (blocked.heals) {
    let text = '';
    const taking = read((more) => (text += more));
    await until('the loss to be told', () => / (log lines|texts) were lost/.test(text));
    // At the end the program gives a reader half a second for what still waits.
    await until('what waited to be read', async () => {
      expect(await send('the reader is back')).toBe(200);
      return text.includes('the reader is back');
    });
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    await taking;
    expect(text).toContain('The ledger balances');
  } else {
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  }
});

test('a program that nobody ever reads ends in order', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-blocked-'));
  stops.push(() => fs.rmSync(folder, { recursive: true, force: true }));
  const [health = 0] = await freePorts(1);
  const config = `
extensions: {health_check: {endpoint: "127.0.0.1:${health}"}}
receivers: {nop: {}}
exporters: {nop: {}}
service: {extensions: [health_check], pipelines: {logs: {receivers: [nop], exporters: [nop]}}}
`;
  const file = path.join(folder, 'config.yaml');
  fs.writeFileSync(file, config);
  const { child } = start([cli, '--config', file], 'pipe', folder, true);
  stops.push(() => child.kill('SIGKILL'));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  await until('the program to be healthy', async () => (await status(`http://127.0.0.1:${health}/`)) === 200);
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
});

interface Started {
  readonly child: ChildProcess;
  /** Begins to read its outputs; resolves when they have ended. */
  read(take: (text: string) => void): Promise<void>;
}

/** Starts the program with outputs that nobody reads yet; `full`: not even its first line has room. */
function start(args: readonly string[], standard: Blocked['standard'], folder: string, full = false): Started {
  if (standard === 'file') {
    const fd = fs.openSync(path.join(folder, 'out.txt'), 'a');
    return { child: spawn(process.execPath, args, { stdio: ['ignore', fd, fd] }), read: () => Promise.resolve() };
  }
  if (standard === 'socket') {
    // The pipes of Node's child processes are sockets.
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const read = (take: (text: string) => void): Promise<void> => {
      for (const stream of [child.stdout, child.stderr]) stream.setEncoding('latin1').on('data', take);
      return new Promise((resolve) => child.once('close', () => resolve()));
    };
    return { child, read };
  }
  const pipe = path.join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  // Both ends, so that opening waits for nobody.
  const both = fs.openSync(pipe, fs.constants.O_RDWR | fs.constants.O_NONBLOCK);
  const writing = fs.openSync(pipe, 'a');
  if (full) fill(both);
  const child = spawn(process.execPath, args, { stdio: ['ignore', writing, writing] });
  fs.closeSync(writing);
  const read = (take: (text: string) => void): Promise<void> => {
    const reader = fs.createReadStream('', { fd: fs.openSync(pipe, 'r'), encoding: 'latin1' });
    reader.on('data', (text) => take(String(text)));
    fs.closeSync(both);
    return new Promise((resolve) => reader.once('end', () => resolve()));
  };
  return { child, read };
}

function fill(fd: number): void {
  for (const size of [4096, 1])
    for (;;) {
      try {
        fs.writeSync(fd, Buffer.alloc(size));
      } catch {
        break;
      }
    }
}

async function status(url: string): Promise<number> {
  return fetch(url).then(
    (response) => response.status,
    () => 0,
  );
}
