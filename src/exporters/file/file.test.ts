import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { emptyContext } from '../../component/consumer.js';
import type { Exporter } from '../../component/define.js';
import { jsonToProto } from '../../otlp/json/decode.js';
import type { Batch } from '../../otlp/batch.js';
import { validate } from '../../otlp/wire/validate.js';
import { hostWith } from '../../../test/support/host.js';
import { heldWorld, type HeldWorld } from '../../../test/support/held-world.js';
import { until } from '../../../test/support/program.js';
import { groupPath } from './group-by.js';
import { definition } from './index.js';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-file-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));
const host = hostWith();

async function open(settings: object): Promise<{ exporter: Exporter; world: HeldWorld; stop(): Promise<void> }> {
  const world = heldWorld({ signal: 'logs' });
  const exporter = await definition.create(definition.config.parse(settings), world.context);
  await exporter.start?.(host);
  return { exporter, world, stop: async () => exporter.shutdown?.(new AbortController().signal) };
}

function logs(groups: Readonly<Record<string, readonly string[]>>): Batch {
  const resourceLogs = Object.entries(groups).map(([group, bodies]) => ({
    resource: { attributes: [{ key: 'group', value: { stringValue: group } }] },
    scopeLogs: [{ scope: {}, logRecords: bodies.map((stringValue) => ({ body: { stringValue } })) }],
  }));
  return validate('logs', jsonToProto('logs', Buffer.from(JSON.stringify({ resourceLogs }))));
}

test('each request is a line; until it is written the books hold it', async () => {
  const file = path.join(folder, 'a.json');
  const { exporter, world, stop } = await open({ path: file, flush_interval: '1h' });
  await exporter.consume(logs({ a: ['1', '2'] }), emptyContext);
  await exporter.consume(logs({ a: ['3'] }), emptyContext);
  expect(fs.readFileSync(file, 'utf8')).toBe('');
  expect(world.books.heldItems).toEqual({ buffer: 3 });
  await stop();
  const lines = fs.readFileSync(file, 'utf8').trim().split('\n');
  expect(lines).toHaveLength(2);
  expect(JSON.parse(lines[1]!)).toMatchObject({
    resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: '3' } }] }] }],
  });
  expect(world.books).toMatchObject({ outItems: 3, balance: 0, heldItems: { buffer: 0 } });
  expect(world.metrics['otelcol_exporter_sent_log_records']).toBe(3);
});

test('JSON has its room in the budget of all until it is written, and others do not wait for that', async () => {
  const file = path.join(folder, 'reserved.json');
  const world = heldWorld({ signal: 'logs', budget: 3 << 20 });
  const config = definition.config.parse({ path: file, flush_interval: '1h' });
  const exporter = await definition.create(config, world.context);
  await exporter.start?.(host);
  const text = 'x'.repeat(1000);
  await exporter.consume(logs({ a: [text] }), emptyContext);
  expect(fs.readFileSync(file, 'utf8')).toBe('');
  expect(world.budget.used).toBeGreaterThan(text.length);
  world.budget.tryReserve(world.budget.limit - world.budget.used);
  const held = world.budget.used;
  for (let i = 0; i < 3; i++) await exporter.consume(logs({ a: [text] }), emptyContext);
  expect(world.books.heldItems).toEqual({ buffer: 4 });
  await exporter.shutdown?.(new AbortController().signal);
  expect(fs.readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(4);
  expect(world.budget.used).toBeLessThan(held - text.length);
  // All but what this test holds.
  expect(world.books).toMatchObject({ outItems: 4, balance: 0 });
});

test('a missing folder is an error at start, unless it is to be created', async () => {
  const file = path.join(folder, 'deep/er/b.json');
  await expect(open({ path: file })).rejects.toThrow(`open ${file}: no such file or directory`);
  const { stop } = await open({ path: file, create_directory: true });
  await stop();
  expect(fs.existsSync(file)).toBe(true);
});

test('groups go to files of their own, however few may be open, and nothing is cut off', async () => {
  const { exporter, world, stop } = await open({
    path: path.join(folder, 'g/*.json'),
    group_by: { enabled: true, resource_attribute: 'group', max_open_files: 1 },
  });
  for (const round of ['1', '2', '3']) await exporter.consume(logs({ x: [round], y: [round] }), emptyContext);
  await exporter.consume(
    validate('logs', jsonToProto('logs', Buffer.from('{"resourceLogs":[{"scopeLogs":[{"logRecords":[{}]}]}]}'))),
    emptyContext,
  );
  await stop();
  for (const name of ['x', 'y'])
    expect(
      fs
        .readFileSync(path.join(folder, `g/${name}.json`), 'utf8')
        .trim()
        .split('\n'),
    ).toHaveLength(3);
  expect(world.books).toMatchObject({ inItems: 7, outItems: 6, droppedItems: { no_group: 1 }, balance: 0 });
});

test('groups that come at once share the files that may be open, and nothing is overwritten or left', async () => {
  const { exporter, world, stop } = await open({
    path: path.join(folder, 'at-once/*.json'),
    group_by: { enabled: true, resource_attribute: 'group', max_open_files: 2 },
  });
  const names = ['a', 'b', 'c', 'd'];
  for (let round = 0; round < 3; round++)
    await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        exporter.consume(logs({ [names[(i * 7) % names.length]!]: [`${round} ${i}`] }), emptyContext),
      ),
    );
  await stop();
  const bodies = names.flatMap((name) =>
    [...fs.readFileSync(path.join(folder, `at-once/${name}.json`), 'utf8').matchAll(/"stringValue":"(\d+ \d+)"/g)].map(
      ([, body = '']) => body,
    ),
  );
  const sent = [0, 1, 2].flatMap((round) => Array.from({ length: 40 }, (_, i) => `${round} ${i}`));
  expect(bodies.toSorted()).toEqual(sent.toSorted());
  expect(world.books).toMatchObject({ inItems: 120, outItems: 120, balance: 0, heldItems: { buffer: 0 } });
});

