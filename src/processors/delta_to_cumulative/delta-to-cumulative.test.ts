import { expect, test } from 'vitest';
import { PointSink } from '../../../test/support/converted-points.js';
import { heldWorld, type HeldWorld } from '../../../test/support/held-world.js';
import { at, attributes, counter, metricsBatch, resource, type Json } from '../../../test/support/metrics.js';
import type { ConvertingProcessor } from '../../aggregation/converting-processor.js';
import { emptyContext } from '../../component/consumer.js';
import { Succession } from '../../component/succession.js';
import { config } from './config.js';
import { createDeltaToCumulative } from './delta-to-cumulative.js';

interface Running {
  readonly world: HeldWorld;
  readonly sink: PointSink;
  readonly processor: ConvertingProcessor;
  send(...metrics: readonly Json[]): Promise<void>;
}

function running(options: Json = {}, succession: Succession = new Succession()): Running {
  const world = heldWorld({ signal: 'metrics', id: 'delta_to_cumulative', succession });
  const sink = new PointSink();
  const processor = createDeltaToCumulative(config.parse(options), world.context, sink);
  processor.start();
  const send = (...metrics: readonly Json[]): Promise<void> =>
    processor.consume(metricsBatch(resource({ 'service.name': 'shop' }, ...metrics)), emptyContext);
  return { world, sink, processor, send };
}

const sum = (dataPoints: readonly Json[], more: Json = {}): Json => ({
  name: 'requests',
  sum: { aggregationTemporality: 1, isMonotonic: true, dataPoints, ...more },
});
const int = (value: string | number, start: number, time: number, labels: Record<string, string> = {}): Json => ({
  ...{ asInt: String(value), startTimeUnixNano: at(start), timeUnixNano: at(time) },
  attributes: attributes(labels),
});

test('changes add up from the start of the first point', async () => {
  const { send, sink, world } = running();
  await send(sum([int(10, 0, 60), int(5, 60, 120)]));
  await send(sum([int('9007199254740993', 120, 180)]));
  await send(sum([int(-20, 180, 240)], { isMonotonic: false, aggregationTemporality: 1 }));
  expect(sink.take()).toMatchObject([
    { temporality: 'cumulative', asInt: '10', startTimeUnixNano: at(0), timeUnixNano: at(60) },
    { temporality: 'cumulative', asInt: '15', startTimeUnixNano: at(0), timeUnixNano: at(120) },
    { temporality: 'cumulative', asInt: '9007199254741008', startTimeUnixNano: at(0), timeUnixNano: at(180) },
    { temporality: 'cumulative', asInt: '-20', startTimeUnixNano: at(180) },
  ]);
  expect(world.books).toMatchObject({ inItems: 4, outItems: 4, balance: 0 });
  expect(world.metrics['otelcol_deltatocumulative_streams_tracked']).toBe(2);
});

test('late points are dropped by the names of the Collector; gaps are counted', async () => {
  const { send, sink, world } = running();
  await send(sum([int(1, 1000, 1100), int(1, 1100, 1200), int(1, 1300, 1400)]));
  await send(sum([int(1, 1200, 1300), int(1, 500, 550)]));
  expect(sink.take().map(({ asInt, startTimeUnixNano }) => [asInt, startTimeUnixNano])).toEqual([
    ['1', at(1000)],
    ['2', at(1000)],
    ['3', at(1000)],
  ]);
  expect(world.books).toMatchObject({ droppedItems: { out_of_order: 1, older_start: 1 }, balance: 0 });
  expect(world.metrics['kanmon_delta_to_cumulative_gaps']).toBe(1);
});

test('points of one batch are added in the order of their times, and leave as they stood', async () => {
  const { send, sink } = running();
  await send(sum([int(4, 120, 180), int(1, 0, 60), int(2, 60, 120)]));
  expect(sink.take().map(({ asInt }) => asInt)).toEqual(['7', '1', '3']);
});

test('points without times are plainly added, as those of statsd are', async () => {
  const { send, sink } = running();
  await send(sum([{ asDouble: 1.5 }, { asDouble: 2 }]));
  await send(sum([{ asInt: '3' }]));
  expect(sink.take().map(({ asDouble }) => asDouble)).toEqual([1.5, 3.5, 6.5]);
});

