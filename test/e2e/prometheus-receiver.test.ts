import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startProgram, until, type Program } from '../support/program.js';
import { ScrapeTarget } from '../support/scrape-target.js';

let folder: string;
let target: ScrapeTarget;
let program: Program | undefined;
beforeEach(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-scrape-'));
  target = await ScrapeTarget.start('a 1\nb 2\n');
});
afterEach(async () => {
  await program?.stop();
  program = undefined;
  await target.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

// The interval is also the time that a scrape has: one that a busy machine makes fail ends the series and the
// connection.
const yaml = (): string => `
receivers:
  prometheus:
    initial_scrape_offset: 1ms
    config:
      scrape_configs:
        - job_name: job
          scrape_interval: 3s
          static_configs: [{targets: ['${target.address}']}]
exporters:
  file: {path: ${folder}/out, flush_interval: 50ms, append: true}
service:
  telemetry: {metrics: {level: none}}
  pipelines:
    metrics: {receivers: [prometheus], exporters: [file]}
`;

/** The values of `scrape_series_added` so far. */
function added(): number[] {
  const file = path.join(folder, 'out');
  const text = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
  const pattern = /"name":"scrape_series_added".*?"asDouble":(\d+)/g;
  return [...text.matchAll(pattern)].map(([, value]) => Number(value));
}

test('with several workers one of them scrapes', async () => {
  program = await startProgram(yaml(), { args: ['--workers', '2'] });
  await until('three scrapes', () => target.requests.length >= 3);
  // One process has one connection to the target, and keeps it.
  expect(new Set(target.requests.map(({ socket }) => socket.remotePort)).size).toBe(1);
  await until('their points', () => added().length >= 3);
  expect(added().filter((value) => value > 0)).toEqual([2]);
});

test('a reload goes on with the series that it finds', async () => {
  program = await startProgram(yaml());
  await until('a scrape', () => added().length >= 1);
  program.child.kill('SIGHUP');
  const { requests } = target;
  const before = new Set(requests.map(({ socket }) => socket.remotePort)).size;
  await until('the other receiver', () => new Set(requests.map(({ socket }) => socket.remotePort)).size > before);
  const seen = added().length;
  await until('more scrapes', () => added().length >= seen + 2);
  expect(added().filter((value) => value > 0)).toEqual([2]);
});
