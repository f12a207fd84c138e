import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startLogBackend, type LogBackend } from '../support/log-backend.js';
import { startProgram, until, type Program } from '../support/program.js';

/** HOSTILE_FILES_SCALE=1 makes the sizes of the issue: a line of 1 GB, and 100,000 files. */
const scale = Number(process.env['HOSTILE_FILES_SCALE'] ?? 0.02);
const lineBytes = Math.ceil((scale * 1e9) / (1 << 20)) << 20;
const fileCount = Math.ceil(scale * 100_000);
/** Resident memory that a line of any length may take, MiB; a start takes about 100. */
const mostMiB = 400;

let folder: string;
let backend: LogBackend;
let agent: Program | undefined;
beforeEach(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-hostile-'));
  backend = await startLogBackend();
});
afterEach(async () => {
  await agent?.stop('SIGKILL');
  agent = undefined;
  await backend.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

async function startAgent(settings = ''): Promise<Program> {
  return (agent = await startProgram(`
receivers: {file_log: {include: ['${folder}/*.log'], start_at: beginning${settings}}}
exporters:
  otlp_grpc:
    endpoint: "127.0.0.1:${backend.port}"
    tls: {insecure: true}
    # What takes longer is sent again: on a crowded machine, lines would come twice.
    timeout: 60s
    sending_queue: {enabled: false}
service:
  telemetry: {metrics: {level: none}}
  pipelines: {logs: {receivers: [file_log], exporters: [otlp_grpc]}}
`));
}

/** The most memory that a process has had, MiB. */
function peakMiB({ child }: Program): number {
  const status = fs.readFileSync(`/proc/${child.pid}/status`, 'utf8');
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024);
}

/** CPU time that a process has taken, seconds. */
function cpuSeconds({ child }: Program): number {
  const fields = fs.readFileSync(`/proc/${child.pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

test.each([
  ['split', lineBytes / (1 << 20)],
  ['truncate', 1],
])(
  `a line of ${lineBytes >> 20} MiB without an end, max_log_size_behavior %s: bounded memory`,
  async (behaviour, records) => {
    // Zeros that take no room on the disk: also the NUL bytes of a file whose writer was killed.
    const handle = fs.openSync(path.join(folder, 'long.log'), 'w');
    fs.ftruncateSync(handle, lineBytes);
    fs.writeSync(handle, '\nlast\n', lineBytes);
    fs.closeSync(handle);
    fs.writeFileSync(path.join(folder, 'other.log'), 'other\n');
    const began = performance.now();
    const program = await startAgent(`, max_log_size_behavior: ${behaviour}`);
    const pieces = (): number =>
      [...backend.accepted].reduce((sum, [body, times]) => sum + (body.length === 1 << 20 ? times : 0), 0);
    const isThere = (): boolean => backend.accepted.has('other') && backend.accepted.has('last') && pieces() >= records;
    await until('the pieces, the line behind them, and the other file', isThere, 900_000);
    expect(pieces()).toBe(records);
    const peak = peakMiB(program);
    console.info(`${lineBytes} bytes, ${behaviour}: ${Math.round(performance.now() - began)} ms, peak ${peak} MiB`);
    expect(peak).toBeLessThan(mostMiB);
  },
);

test(`${fileCount} files in a folder: every line, and later ones`, async () => {
  for (let i = 0; i < fileCount; i++) fs.writeFileSync(path.join(folder, `${i}.log`), `file ${i}\n`);
  const began = performance.now();
  const program = await startAgent();
  await until('a line', () => backend.accepted.size > 0, 900_000);
  const first = performance.now() - began;
  await until('every line', () => backend.accepted.size === fileCount, 900_000);
  const all = performance.now() - began;
  fs.appendFileSync(path.join(folder, `${fileCount - 1}.log`), 'more\n');
  await until('a later line', () => backend.accepted.has('more'), 900_000);
  const begun = { cpu: cpuSeconds(program), at: performance.now() };
  // real time: the CPU that idle files take, for the figures.
  if (scale >= 1) await new Promise((resolve) => setTimeout(resolve, 60_000));
  const idle = (100 * (cpuSeconds(program) - begun.cpu)) / ((performance.now() - begun.at) / 1000);
  const idleText = scale >= 1 ? `, idle ${idle.toFixed(1)}% of a core` : '';
  const times = `first line after ${Math.round(first)} ms, all after ${Math.round(all)} ms`;
  console.info(`${fileCount} files: ${times}, peak ${peakMiB(program)} MiB${idleText}`);
  expect([...backend.accepted.values()].every((count) => count === 1)).toBe(true);
});
