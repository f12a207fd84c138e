import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { emptyContext } from '../../component/consumer.js';
import { Cancellation } from '../../component/cancellation.js';
import { SpanBuilder } from '../../otlp/build/spans.js';
import { jsonToProto } from '../../otlp/json/decode.js';
import type { Batch } from '../../otlp/batch.js';
import { validate } from '../../otlp/wire/validate.js';
import { hostWith } from '../../../test/support/host.js';
import { heldWorld } from '../../../test/support/held-world.js';
import { definition } from './index.js';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-debug-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

const host = hostWith();

function log(body: string): Batch {
  return validate(
    'logs',
    jsonToProto(
      'logs',
      Buffer.from(
        JSON.stringify({
          resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: body }, severityNumber: 9 }] }] }],
        }),
      ),
    ),
  );
}

function spans(count: number, name = 'span'): Batch {
  const builder = new SpanBuilder().resource().scope('');
  for (let i = 0; i < count; i++) builder.span(name);
  return builder.finish();
}

async function output(settings: object, batches: readonly Batch[]): Promise<string> {
  const file = path.join(folder, `${Math.random()}.txt`);
  const { context, books } = heldWorld({ signal: batches[0]?.signal ?? 'logs' });
  const config = definition.config.parse({ use_internal_logger: false, output_paths: [file], ...settings });
  const exporter = await definition.create(config, context);
  await exporter.start?.(host);
  for (const batch of batches) await exporter.consume(batch, emptyContext);
  await exporter.shutdown?.(new AbortController().signal);
  expect(books.balance).toBe(0);
  return fs.readFileSync(file, 'utf8');
}

test('basic counts, normal gives each record a line, detailed shows everything', async () => {
  expect(await output({}, [log('x')])).toBe('Logs\t{"resource logs": 1, "log records": 1}\n');
  expect(await output({ verbosity: 'Normal' }, [log('x')])).toBe(
    'Logs\t{"resource logs": 1, "log records": 1}\nResourceLog #0\nScopeLog #0\nx \n\n',
  );
  expect(await output({ verbosity: 'detailed' }, [log('x')])).toContain('SeverityNumber: Info(9)\nBody: Str(x)\n');
});

test('equal messages are thinned out, which the output says once', async () => {
  const text = await output(
    { sampling_initial: 2, sampling_thereafter: 3 },
    Array.from({ length: 12 }, () => log('x')),
  );
  const lines = text.trim().split('\n');
  expect(lines.filter((line) => line.startsWith('Logs\t'))).toHaveLength(5);
  expect(lines).toHaveLength(6);
  expect(lines[2]).toBe(
    'Texts that repeat are thinned out\t{"rule": "in 1s the first 2 with one message are shown, then 1 of 3", ' +
      '"setting": "sampling_initial, sampling_thereafter"}',
  );
});

test('a long text is one entry, made in several turns of the event loop in which short ones are written', async () => {
  const file = path.join(folder, 'turns.txt');
  const { context, books } = heldWorld({ signal: 'traces' });
  const config = definition.config.parse({
    verbosity: 'detailed',
    use_internal_logger: false,
    output_paths: [file],
  });
  const exporter = await definition.create(config, context);
  await exporter.start?.(host);
  let done = 0;
  const long = [spans(10_000, 'a'), spans(10_000, 'b')].map((batch) =>
    exporter.consume(batch, emptyContext).then(() => done++),
  );
  let turns = 0;
  for (; done === 0; turns++) await setImmediate();
  await exporter.consume(spans(1, 'short'), emptyContext);
  expect(done).toBe(1);
  await Promise.all(long);
  await exporter.shutdown?.(new AbortController().signal);
  expect(turns).toBeGreaterThan(5);
  expect(books.outItems).toBe(20_001);
  const entries = fs.readFileSync(file, 'utf8').split(/^Traces\t.*\n/m);
  expect(entries.map((entry) => entry.match(/Name +: .*/g)?.length)).toEqual([undefined, 10_000, 1, 10_000]);
  expect(entries.map((entry) => new Set(entry.match(/(?<=Name +: ).*/g)).size)).toEqual([0, 1, 1, 1]);
  expect(entries[3]?.endsWith('DroppedLinksCount: 0\n\n')).toBe(true);
});

