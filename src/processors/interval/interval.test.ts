import { expect, test } from 'vitest';
import { PointSink } from '../../../test/support/converted-points.js';
import { heldWorld, total, type HeldWorld } from '../../../test/support/held-world.js';
import {
  at,
  attributes,
  counter,
  deltaCounter,
  gauge,
  metricsBatch,
  point,
  resource,
  type Json,
} from '../../../test/support/metrics.js';
import { emptyContext, type Consumer } from '../../component/consumer.js';
import { DeliveryError } from '../../component/delivery-error.js';
import { Succession } from '../../component/succession.js';
import type { Batch } from '../../otlp/batch.js';
import { jsonText } from '../../otlp/json/encode.js';
import { config } from './config.js';
import { IntervalProcessor } from './interval.js';

interface Running {
  readonly world: HeldWorld;
  readonly sink: PointSink;
  readonly processor: IntervalProcessor;
  send(...metrics: readonly Json[]): Promise<void>;
}

function running(options: Json = {}, succession: Succession = new Succession(), next?: Consumer): Running {
  const world = heldWorld({ signal: 'metrics', id: 'interval', succession });
  const sink = new PointSink();
  const processor = new IntervalProcessor(config.parse(options), world.context, next ?? sink);
  processor.start();
  const send = (...metrics: readonly Json[]): Promise<void> =>
    processor.consume(metricsBatch(resource({ 'service.name': 'shop' }, ...metrics)), emptyContext);
  return { world, sink, processor, send };
}

const live = (): AbortSignal => new AbortController().signal;
const values = (sink: PointSink): unknown[] =>
  sink.take().map(({ metric, asDouble, timeUnixNano }) => [metric, asDouble, timeUnixNano]);

test('the last point of each stream leaves at the end of the interval, what has no total at once', async () => {
  const { send, sink, world } = running();
  await send(counter('test', point(4, 0, { label: 'foo' }), point(3.1, 2, { label: 'bar' })));
  await send(deltaCounter('other', point(77.4, 4)));
  expect(values(sink)).toEqual([['other', 77.4, at(4)]]);
  await send(counter('test', point(8.2, 6, { label: 'foo' })), counter('test', point(12.8, 8, { label: 'foo' })));
  await send(counter('test', point(6.4, 10, { label: 'bar' })));
  expect(world.metrics['kanmon_interval_streams']).toBe(2);
  expect(world.books).toMatchObject({ inItems: 6, outItems: 1, heldItems: { interval: 2 }, balance: 0 });
  await world.clock.pass(59_999);
  expect(values(sink)).toEqual([]);
  await world.clock.pass(1);
  expect(values(sink)).toEqual([
    ['test', 12.8, at(8)],
    ['test', 6.4, at(10)],
  ]);
  expect(world.books).toMatchObject({ outItems: 3, droppedItems: { aggregated: 3 }, balance: 0 });
  // Nothing is left for the next interval.
  await world.clock.pass(60_000);
  expect(sink.batches).toHaveLength(2);
  expect(total(world.books.heldItems)).toBe(0);
});

test('a late point does not take the place of a later one', async () => {
  const { send, sink, world } = running();
  await send(counter('test', point(2, 20), point(1, 10), point(3, 20)));
  await world.clock.pass(60_000);
  expect(values(sink)).toEqual([['test', 2, at(20)]]);
  expect(world.books.droppedItems).toEqual({ aggregated: 2 });
});

