import { execFile, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect } from 'vitest';
import { startLogBackend, type LogBackend } from '../support/log-backend.js';
import { testWith } from '../support/peers.js';
import { startProgram, until, type Program } from '../support/program.js';

const run = promisify(execFile);
/** LOG_FILES_SCALE=30 measures what thirty rotations lose. */
const rotations = Math.max(6, Number(process.env['LOG_FILES_SCALE'] ?? 1));

let folder: string;
let backend: LogBackend;
let agent: Program | undefined;
beforeEach(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-logrotate-'));
  backend = await startLogBackend();
});
afterEach(async () => {
  await agent?.stop();
  agent = undefined;
  await backend.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

async function startAgent(glob: string): Promise<void> {
  agent = await startProgram(`
extensions: {file_storage: {directory: ${folder}/store, create_directory: true}}
receivers: {file_log: {include: ['${folder}/${glob}'], start_at: beginning, compression: auto, storage: file_storage}}
exporters:
  otlp_grpc:
    endpoint: "127.0.0.1:${backend.port}"
    tls: {insecure: true}
    # What takes longer is sent again: on a crowded machine, lines would come twice.
    timeout: 60s
    sending_queue: {enabled: false}
service:
  extensions: [file_storage]
  telemetry: {metrics: {level: none}}
  pipelines: {logs: {receivers: [file_log], exporters: [otlp_grpc]}}
`);
}

interface Outcome {
  readonly written: number;
  /** How long the writer wrote. */
  readonly seconds: number;
  /** Numbers of lines that never arrived, as ranges. */
  readonly lost: readonly (readonly [from: number, to: number])[];
  readonly repeated: number;
}

/** Writes without a pause while logrotate runs some times with these directives, and waits for what is in the files. */
async function rotated(glob: string, directives: (writer: number) => readonly string[]): Promise<Outcome> {
  await startAgent(glob);
  const began = performance.now();
  const file = path.join(folder, 'app.log');
  const program = path.join(import.meta.dirname, '../support/programs/log-writer.mjs');
  const writer = spawn(process.execPath, [program, file, 'app'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  writer.stdout.on('data', (text: Buffer) => (printed += text.toString()));
  const ended = new Promise((resolve) => writer.on('close', resolve));
  const config = path.join(folder, 'logrotate.conf');
  const lines = ['rotate 100', 'compress', 'delaycompress', ...directives(writer.pid ?? 0)];
  fs.writeFileSync(config, `${file} {\n${lines.map((line) => `  ${line}\n`).join('')}}\n`, { mode: 0o600 });
  try {
    for (let i = 1; i <= rotations; i++) {
      const before = backend.accepted.size;
      await until('some lines', () => backend.accepted.size > before + 500);
      await run('logrotate', ['--force', '--state', path.join(folder, 'state'), config]);
    }
    const before = backend.accepted.size;
    await until('lines after the last rotation', () => backend.accepted.size > before + 500);
  } finally {
    writer.kill();
    await ended;
  }
  const seconds = (performance.now() - began) / 1000;
  const written = Number(printed);
  const isIn = (line: number): boolean => backend.accepted.has(`app ${String(line).padStart(8, '0')} some words`);
  // The last line is in the file that was not rotated any more.
  await until('the last line', () => isIn(written - 1));
  // Nothing changes in the files any more. An agent that is behind still reads those that were rotated.
  const there = filesHave(glob);
  await until('an end', () => there.every((line) => backend.accepted.has(line)));
  const lost: (readonly [number, number])[] = [];
  for (let line = 0; line < written; line++) {
    if (isIn(line)) continue;
    const from = line;
    while (!isIn(line + 1)) line++;
    lost.push([from, line]);
  }
  return { written, seconds, lost, repeated: [...backend.accepted.values()].filter((times) => times > 1).length };
}

/** The lines of the files that the glob finds. */
function filesHave(glob: string): readonly string[] {
  const pattern = glob.endsWith('*') ? /^app\.log(?:\.\d+(?:\.gz)?)?$/ : /^app\.log$/;
  const files = fs.readdirSync(folder).filter((name) => pattern.test(name));
  return files.flatMap((name) => {
    const bytes = fs.readFileSync(path.join(folder, name));
    const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
    return text.split('\n').slice(0, -1);
  });
}

testWith('logrotate')('logrotate that renames: every line once', async () => {
  const { written, lost, repeated } = await rotated('*.log*', (writer) => [
    'create',
    'postrotate',
    `  kill -HUP ${writer}`,
    'endscript',
  ]);
  expect(written).toBeGreaterThan(rotations * 500);
  expect({ lost, repeated }).toEqual({ lost: [], repeated: 0 });
});

// The writer goes on between the copy and the truncation: nobody can read those lines.
testWith('logrotate')('logrotate that copies and truncates: lost is what came between the two', async () => {
  const outcome = await rotated('*.log*', () => ['copytruncate']);
  expectWindows(outcome);
  report('copytruncate, the copy found', outcome);
});

testWith('logrotate')('the same, the copy found by no glob: lost is also what came after the last look', async () => {
  const outcome = await rotated('*.log', () => ['copytruncate']);
  expectWindows(outcome);
  report('copytruncate, the copy not found', outcome);
});

/** Each rotation has one window in which lines are lost, and outside of it none is lost or read twice. */
function expectWindows({ written, lost, repeated }: Outcome): void {
  expect(written).toBeGreaterThan(rotations * 500);
  expect(repeated).toBe(0);
  expect(lost.length).toBeLessThanOrEqual(rotations);
}

function report(name: string, { written, seconds, lost }: Outcome): void {
  const sizes = lost.map(([from, to]) => to - from + 1).sort((a, b) => a - b);
  const most = sizes.at(-1) ?? 0;
  const perSecond = written / seconds;
  const lastMs = Math.round((1000 * most) / perSecond);
  const each = `at most ${most} in one, ${lastMs} ms of ${Math.round(perSecond)} lines/s`;
  const all = sizes.reduce((sum, size) => sum + size, 0);
  console.info(`${name}: ${all} of ${written} lines lost in ${rotations} rotations, ${each}: ${sizes.join(' ')}`);
}