test('what is no change, or has no temporality, is the very batch that came', async () => {
  const { processor, sink } = running();
  const batch = metricsBatch(
    resource({}, counter('total', int(1, 0, 60)), sum([int(1, 0, 60)], { aggregationTemporality: 0 })),
  );
  await processor.consume(batch, emptyContext);
  expect(sink.batches[0]).toBe(batch);
});

test('points without a value, and those that would spoil the total, are dropped', async () => {
  const { send, sink, world } = running();
  const double = (value: number | string, time: number, more: Json = {}): Json => ({
    ...{ asDouble: value, startTimeUnixNano: at(time - 60), timeUnixNano: at(time), ...more },
  });
  await send(sum([double(1, 60), double('NaN', 120), double(5, 180, { flags: 1 }), double(2, 240)]));
  expect(sink.take().map(({ asDouble }) => asDouble)).toEqual([1, 3]);
  expect(world.books.droppedItems).toEqual({ not_a_number: 1, no_recorded_value: 1 });
});

const histogram = (time: number, counts: readonly number[], more: Json = {}): Json => ({
  name: 'duration',
  histogram: {
    aggregationTemporality: 1,
    dataPoints: [
      {
        ...{ startTimeUnixNano: at(time - 60), timeUnixNano: at(time), explicitBounds: [1, 2] },
        count: String(counts.reduce((all, one) => all + one, 0)),
        ...{ sum: time, min: 60 / time, max: time, bucketCounts: counts.map(String), ...more },
      },
    ],
  },
});

test('histograms add up with their extremes; other bounds begin anew', async () => {
  const { send, sink } = running();
  await send(histogram(60, [1, 2, 3]));
  await send(histogram(120, [1, 0, 6]));
  await send(histogram(180, [1, 1, 1], { min: undefined }));
  await send(histogram(240, [7, 7, 7], { explicitBounds: [1, 3] }));
  await send(histogram(300, [1, 0, 0], { explicitBounds: [1, 3] }));
  expect(sink.take()).toMatchObject([
    { count: '6', sum: 60, min: 1, max: 60, bucketCounts: ['1', '2', '3'] },
    { count: '13', sum: 180, min: 0.5, max: 120, bucketCounts: ['2', '2', '9'], startTimeUnixNano: at(0) },
    { count: '16', sum: 360, max: 180, bucketCounts: ['3', '3', '10'] },
    { count: '21', sum: 240, bucketCounts: ['7', '7', '7'], startTimeUnixNano: at(180) },
    { count: '22', sum: 540, bucketCounts: ['8', '7', '7'], startTimeUnixNano: at(180), explicitBounds: [1, 3] },
  ]);
});

const exponential = (time: number, point: Json): Json => ({
  name: 'size',
  exponentialHistogram: { aggregationTemporality: 1, dataPoints: [{ timeUnixNano: at(time), ...point }] },
});

test('exponential histograms add up at the coarser scale and the wider zero, with 160 buckets at most', async () => {
  const { send, sink } = running();
  const positive = (offset: number, ...counts: readonly number[]): Json => ({
    positive: { offset, bucketCounts: counts.map(String) },
  });
  await send(exponential(60, { scale: 2, zeroCount: '1', count: '16', ...positive(0, 1, 2, 3, 4, 5) }));
  await send(exponential(120, { scale: 1, zeroCount: '0', count: '0', ...positive(0, 0, 0, 0) }));
  // The bucket (2, 2.83] is used and holds the threshold, which is raised to its bound.
  await send(exponential(180, { scale: 1, zeroCount: '2', zeroThreshold: 2.5, count: '3', ...positive(4, 1) }));
  const far = { offset: 1000, bucketCounts: ['1'] };
  await send(exponential(240, { scale: 1, count: '2', ...positive(-1000, 1), negative: far }));
  const [, second, third, fourth] = sink.take();
  expect(second).toMatchObject({ scale: 1, zeroCount: '1', positive: { bucketCounts: ['3', '7', '5'] } });
  expect(third).toMatchObject({ zeroCount: '18', count: '19', positive: { offset: 4, bucketCounts: ['1'] } });
  expect(third?.['zeroThreshold']).toBeCloseTo(2 ** 1.5, 12);
  expect(fourth).toMatchObject({ zeroCount: '19', count: '21' });
});

