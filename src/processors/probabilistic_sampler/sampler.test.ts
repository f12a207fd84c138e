import { expect, test } from 'vitest';
import { heldWorld } from '../../../test/support/held-world.js';
import { emptyContext } from '../../component/consumer.js';
import { DeliveryError } from '../../component/delivery-error.js';
import type { Attributes, Meter, MetricSpec } from '../../component/telemetry.js';
import type { Batch } from '../../otlp/batch.js';
import { LogBuilder } from '../../otlp/build/logs.js';
import { SpanBuilder } from '../../otlp/build/spans.js';
import { jsonText } from '../../otlp/json/encode.js';
import { config } from './config.js';
import { createProbabilisticSampler } from './sampler.js';

/** Trace IDs whose last seven bytes are evenly spread. */
function spread(count: number): string[] {
  return Array.from({ length: count }, (_id, i) => {
    const randomness = Math.floor((i / count) * 2 ** 32).toString(16);
    return `${'0'.repeat(15)}100${randomness.padStart(8, '0')}000000`;
  });
}

function spansOf(ids: readonly string[], state = ''): Batch {
  const spans = new SpanBuilder();
  spans.resource().scope('test');
  for (const id of ids) spans.span('a').ids(id, '').context(state, 0);
  return spans.finish();
}

function statesOf(batch: Batch): string[] {
  return [...jsonText(batch.signal, batch.bytes).matchAll(/"traceState":"([^"]*)"/g)].map(([, state]) => state ?? '');
}

/** A batch that was handed on, and the tracestates in it: its memory is another one's afterwards. */
interface Passed {
  readonly batch: Batch;
  readonly states: readonly string[];
}

/** A sampler, what it has handed on, and the series that it has counted. */
function sampling(settings: Record<string, unknown>, signal: 'traces' | 'logs' = 'traces') {
  const { books, context } = heldWorld({ signal });
  const passed: Passed[] = [];
  const series: Record<string, number> = {};
  const counter = ({ name }: MetricSpec, attributes: Attributes) => ({
    add: (value: number): void => {
      const labels = Object.entries(attributes).map(([label, text]) => `${label}=${text}`);
      const key = `${name.split('_count_')[1]} ${labels.join(' ')}`;
      series[key] = (series[key] ?? 0) + value;
    },
  });
  const meter: Meter = { ...context.meter, counter };
  const next = { consume: (batch: Batch) => Promise.resolve(void passed.push({ batch, states: statesOf(batch) })) };
  return {
    processor: createProbabilisticSampler(config.parse(settings), { ...context, meter }, next),
    passed,
    series,
    books,
  };
}

test('a quarter of what comes passes and says so, the rest is dropped with a reason, counted by policy', async () => {
  const { processor, passed, series, books } = sampling({ mode: 'equalizing', sampling_percentage: 25 });
  await processor.consume(spansOf([...spread(1000), '']), emptyContext);
  expect(new Set(passed[0]?.states)).toEqual(new Set(['ot=th:c']));
  expect(books.droppedItems).toEqual({ not_sampled: 750, missing_randomness: 1 });
  expect(books).toMatchObject({ inItems: 1001, outItems: 250, balance: 0 });
  for (const name of ['spans_processed_total', 'traces_sampled']) {
    expect(series[`${name} policy=trace_id_w3c sampled=true`]).toBe(250);
    expect(series[`${name} policy=trace_id_w3c sampled=false`]).toBe(750);
    expect(series[`${name} policy=missing_randomness sampled=false`]).toBe(1);
  }
});

test('proportional sampling multiplies with what was sampled before, equalizing does not', async () => {
  const ids = spread(1024);
  for (const [mode, left, state] of [
    ['proportional', 256, 'ot=th:c'],
    ['equalizing', 512, 'ot=th:8'],
  ] as const) {
    const { processor, passed } = sampling({ mode, sampling_percentage: 50 });
    await processor.consume(spansOf(ids.slice(512), 'ot=th:8'), emptyContext);
    expect([passed[0]?.batch.itemCount, passed[0]?.states[0]]).toEqual([left, state]);
  }
});

