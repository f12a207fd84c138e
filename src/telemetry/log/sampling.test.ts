import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { HeldClock } from '../../../test/support/held-world.js';
import { logs } from '../config/logs.js';
import { openLog } from './logger.js';
import { LogSampler } from './sampling.js';

const folder = mkdtempSync(path.join(tmpdir(), 'kanmon-thinned-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the log says once in each window, in place of the first line left out, that it thins', async () => {
  const file = path.join(folder, 'log');
  const clock = new HeldClock();
  const config = logs.parse({ encoding: 'json', output_paths: [file], disable_caller: true });
  const log = openLog(config, {}, clock, undefined);
  const logger = log.logger.child({ 'otelcol.component.id': 'debug' });
  for (let i = 0; i < 15; i++) logger.info('Traces');
  await clock.pass(10_000);
  for (let i = 0; i < 11; i++) logger.info('Traces');
  log.close();
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  const messages = lines.map((line) => (JSON.parse(line) as { msg: string }).msg);
  const thinned = 'Log lines that repeat are thinned out';
  const ten = Array.from({ length: 10 }, () => 'Traces');
  expect(messages).toEqual([...ten, thinned, ...ten, thinned]);
  expect(JSON.parse(lines[10] ?? '')).toMatchObject({
    level: 'info',
    'otelcol.component.id': 'debug',
    thinned: 'Traces',
    rule: 'in 10s the first 10 with one message are shown, then 1 of 100',
    setting: 'service::telemetry::logs::sampling',
  });
});

test('a window in which each line is shown has no first one that is left out', () => {
  const sampler = new LogSampler({ tick: 1000, initial: 2, thereafter: 1 }, new HeldClock());
  expect(new Set(Array.from({ length: 9 }, () => sampler.decide('info', 'x')))).toEqual(new Set(['shown']));
});

test('with `thereafter: 0` no more is shown', () => {
  const sampler = new LogSampler({ tick: 1000, initial: 1, thereafter: 0 }, new HeldClock());
  const verdicts = Array.from({ length: 4 }, () => sampler.decide('info', 'x'));
  expect(verdicts).toEqual(['shown', 'first left out', 'left out', 'left out']);
});
