import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { heldWorld, type HeldWorld } from '../../../test/support/held-world.js';
import { hostWith } from '../../../test/support/host.js';
import { until } from '../../../test/support/program.js';
import { MemoryStorage } from '../../../test/support/storage.js';
import { DeliveryError } from '../../component/delivery-error.js';
import type { Storage } from '../../component/storage.js';
import type { Batch } from '../../otlp/batch.js';
import { jsonText } from '../../otlp/json/encode.js';
import { definition } from './index.js';

type FileSignal = 'traces' | 'metrics' | 'logs';
/** A span, metric or log record. */
interface Item {
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

interface Running {
  readonly world: HeldWorld;
  readonly items: Item[];
  readonly names: () => readonly string[];
  refusal: DeliveryError | undefined;
  refusals: number;
  /** Lets time pass until it is so. */
  until(what: string, probe: () => boolean): Promise<void>;
  /** Lets so many polls pass in which nothing is to happen. */
  polls(count: number): Promise<void>;
  stop(): Promise<void>;
}

const stops: (() => Promise<void>)[] = [];
let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-otlp-json-'));
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

async function run(signal: FileSignal, options: object = {}, storage?: Storage): Promise<Running> {
  const world = heldWorld({ signal, id: 'otlp_json_file' });
  const items: Item[] = [];
  const state = { refusal: undefined as DeliveryError | undefined, refusals: 0 };
  const consume = (batch: Batch): Promise<void> => {
    if (state.refusal) {
      state.refusals++;
      return Promise.reject(state.refusal);
    }
    items.push(...itemsOf(signal, batch));
    return Promise.resolve();
  };
  const config = definition.config.parse({
    include: [path.join(folder, '*.json*')],
    start_at: 'beginning',
    poll_interval: '100ms',
    ...options,
    ...(storage && { storage: 'memory' }),
  });
  const receiver = await definition.create(config, { ...world.context, kind: 'receiver' }, { consume });
  await receiver.start?.(hostWith(storage ? { memory: { offers: { storage } } } : {}));
  const stop = async (): Promise<void> => receiver.shutdown?.(new AbortController().signal);
  stops.push(stop);
  return Object.assign(state, {
    world,
    items,
    names: () => items.map(({ name }) => name),
    until: (what: string, probe: () => boolean) =>
      until(`${what}; there are ${items.length} items`, async () => {
        await world.clock.pass(100);
        return probe();
      }),
    async polls(count: number) {
      for (let i = 0; i < count; i++) {
        await world.clock.pass(100);
        // Files are read by other threads, which the held clock does not know.
        await fs.promises.stat(folder);
        await fs.promises.stat(folder);
      }
    },
    stop,
  });
}

interface JsonAttribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}
interface JsonItem {
  readonly name?: string;
  readonly body?: { readonly stringValue: string };
  readonly attributes?: readonly JsonAttribute[];
  readonly metadata?: readonly JsonAttribute[];
}

function itemsOf(signal: FileSignal, batch: Batch): readonly Item[] {
  const [outer, scopes, list] = wordsOf[signal];
  const request = JSON.parse(jsonText(signal, batch.bytes)) as Record<
    string,
    Record<string, Record<string, JsonItem[]>[]>[]
  >;
  return (request[outer] ?? []).flatMap((resource) =>
    (resource[scopes] ?? []).flatMap((scope) =>
      (scope[list] ?? []).map(({ name, body, attributes, metadata }) => ({
        name: name ?? body?.stringValue ?? '',
        attributes: Object.fromEntries(
          (metadata ?? attributes ?? []).map(({ key, value }) => [key, Object.values(value)[0]]),
        ),
      })),
    ),
  );
}

const wordsOf = {
  traces: ['resourceSpans', 'scopeSpans', 'spans'],
  metrics: ['resourceMetrics', 'scopeMetrics', 'metrics'],
  logs: ['resourceLogs', 'scopeLogs', 'logRecords'],
} as const;

/** A line with these items. */
function line(signal: FileSignal, names: readonly string[]): string {
  const [outer, scopes, list] = wordsOf[signal];
  const items = names.map((name) => {
    if (signal === 'logs') return { body: { stringValue: name } };
    if (signal === 'metrics') return { name, gauge: { dataPoints: [{ asInt: '1' }] } };
    return { name, traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8) };
  });
  return `${JSON.stringify({ [outer]: [{ [scopes]: [{ [list]: items }] }] })}\n`;
}

const write = (name: string, ...texts: readonly string[]): void =>
  fs.writeFileSync(path.join(folder, name), texts.join(''));
const append = (name: string, text: string): void => fs.appendFileSync(path.join(folder, name), text);

test('each pipeline gets the lines of its signal, and the file of each as attributes', async () => {
  write('a.json', line('traces', ['s1', 's2']), line('metrics', ['m1']), line('logs', ['l1']), line('traces', ['s3']));
  const options = { include_file_path: true, include_file_record_number: true };
  const [traces, metrics, logs] = [await run('traces', options), await run('metrics', options), await run('logs')];
  await traces.until('spans', () => traces.items.length === 3);
  await metrics.until('metrics', () => metrics.items.length === 1);
  await logs.until('records', () => logs.items.length === 1);
  expect(traces.names()).toEqual(['s1', 's2', 's3']);
  const file = { 'log.file.name': 'a.json', 'log.file.path': path.join(folder, 'a.json') };
  expect(traces.items[2]?.attributes).toEqual({ ...file, 'log.file.record_number': '4' });
  expect(metrics.items).toEqual([{ name: 'm1', attributes: { ...file, 'log.file.record_number': '2' } }]);
  expect(logs.items).toEqual([{ name: 'l1', attributes: { 'log.file.name': 'a.json' } }]);
  append('a.json', line('logs', ['l2']));
  await logs.until('the next', () => logs.items.length === 2);
});