test('streams without points are forgotten after `max_stale`, and there are at most `max_streams`', async () => {
  const { send, sink, world } = running({ max_streams: 2, max_stale: '5m' });
  await send(sum(['a', 'b', 'c'].map((host) => int(1, 0, 60, { host }))));
  expect(sink.take()).toHaveLength(2);
  expect(world.books).toMatchObject({ droppedItems: { limit: 1 }, balance: 0 });
  expect(world.metrics['otelcol_deltatocumulative_streams_limit']).toBe(2);
  expect(world.metrics['otelcol_deltatocumulative_streams_max_stale']).toBe(300);
  await world.clock.pass(350_000);
  expect(world.metrics['otelcol_deltatocumulative_streams_tracked']).toBe(0);
  await send(sum([int(2, 60, 120, { host: 'a' })]));
  expect(sink.take()).toMatchObject([{ asInt: '2', startTimeUnixNano: at(60) }]);
});

test('streams have no more memory than `max_bytes`, and one service leaves room for others', async () => {
  const { processor, sink, world } = running({ max_bytes: 200_000 });
  const send = (service: string, ...metrics: readonly Json[]): Promise<void> =>
    processor.consume(metricsBatch(resource({ 'service.name': service }, ...metrics)), emptyContext);
  const many = (from: number): Json =>
    sum(Array.from({ length: 1000 }, (_, i) => int(1, 0, 60, { id: `${from + i}` })));
  for (let from = 0; from < 5000; from += 1000) await send('greedy', many(from));
  const greedy = sink.take().length;
  expect(world.metrics['kanmon_delta_to_cumulative_bytes']).toBeLessThanOrEqual(100_000);
  await send('shop', many(0), histogram(60, [1, 2, 3]));
  const shop = sink.take().length;
  expect(greedy).toBeGreaterThan(500);
  expect(shop).toBeGreaterThan(greedy / 3);
  for (let n = 0; n < 5; n++) await send(`other ${n}`, many(0));
  expect(world.metrics['kanmon_delta_to_cumulative_bytes']).toBeLessThanOrEqual(200_000);
  sink.take();
  // A known stream goes on.
  await send('greedy', sum([int(1, 60, 120, { id: '0' })]));
  expect(sink.take()).toMatchObject([{ asInt: '2' }]);
  expect(world.books.balance).toBe(0);
  await world.clock.pass(400_000);
  expect(world.metrics['kanmon_delta_to_cumulative_bytes']).toBe(0);
});

test('few histograms of many buckets are added in several turns, between which others are', async () => {
  const { send, sink, world } = running();
  const bounds = Array.from({ length: 3000 }, (_, i) => i);
  const counts = new Array<string>(3001).fill('1');
  const dataPoints = Array.from({ length: 60 }, (_, i) => ({
    ...{
      startTimeUnixNano: at(i),
      timeUnixNano: at(i + 1),
      count: '3001',
      explicitBounds: bounds,
      bucketCounts: counts,
    },
  }));
  const large = send({ name: 'wide', histogram: { aggregationTemporality: 1, dataPoints } });
  await send(sum([int(7, 0, 60)]));
  expect(sink.take()).toMatchObject([{ asInt: '7' }]);
  await large;
  const points = sink.take();
  expect(points).toHaveLength(60);
  expect(points.at(-1)).toMatchObject({ count: String(60 * 3001), startTimeUnixNano: at(0) });
  expect(points.at(-1)).toHaveProperty('bucketCounts', new Array<string>(3001).fill('60'));
  expect(world.books).toMatchObject({ inItems: 61, outItems: 61, balance: 0 });
});

test('a reload goes on with the totals of the configuration before', async () => {
  const succession = new Succession();
  const old = running({}, succession);
  await old.send(sum([int(10, 0, 60)]));
  const next = running({}, succession);
  await old.processor.shutdown();
  await next.send(sum([int(5, 60, 120)]));
  expect(next.sink.take()).toMatchObject([{ asInt: '15', startTimeUnixNano: at(0) }]);
});

test('options have the faults of the Collector', () => {
  expect(() => config.parse({ max_stale: '0s' })).toThrow('max_stale must be a positive duration (got 0s)');
  expect(() => config.parse({ max_streams: -1 })).toThrow('max_streams must be a positive number (got -1)');
  expect(config.parse({ max_streams: 9223372036854775807n }).max_streams).toBe(2 ** 63);
});
