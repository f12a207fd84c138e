import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readLedger, sum } from '../support/ledger.js';
import { startLogBackend, type LogBackend } from '../support/log-backend.js';
import { freePorts, startProgram, until, type Program } from '../support/program.js';

let folder: string;
let backend: LogBackend;
let programs: Program[];
beforeEach(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-log-tiers-'));
  backend = await startLogBackend();
  programs = [];
});
afterEach(async () => {
  await Promise.all(programs.map((program) => program.stop('SIGKILL')));
  await backend.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

async function start(yaml: string): Promise<Program> {
  const program = await startProgram(yaml);
  programs.push(program);
  return program;
}

/** Each tier has a queue, and answers only when the export behind it has ended. */
const exporterTo = (port: number): string => `
exporters:
  otlp_grpc:
    endpoint: 127.0.0.1:${port}
    tls: {insecure: true}
    timeout: 60s
    sending_queue: {wait_for_result: true}
    retry_on_failure: {initial_interval: 50ms, max_interval: 100ms, max_elapsed_time: 0s}`;

const secondTier = (port: number, metrics: number): string => `
receivers: {otlp: {protocols: {grpc: {endpoint: "127.0.0.1:${port}"}}}}${exporterTo(backend.port)}
service:
  telemetry: {metrics: {readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: ${metrics}}}}}]}}
  pipelines: {logs: {receivers: [otlp], exporters: [otlp_grpc]}}
`;

const firstTier = (next: number): string => `
extensions: {file_storage: {directory: ${folder}/store, create_directory: true}}
receivers:
  file_log:
    include: ['${folder}/*.log']
    start_at: beginning
    poll_interval: 50ms
    storage: file_storage
    retry_on_failure: {initial_interval: 50ms, max_interval: 100ms}${exporterTo(next)}
service:
  extensions: [file_storage]
  telemetry: {metrics: {level: none}}
  pipelines: {logs: {receivers: [file_log], exporters: [otlp_grpc]}}
`;

const lines = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => `line ${from + i}`);
const append = (some: readonly string[]): void =>
  fs.appendFileSync(path.join(folder, 'a.log'), some.map((line) => `${line}\n`).join(''));

/** The newest offset of the file in the storage of the first tier. */
function storedOffset(): number {
  const store = path.join(folder, 'store/receiver_file_log__');
  const segments = fs.existsSync(store) ? fs.readdirSync(store).toSorted() : [];
  const text = segments.map((name) => fs.readFileSync(path.join(store, name), 'latin1')).join('');
  return Number([...text.matchAll(/"offset":(\d+)/g)].at(-1)?.[1] ?? 0);
}

test('with wait_for_result over two tiers an offset moves when the backend of the second has answered', async () => {
  const [port = 0, metrics = 0] = await freePorts(2);
  await start(secondTier(port, metrics));
  const first = await start(firstTier(port));
  const size = (): number => fs.statSync(path.join(folder, 'a.log')).size;
  append(lines(0, 100));
  await until('the first lines', () => backend.accepted.size === 100);
  await until('their offset', () => storedOffset() === size());
  const answered = size();

  // The second tier has the lines, in its queue, and its backend takes none.
  backend.refuseWith(14);
  append(lines(100, 200));
  await until('refusals', () => backend.refusals() > 3);
  const held = async (): Promise<number> => sum(await readLedger(metrics), 'kanmon_ledger_held', { signal: 'logs' });
  expect(await held()).toBe(100);
  expect(storedOffset()).toBe(answered);
  await first.stop('SIGKILL');
  expect(storedOffset()).toBe(answered);

  append(lines(200, 250));
  await start(firstTier(port));
  const refusals = backend.refusals();
  await until('more refusals', () => backend.refusals() > refusals + 3);
  expect(storedOffset()).toBe(answered);
  backend.refuseWith(undefined);
  await until('every line', () => lines(0, 250).every((line) => backend.accepted.has(line)));
  await until('the offset', () => storedOffset() === size());
  // The lines that the second tier had when the first one was killed may come from both.
  const twice = [...backend.accepted].filter(([, times]) => times > 1).map(([line]) => line);
  expect(twice.every((line) => lines(100, 200).includes(line))).toBe(true);
  expect(Math.max(...backend.accepted.values())).toBeLessThanOrEqual(2);
});