test('without file attributes a batch is the lines as they are', async () => {
  write('a.json', line('logs', ['a']), line('logs', ['b']));
  const logs = await run('logs', { include_file_name: false });
  await logs.until('both', () => logs.items.length === 2);
  expect(logs.items).toEqual([
    { name: 'a', attributes: {} },
    { name: 'b', attributes: {} },
  ]);
});

test('lines that are no requests are counted and left out', async () => {
  write(
    'a.json',
    'no json\n',
    line('logs', ['a']),
    '{"resourceLogs":[{"scopeLogs":{}}]}\n',
    '[1]\n',
    line('logs', ['b']),
  );
  const logs = await run('logs');
  await logs.until('both', () => logs.items.length === 2);
  expect(logs.names()).toEqual(['a', 'b']);
  expect(logs.world.metrics['kanmon_otlp_json_file_unreadable_lines']).toBe(3);
  expect(logs.world.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
});

test('long lines keep their place among short ones, in every file', async () => {
  const many = (prefix: string): string[] => Array.from({ length: 20_000 }, (_, i) => `${prefix}${i}`);
  const content = (prefix: string): string[] => [
    line('logs', [`${prefix} first`]),
    line('logs', many(prefix)),
    line('logs', [`${prefix} between`]),
    line('logs', many(prefix)),
    'no json but long'.repeat(10_000),
    '\n',
    line('logs', [`${prefix} last`]),
  ];
  write('a.json', ...content('a'));
  write('b.json', ...content('b'));
  const logs = await run('logs', { max_log_size: '4MiB' });
  await logs.until('all', () => logs.items.length === 80_006);
  for (const prefix of ['a', 'b'])
    expect(logs.names().filter((name) => name.startsWith(prefix))).toEqual([
      `${prefix} first`,
      ...many(prefix),
      `${prefix} between`,
      ...many(prefix),
      `${prefix} last`,
    ]);
  expect(logs.world.metrics['kanmon_otlp_json_file_unreadable_lines']).toBe(2);
});

test('a line longer than max_log_size is cut, and no request', async () => {
  write('a.json', line('logs', ['x'.repeat(5000)]), line('logs', ['short']));
  const logs = await run('logs', { max_log_size: '1KiB', max_log_size_behavior: 'truncate' });
  await logs.until('the short one', () => logs.items.length === 1);
  expect(logs.world.metrics['kanmon_otlp_json_file_unreadable_lines']).toBe(1);
});

test('replay_file: all of each file is read again with every poll', async () => {
  write('a.json', line('logs', ['a']), line('logs', ['b']).trimEnd());
  const logs = await run('logs', { replay_file: true, force_flush_period: '300ms' });
  await logs.until('three times', () => logs.items.length >= 6);
  expect(logs.names().slice(0, 6)).toEqual(['a', 'b', 'a', 'b', 'a', 'b']);
  const plain = await run('logs');
  await plain.until('once', () => plain.items.length === 2);
  await plain.polls(5);
  expect(plain.items).toHaveLength(2);
});

test('compressed files are read, and each signal has offsets of its own in the storage', async () => {
  fs.writeFileSync(path.join(folder, 'a.json.gz'), gzipSync(line('logs', ['a']) + line('traces', ['s'])));
  const storage = new MemoryStorage();
  const read = async (count: number): Promise<readonly string[]> => {
    const logs = await run('logs', { compression: 'gzip' }, storage);
    const traces = await run('traces', { compression: 'gzip' }, storage);
    await logs.until('the record', () => logs.items.length === count);
    await traces.until('the span', () => traces.items.length === count);
    await logs.polls(5);
    await traces.polls(5);
    await logs.stop();
    await traces.stop();
    return [...logs.names(), ...traces.names()];
  };
  expect(await read(1)).toEqual(['a', 's']);
  expect(await read(0)).toEqual([]);
});

test('what is refused for now is offered again, and the file waits', async () => {
  write('a.json', line('logs', ['a']));
  const logs = await run('logs');
  logs.refusal = new DeliveryError('full', { class: 'retryable', reason: 'queue_full', local: true });
  await logs.until('some refusals', () => logs.refusals > 2);
  logs.refusal = undefined;
  append('a.json', line('logs', ['b']));
  await logs.until('both', () => logs.items.length === 2);
  expect(logs.names()).toEqual(['a', 'b']);
});

test.each([
  [{}, "'include' must be specified"],
  [{ include: [] }, "'include' must be specified"],
  [{ include: ['a'], start_at: 'middle' }, "invalid start_at location 'middle'"],
  [{ include: ['a'], replay_file: true, storage: 'x' }, "'storage' has no effect beside 'replay_file'"],
  [{ include: ['a'], max_log_size: '0' }, "'max_log_size' must be positive"],
  [{ include: ['a'], poll_interval: '-1s' }, 'must be positive'],
  [{ include: ['a'], operators: [] }, 'Unrecognized key'],
])('%j is refused', (options, fault) => {
  const { error } = definition.config.safeParse(options);
  expect(error?.issues.map(({ message }) => message).join()).toContain(fault);
});