test('whatever a value holds, its file stays below the folder', () => {
  expect(groupPath('/data/*.json', '../../etc/passwd')).toBe('/data/etc/passwd.json');
  expect(groupPath('/data/x-*.json', 'a')).toBe('/data/x-a.json');
  expect(groupPath('./g/*/t.json', 'a/b')).toBe('g/a/b/t.json');
});

test('a request larger than a whole file is refused and leaves no half behind', async () => {
  const file = path.join(folder, 'r.json');
  const { exporter, world, stop } = await open({ path: file, rotation: { max_megabytes: 1, max_backups: 1 } });
  await expect(exporter.consume(logs({ a: ['x'.repeat(2 ** 20)] }), emptyContext)).rejects.toMatchObject({
    class: 'retryable',
    reason: 'too_large',
  });
  for (let i = 0; i < 5; i++) await exporter.consume(logs({ a: ['x'.repeat(600_000)] }), emptyContext);
  await stop();
  expect(fs.readdirSync(folder).filter((name) => name.startsWith('r-'))).toHaveLength(1);
  expect(world.books).toMatchObject({ outItems: 5, returnedItems: { too_large: 1 }, balance: 0 });
});

test('a full disk holds data back, refuses more, and loses nothing that was accepted', async () => {
  // /dev/full answers every write with "no space left on device".
  const { exporter, world, stop } = await open({ path: '/dev/full', append: true, flush_interval: '1ms' });
  await exporter.consume(logs({ a: ['1'] }), emptyContext);
  await world.clock.pass(1);
  await until('the failed write', () =>
    world.lines.some((line) => line.level === 'error' && line.message.startsWith('Writing failed')),
  );
  expect(world.books.heldItems).toEqual({ buffer: 1 });
  await stop();
  expect(world.books).toMatchObject({ droppedItems: { write_failed: 1 }, balance: 0 });
});

test('what one file took is not offered again because another one refused', async () => {
  fs.mkdirSync(path.join(folder, 'h/bad.json'), { recursive: true });
  const { exporter, world, stop } = await open({
    path: path.join(folder, 'h/*.json'),
    group_by: { enabled: true, resource_attribute: 'group' },
  });
  const failure: unknown = await exporter
    .consume(logs({ good: ['1'], bad: ['2', '3'] }), emptyContext)
    .catch((error: unknown) => error);
  expect(failure).toMatchObject({ class: 'retryable', reason: 'write_failed', remaining: { itemCount: 2 } });
  await stop();
  expect(world.books).toMatchObject({ inItems: 3, outItems: 1, returnedItems: { write_failed: 2 }, balance: 0 });
});

test('a file that takes nothing does not hold the end up, and the books say what it was not given', async () => {
  const pipe = path.join(folder, 'pipe');
  spawnSync('mkfifo', [pipe]);
  // Somebody has it open and never reads.
  const reader = fs.openSync(pipe, 'r+');
  const { exporter, world } = await open({ path: pipe, append: true });
  await exporter.consume(logs({ a: ['x'.repeat(2 ** 20), 'y'] }), emptyContext);
  const ended = exporter.shutdown?.(AbortSignal.abort());
  await world.clock.pass(1000);
  await ended;
  expect(world.books).toMatchObject({ droppedItems: { shutdown: 2 }, heldItems: { buffer: 0 }, balance: 0 });
  fs.closeSync(reader);
});

test('a large request goes to the files of its groups in several turns', async () => {
  const { exporter, world, stop } = await open({
    path: path.join(folder, 'large/*.json'),
    group_by: { enabled: true, resource_attribute: 'group' },
  });
  const bodies = Array.from({ length: 70_000 }, (_, i) => String(i));
  const done = exporter.consume(logs({ x: bodies, y: bodies }), emptyContext);
  // It is being cut: it is in no file yet, nor accepted.
  expect(world.books.inItems).toBe(0);
  await done;
  await stop();
  for (const name of ['x', 'y']) {
    const text = fs.readFileSync(path.join(folder, `large/${name}.json`), 'utf8');
    expect(text.match(/"stringValue":"\d+"/g)).toHaveLength(70_000);
  }
  expect(world.books).toMatchObject({ inItems: 140_000, outItems: 140_000, balance: 0 });
});