test('histograms, gauges and summaries are kept with all their fields, and metrics with theirs', async () => {
  const { processor, sink, world } = running();
  const points = (more: Json): Json[] => [
    { startTimeUnixNano: at(0), timeUnixNano: at(60), count: '3', sum: 7, attributes: attributes({ k: 'v' }), ...more },
  ];
  const metrics = [
    {
      ...{ name: 'h', description: 'durations', unit: 's' },
      metadata: attributes({ of: 'h' }),
      histogram: {
        dataPoints: points({ bucketCounts: ['1', '2'], explicitBounds: [1], exemplars: [{ asDouble: 1 }] }),
        aggregationTemporality: 2,
      },
    },
    {
      name: 'e',
      exponentialHistogram: {
        dataPoints: points({ scale: 3, zeroCount: '1', positive: { offset: 4, bucketCounts: ['2'] }, negative: {} }),
        aggregationTemporality: 2,
      },
    },
    { name: 's', summary: { dataPoints: points({ quantileValues: [{ quantile: 0.5, value: 2 }] }) } },
    gauge('g', point(5, 60)),
    counter('c', point(5, 60)),
  ];
  const resourceMetrics = {
    resource: { attributes: attributes({ host: 'a' }), droppedAttributesCount: 2 },
    scopeMetrics: [
      {
        scope: { name: 'lib', version: '1', attributes: attributes({ a: 'b' }) },
        metrics,
        schemaUrl: 'https://example.com/scope',
      },
    ],
    schemaUrl: 'https://example.com/resource',
  };
  const batch = metricsBatch(resourceMetrics);
  await processor.consume(batch, emptyContext);
  expect(sink.batches).toEqual([]);
  await world.clock.pass(60_000);
  const plain = (one: Batch | undefined): unknown => one && JSON.parse(jsonText('metrics', one.bytes));
  expect(plain(sink.batches[0])).toEqual(plain(batch));
  expect(sink.batches).toHaveLength(1);
});

test('gauges and summaries pass where they shall, and sums that can fall always', async () => {
  const { processor, sink } = running({ pass_through: { gauge: true, summary: true } });
  const batch = metricsBatch(
    resource(
      {},
      gauge('g', point(1, 60)),
      { name: 's', summary: { dataPoints: [{ count: '1' }] } },
      { name: 'n', sum: { aggregationTemporality: 2, isMonotonic: false, dataPoints: [point(1, 60)] } },
    ),
  );
  await processor.consume(batch, emptyContext);
  expect(sink.batches[0]).toBe(batch);
});

test('streams of one metric meet again in one metric, scope and resource', async () => {
  const { processor, sink, world } = running();
  for (const host of ['a', 'b', 'a'])
    for (const label of ['x', 'y'])
      await processor.consume(metricsBatch(resource({ host }, gauge('g', point(1, 60, { label })))), emptyContext);
  await world.clock.pass(60_000);
  const [batch] = sink.batches;
  expect(batch?.index).toMatchObject({ resourceCount: 2, scopeCount: 2, itemCount: 2 });
  expect(batch?.itemCount).toBe(4);
});

test('many streams leave in batches of some hundred kilobytes', async () => {
  const { send, sink, world } = running();
  for (let from = 0; from < 20_000; from += 5000) {
    const points = Array.from({ length: 5000 }, (_, i) => point(i, 60, { id: String(from + i) }));
    await send(gauge('g', ...points));
  }
  await world.clock.pass(60_000);
  expect(sink.batches.length).toBeGreaterThan(2);
  expect(Math.max(...sink.batches.map(({ bytes }) => bytes.length))).toBeLessThan(300_000);
  expect(sink.take()).toHaveLength(20_000);
  expect(world.books).toMatchObject({ inItems: 20_000, outItems: 20_000, balance: 0 });
});

test('points that find no room in `max_bytes` pass as they come', async () => {
  const { send, sink, world } = running({ max_bytes: 50_000 });
  await send(gauge('g', ...Array.from({ length: 1000 }, (_, i) => point(i, 60, { id: String(i) }))));
  const kept = world.metrics['kanmon_interval_streams'] ?? 0;
  expect(kept).toBeGreaterThan(100);
  expect(sink.take()).toHaveLength(1000 - kept);
  expect(world.metrics['kanmon_interval_overflow_datapoints']).toBe(1000 - kept);
  expect(world.metrics['kanmon_interval_bytes']).toBeLessThanOrEqual(50_000);
  // A point that has grown passes, and the one that was kept does not come behind it.
  await send(
    gauge('g', { ...point(5, 120, { id: '0' }), exemplars: Array.from({ length: 50 }, () => ({ asDouble: 1 })) }),
  );
  expect(values(sink)).toEqual([['g', 5, at(120)]]);
  expect(world.books).toMatchObject({ droppedItems: { aggregated: 1 }, balance: 0 });
  await world.clock.pass(60_000);
  expect(sink.take()).toHaveLength(kept - 1);
  expect(total(world.books.heldItems)).toBe(0);
});