test('a long text has its room in the budget of all while it exists, and is made also where none is left', async () => {
  const file = path.join(folder, 'reserved.txt');
  for (const limit of [1 << 30, 1000]) {
    fs.rmSync(file, { force: true });
    const { context, budget } = heldWorld({ budget: limit });
    let most = 0;
    const reserve = budget.tryReserve.bind(budget);
    budget.tryReserve = (bytes) => {
      const isReserved = reserve(bytes);
      most = Math.max(most, budget.used);
      return isReserved;
    };
    const config = definition.config.parse({
      use_internal_logger: false,
      output_paths: [file],
      verbosity: 'detailed',
      sending_queue: { enabled: false },
    });
    const exporter = await definition.create(config, context);
    await exporter.start?.(host);
    await exporter.consume(spans(20_000, 'a'), emptyContext);
    expect(budget.used).toBe(0);
    await exporter.shutdown?.(new AbortController().signal);
    const written = fs.readFileSync(file, 'utf8').length;
    expect(written).toBeGreaterThan(1_000_000);
    // The last piece comes with the end.
    if (limit > written) expect(most).toBeGreaterThan(written);
    else expect(most).toBeLessThanOrEqual(limit);
  }
});

test('a text too long for one entry is several log lines that together have all of it', async () => {
  const { context, lines } = heldWorld({ signal: 'traces' });
  const exporter = await definition.create(definition.config.parse({ verbosity: 'detailed' }), context);
  await exporter.start?.(host);
  await exporter.consume(spans(40_000), emptyContext);
  const [first, ...texts] = lines.map(({ message }) => message);
  expect(first).toBe('Traces');
  expect(texts.length).toBeGreaterThan(2);
  const text = texts.map((part, i) => (i === 0 ? part : part.replace(`(part ${i + 1})\n`, ''))).join('');
  expect(text.match(/^Span #\d+$/gm)).toEqual(Array.from({ length: 40_000 }, (_, i) => `Span #${i}`));
  expect(text.match(/^ScopeSpans #0$/gm)).toHaveLength(1);
});

test('equal long texts are thinned out too', async () => {
  const batches = Array.from({ length: 5 }, () => spans(3000));
  const text = await output({ verbosity: 'normal', sampling_initial: 2, sampling_thereafter: 0 }, batches);
  expect(text.match(/^Traces/gm)).toHaveLength(2);
  expect(text.match(/^span/gm)).toHaveLength(6000);
});

test.each([
  ['its sender leaves', 'cancelled'],
  ['the drain is over', 'shutdown'],
])('a long text ends when %s, and its items are returned', async (how, reason) => {
  const file = path.join(folder, `${reason}.txt`);
  const { context, books } = heldWorld({ signal: 'traces' });
  const config = definition.config.parse({ verbosity: 'detailed', use_internal_logger: false, output_paths: [file] });
  const exporter = await definition.create(config, context);
  await exporter.start?.(host);
  const signal = new Cancellation();
  const outcomes = Promise.allSettled([1, 2].map(() => exporter.consume(spans(200_000), { ...emptyContext, signal })));
  while (fs.statSync(file).size === 0) await setImmediate();
  expect(books.heldItems).toEqual({ push: 400_000 });
  if (how === 'its sender leaves') {
    signal.abort('sender');
    await outcomes;
  }
  await exporter.shutdown?.(AbortSignal.abort());
  expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(books.returnedItems).toEqual({ [reason]: 400_000 });
  expect(books.balance).toBe(0);
  if (how === 'its sender leaves')
    expect(fs.readFileSync(file, 'utf8').endsWith('... the rest is left out: context canceled\n\n')).toBe(true);
});

test('the internal logger has no files, and its own ones cannot be none', () => {
  expect(definition.config.safeParse({ output_paths: ['stdout'] }).success).toBe(false);
  expect(definition.config.safeParse({ use_internal_logger: false, output_paths: [] }).success).toBe(false);
  expect(definition.config.safeParse({ verbosity: 'none' }).success).toBe(false);
});

test('a value nested thousands of levels deep is cut, not a crash', async () => {
  const depth = 3000;
  const nested = `${'{"arrayValue":{"values":['.repeat(depth)}{}${']}}'.repeat(depth)}`;
  const body = `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":${nested}}]}]}]}`;
  expect(await output({ verbosity: 'normal' }, [validate('logs', jsonToProto('logs', Buffer.from(body)))])).toContain(
    '...',
  );
});
