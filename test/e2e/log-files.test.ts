import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, onTestFailed, test } from 'vitest';
import { startLogBackend, type LogBackend } from '../support/log-backend.js';
import { freePorts, startProgram, until, type Program } from '../support/program.js';
import { randomFrom } from '../support/random.js';

/**
 * LOG_FILES_SCALE=30 makes the counts of the issue: thirty kills, as many more lines, and a gateway that refuses for a
 * minute.
 */
const scale = Number(process.env['LOG_FILES_SCALE'] ?? 1);
/** The moments of kills come from this number. */
const seed = Number(process.env['KANMON_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
/** Bytes of lines that a kill repeats at most: five batches whose answer was on its way, or being written down. */
const mostRepeated = 5 << 20;
const refusingMs = 2000 * scale;
/** The hint of a refusal; the intervals of the agent are shorter. */
const comeBackMs = 300;
const linesOfEach = 3000 * scale;
const kills = Math.max(2, scale);

let folder: string;
let backend: LogBackend;
let gateway: Program;
let gatewayPort: number;
let agent: Program | undefined;
beforeEach(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-log-files-'));
  fs.mkdirSync(path.join(folder, 'logs'));
  backend = await startLogBackend();
  [gatewayPort] = (await freePorts(1)) as [number];
  gateway = await startProgram(`
receivers: {otlp: {protocols: {grpc: {endpoint: "127.0.0.1:${gatewayPort}"}}}}
exporters:
  otlp_grpc:
    endpoint: 127.0.0.1:${backend.port}
    tls: {insecure: true}
    # What takes longer is sent again: on a crowded machine, lines would come twice.
    timeout: 60s
    sending_queue: {enabled: false}
    retry_on_failure: {enabled: false}
service:
  telemetry: {metrics: {level: none}}
  pipelines: {logs: {receivers: [otlp], exporters: [otlp_grpc]}}
`);
});
afterEach(async () => {
  await agent?.stop('SIGKILL');
  agent = undefined;
  await gateway.stop();
  await backend.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

async function startAgent(): Promise<void> {
  agent = await startProgram(`
extensions: {file_storage: {directory: ${folder}/store, create_directory: true}}
receivers:
  file_log:
    include: ['${folder}/logs/*.log*']
    start_at: beginning
    poll_interval: 50ms
    compression: auto
    storage: file_storage
    retry_on_failure: {initial_interval: 50ms, max_interval: 100ms}
exporters:
  otlp_grpc:
    endpoint: 127.0.0.1:${gatewayPort}
    tls: {insecure: true}
    # What takes longer is sent again: on a crowded machine, lines would come twice.
    timeout: 60s
    sending_queue: {enabled: false}
    retry_on_failure: {enabled: false}
service:
  extensions: [file_storage]
  telemetry: {metrics: {level: none}}
  pipelines: {logs: {receivers: [file_log], exporters: [otlp_grpc]}}
`);
}

/** Writes numbered lines into a file, which it rotates in one of two ways. */
class Writer {
  written = 0;
  readonly #name: string;
  readonly #copies: boolean;
  #rotations = 0;

  constructor(name: string, copies: boolean) {
    this.#name = name;
    this.#copies = copies;
  }

  /** Appends a few lines; after some hundred it rotates, and compresses what it rotated before. */
  step(): void {
    const file = path.join(folder, 'logs', `${this.#name}.log`);
    const until = Math.min(linesOfEach, this.written + 50);
    let text = '';
    for (; this.written < until; this.written++) text += `${bodyOf(this.#name, this.written)}\n`;
    fs.appendFileSync(file, text);
    if (this.written % 600 !== 0 || this.written === linesOfEach) return;
    const rotated = `${file}.${++this.#rotations}`;
    if (this.#copies) {
      // Both in one turn: what a writer adds in between is lost, with any reader.
      fs.copyFileSync(file, rotated);
      fs.truncateSync(file);
    } else fs.renameSync(file, rotated);
    if (this.#rotations > 1) this.#compress(`${file}.${this.#rotations - 1}`);
  }

  #compress(file: string): void {
    const packed = gzipSync(fs.readFileSync(file));
    fs.writeFileSync(`${file}.gz`, packed.subarray(0, packed.length / 2));
    fs.appendFileSync(`${file}.gz`, packed.subarray(packed.length / 2));
    fs.unlinkSync(file);
  }
}

function bodyOf(name: string, line: number): string {
  return `${name} ${String(line).padStart(8, '0')} ${'x'.repeat((line * 7) % 90)}`;
}

const writers = (): Writer[] => [
  new Writer('a', false),
  new Writer('b', false),
  new Writer('c', true),
  new Writer('d', true),
];

async function writeAll(all: readonly Writer[], meanwhile: (share: number) => Promise<void>): Promise<void> {
  while (all.some(({ written }) => written < linesOfEach)) {
    for (const writer of all) if (writer.written < linesOfEach) writer.step();
    const written = all.reduce((sum, writer) => sum + writer.written, 0);
    await meanwhile(written / (linesOfEach * all.length));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function missing(): string[] {
  const lines = ['a', 'b', 'c', 'd'].flatMap((name) => Array.from({ length: linesOfEach }, (_, i) => bodyOf(name, i)));
  return lines.filter((line) => !backend.accepted.has(line.trim()));
}

function times(): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const times of backend.accepted.values()) counts[times] = (counts[times] ?? 0) + 1;
  return counts;
}

test('through both kinds of rotation, compression and a gateway that refuses, every line arrives once', async () => {
  await startAgent();
  let began: number | undefined;
  let lasted: number | undefined;
  await writeAll(writers(), async (share) => {
    // While it refuses, the writers go on for a while.
    if (share > 0.3 && began === undefined) {
      began = performance.now();
      backend.refuseWith(status.RESOURCE_EXHAUSTED, comeBackMs);
      await until('a refusal', () => backend.refusals() > 0);
    } else if (share > 0.6 && began !== undefined && lasted === undefined) {
      const end = began + refusingMs;
      // real time: a gateway that refuses for long is what this is about.
      await until('the end of the refusals', () => performance.now() >= end && backend.refusals() > 2);
      backend.refuseWith(undefined);
      lasted = performance.now() - began;
    }
  });
  // No batch comes back sooner than the hint says.
  expect(Math.max(...backend.refused.values())).toBeLessThanOrEqual(1 + (lasted ?? 0) / comeBackMs);
  await until('every line', () => backend.accepted.size >= linesOfEach * 4);
  expect(missing()).toEqual([]);
  expect(await agent?.stop()).toBe(0);
  agent = undefined;
  expect(times()).toEqual({ 1: linesOfEach * 4 });
});

test('after kills at any moment every line has arrived, and those that arrived twice were in few batches', async () => {
  onTestFailed(() => console.error(`KANMON_SEED=${seed} LOG_FILES_SCALE=${scale} has the same moments`));
  const random = randomFrom(seed);
  const moments = Array.from({ length: kills }, random).sort((a, b) => a - b);
  await startAgent();
  let killed = 0;
  const kill = async (): Promise<void> => {
    killed++;
    // At once, or when the next lines were accepted.
    if (random() < 0.7) {
      const before = backend.accepted.size;
      await until('some lines more', () => backend.accepted.size > before);
    }
    await agent?.stop('SIGKILL');
    await startAgent();
  };
  await writeAll(writers(), async (share) => {
    const next = moments[killed];
    if (next !== undefined && share >= next && share < 1) await kill();
  });
  await until('every line', () => backend.accepted.size >= linesOfEach * 4);
  expect(missing()).toEqual([]);
  const { 1: once = 0, ...more } = times();
  const repeated = Object.values(more).reduce((sum, count) => sum + count, 0);
  expect(once + repeated).toBe(linesOfEach * 4);
  expect([...backend.accepted].filter(([, count]) => count > 1 + killed)).toEqual([]);
  let repeatedBytes = 0;
  for (const [line, count] of backend.accepted) repeatedBytes += (count - 1) * (line.length + 1);
  expect(repeatedBytes).toBeLessThanOrEqual(killed * mostRepeated);
  const bytes = `${repeatedBytes} bytes again`;
  console.info(`${killed} kills: ${repeated} of ${linesOfEach * 4} lines arrived more than once, ${bytes}`);
});