test('what the next component refuses for now is offered again, and the intervals meanwhile are one', async () => {
  const points: string[] = [];
  let refuses = true;
  const next: Consumer = {
    consume: async (batch) => {
      if (refuses) throw new DeliveryError('full', { class: 'retryable', reason: 'queue_full' });
      points.push(jsonText('metrics', batch.bytes));
    },
  };
  const { send, world } = running({ interval: '100ms' }, new Succession(), next);
  await send(counter('test', point(1, 10)));
  await world.clock.pass(100);
  await send(counter('test', point(2, 20)));
  await world.clock.pass(100);
  await send(counter('test', point(3, 30)));
  expect(world.metrics['kanmon_interval_skipped_flushes']).toBe(1);
  refuses = false;
  await world.clock.pass(2000);
  expect(points).toHaveLength(2);
  expect(points.map((text) => text.match(/"asDouble":(\d)/)?.[1])).toEqual(['1', '3']);
  expect(world.books).toMatchObject({ outItems: 2, droppedItems: { aggregated: 1 }, balance: 0 });
});

test('the part of a request that passes is refused with the next component, and the rest of it is kept', async () => {
  const next: Consumer = {
    consume: async () => {
      throw new DeliveryError('full', { class: 'retryable', reason: 'queue_full' });
    },
  };
  const { send, world } = running({}, new Succession(), next);
  const sent = send(counter('test', point(1, 10)), deltaCounter('other', point(2, 10), point(3, 20)));
  const error = await sent.catch((failure: unknown) => DeliveryError.from(failure));
  expect((error as DeliveryError).remaining?.itemCount).toBe(2);
  expect(world.books).toMatchObject({ returnedItems: { queue_full: 2 }, heldItems: { interval: 1 }, balance: 0 });
});

test('at the end what is kept is handed on', async () => {
  const { send, sink, world, processor } = running();
  await send(counter('test', point(1, 10)));
  await processor.shutdown(live());
  expect(values(sink)).toEqual([['test', 1, at(10)]]);
  expect(total(world.books.heldItems)).toBe(0);
});

test('a reload goes on with the interval that has begun', async () => {
  const succession = new Succession();
  const old = running({ interval: '10s' }, succession);
  await old.send(counter('test', point(1, 10, { k: 'a' }), point(1, 10, { k: 'b' })));
  const next = running({ interval: '20s' }, succession);
  await next.send(counter('test', point(2, 20, { k: 'a' })));
  await old.world.clock.pass(30_000);
  await old.processor.shutdown(live());
  expect(old.sink.batches).toEqual([]);
  await next.world.clock.pass(20_000);
  expect(values(next.sink)).toEqual([
    ['test', 2, at(20)],
    ['test', 1, at(10)],
  ]);
  expect(total(old.world.books.heldItems) + total(next.world.books.heldItems)).toBe(0);
});

test('a new configuration that did not start leaves the points to the one before', async () => {
  const succession = new Succession();
  const old = running({}, succession);
  await old.send(counter('test', point(1, 10)));
  const next = running({}, succession);
  await next.processor.shutdown(live());
  expect(next.sink.batches).toEqual([]);
  await old.processor.shutdown(live());
  expect(values(old.sink)).toEqual([['test', 1, at(10)]]);
});

test('a large batch is read in several turns', async () => {
  const { send, sink, world } = running();
  const dataPoints = Array.from({ length: 140_000 }, (_, i) => point(i, i, { k: String(i % 7) }));
  await send(
    { name: 'test', sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints } },
    deltaCounter('other', point(1, 10)),
  );
  expect(values(sink)).toEqual([['other', 1, at(10)]]);
  await world.clock.pass(60_000);
  expect(sink.take().map(({ asDouble }) => asDouble)).toEqual(
    [139_993, 139_994, 139_995, 139_996, 139_997, 139_998, 139_999].toSorted((a, b) => (a % 7) - (b % 7)),
  );
  expect(world.books).toMatchObject({
    inItems: 140_001,
    outItems: 8,
    droppedItems: { aggregated: 139_993 },
    balance: 0,
  });
});

test('an interval of no length is a fault', () => {
  expect(() => config.parse({ interval: '0s' })).toThrow('invalid interval value');
});