test('a batch of which nothing is dropped and nothing written goes on as it is', async () => {
  const { processor, passed } = sampling({ mode: 'equalizing', sampling_percentage: 50 });
  const batch = spansOf(spread(100).slice(75), 'ot=th:c,vendor=1');
  await processor.consume(batch, emptyContext);
  expect(passed[0]?.batch).toBe(batch);
});

test('a batch that is dropped whole is not handed on', async () => {
  const { processor, passed, books } = sampling({ sampling_percentage: 0 });
  await processor.consume(spansOf(spread(10)), emptyContext);
  await processor.consume(spansOf([]), emptyContext);
  expect(passed).toEqual([]);
  expect(books).toMatchObject({ inItems: 10, droppedItems: { not_sampled: 10 }, balance: 0 });
});

test('a large batch, judged in turns while others come, is judged as a small one', async () => {
  const ids = spread(200_000);
  const { processor, passed, books } = sampling({ mode: 'proportional', sampling_percentage: 50 });
  const large = processor.consume(spansOf(ids, 'vendor=1'), emptyContext);
  await processor.consume(spansOf(ids.slice(-10)), emptyContext);
  await large;
  expect(passed.map(({ batch }) => batch.itemCount)).toEqual([10, 100_000]);
  expect(new Set(passed[1]?.states)).toEqual(new Set(['ot=th:8,vendor=1']));
  expect(books).toMatchObject({ outItems: 100_010, droppedItems: { not_sampled: 100_000 }, balance: 0 });
});

test('what the next component refuses is not sampled again', async () => {
  const { books, context } = heldWorld();
  const answers: (DeliveryError | undefined)[] = [
    new DeliveryError('full', { class: 'retryable', reason: 'queue_full' }),
    undefined,
  ];
  const got: number[] = [];
  const next = {
    consume: (batch: Batch): Promise<void> => {
      got.push(batch.itemCount);
      const error = answers.shift();
      return error ? Promise.reject(error) : Promise.resolve();
    },
  };
  const chosen = config.parse({ mode: 'proportional', sampling_percentage: 50 });
  const processor = createProbabilisticSampler(chosen, context, next);
  const error: unknown = await processor.consume(spansOf(spread(100)), emptyContext).catch((thrown: unknown) => thrown);
  await (error as DeliveryError).resume?.(emptyContext);
  expect(got).toEqual([50, 50]);
  expect(books).toMatchObject({ outItems: 50, droppedItems: { not_sampled: 50 }, balance: 0 });
});

test('log records are counted by the attribute that they were judged by', async () => {
  const settings = { sampling_percentage: 100, from_attribute: 'request.id', sampling_priority: 'prio' };
  const { processor, passed, series } = sampling(settings, 'logs');
  const logs = new LogBuilder();
  logs.resource().scope('test');
  logs.record(0).attribute('request.id', 7);
  logs.record(0).context(spread(2)[1]!, '').attribute('request.id', 8);
  logs.record(0).attribute('request.id', 9).attribute('prio', 0);
  await processor.consume(logs.finish(), emptyContext);
  expect(passed[0]?.batch.itemCount).toBe(2);
  expect(series).toEqual({
    'logs_sampled policy=request.id sampled=true': 1,
    'logs_sampled policy=trace_id_hash sampled=true': 1,
    'logs_sampled policy=sampling_priority sampled=false': 1,
  });
});

test.each([
  [{ sampling_percentage: -1 }, 'sampling rate is negative: -1.000000%'],
  [{ sampling_percentage: 1e-15 }, 'sampling rate is too small: 1e-15%'],
  [{ sampling_percentage: 1e39 }, 'sampling rate is invalid: Infinity%'],
  [{ sampling_precision: 0 }, 'invalid sampling precision: 0'],
  [{ sampling_precision: 15 }, 'sampling precision is too great, should be <= 14: 15'],
  [{ hash_seed: 2 ** 32 }, "cannot parse value as 'uint32': 4294967296 overflows uint"],
  [{ mode: 'equalising' }, 'unsupported sampler mode "equalising"'],
  [{ attribute_source: 'body' }, 'invalid attribute source: body. Expected: traceID or record'],
])('%j is refused', (settings, message) => {
  expect(config.safeParse(settings).error?.issues.map((issue) => issue.message)).toEqual([message]);
});
