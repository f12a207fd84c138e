import { expect, test } from 'vitest';
import { PointSink } from '../../../test/support/converted-points.js';
import { heldWorld, type HeldWorld } from '../../../test/support/held-world.js';
import { at, attributes, gauge, metricsBatch, resource, type Json } from '../../../test/support/metrics.js';
import type { ConvertingProcessor } from '../../aggregation/converting-processor.js';
import { emptyContext, type Consumer } from '../../component/consumer.js';
import { Succession } from '../../component/succession.js';
import { BatchCursor } from '../../otlp/view/batch-cursor.js';
import { MetricView } from '../../otlp/view/metric.js';
import { config } from './config.js';
import { createCumulativeToDelta } from './cumulative-to-delta.js';

interface Running {
  readonly world: HeldWorld;
  readonly sink: PointSink;
  readonly processor: ConvertingProcessor;
  send(...metrics: readonly Json[]): Promise<void>;
}

function running(options: Json = {}, succession: Succession = new Succession()): Running {
  const world = heldWorld({ signal: 'metrics', id: 'cumulative_to_delta', succession });
  const sink = new PointSink();
  const processor = createCumulativeToDelta(config.parse(options), world.context, sink);
  processor.start();
  const send = (...metrics: readonly Json[]): Promise<void> =>
    processor.consume(metricsBatch(resource({ 'service.name': 'shop' }, ...metrics)), emptyContext);
  return { world, sink, processor, send };
}

const sum = (dataPoints: readonly Json[], more: Json = {}): Json => ({
  name: 'requests',
  sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints, ...more },
});
const int = (value: string | number, time: number, start = 1, labels: Record<string, string> = {}): Json => ({
  asInt: String(value),
  timeUnixNano: at(time),
  startTimeUnixNano: at(start),
  attributes: attributes(labels),
});
const double = (value: number, time: number, start = 1): Json => ({
  asDouble: value,
  timeUnixNano: at(time),
  startTimeUnixNano: at(start),
});

test('a total becomes the change since the point before, from its time on', async () => {
  const { send, sink, world } = running({ initial_value: 'keep' });
  await send(sum([int(10, 60)]));
  await send(sum([int(25, 120)]));
  await send(sum([int(25, 180)]));
  expect(sink.take()).toMatchObject([
    { temporality: 'delta', asInt: '10', startTimeUnixNano: at(1), timeUnixNano: at(60) },
    { temporality: 'delta', asInt: '15', startTimeUnixNano: at(60), timeUnixNano: at(120) },
    { temporality: 'delta', asInt: '0', startTimeUnixNano: at(120), timeUnixNano: at(180) },
  ]);
  expect(world.books).toMatchObject({ inItems: 3, outItems: 3, balance: 0 });
  expect(world.metrics['otelcol_cumulativetodelta_datapoints']).toBe(3);
});

test('whole numbers of 64 bits are exact', async () => {
  const { send, sink } = running({ initial_value: 'keep' });
  await send(sum([int('9007199254740993', 60)]));
  await send(sum([int('9223372036854775807', 120)]));
  expect(sink.take()[1]).toMatchObject({ asInt: String(9223372036854775807n - 9007199254740993n) });
});

test('`auto` sends the first point of a stream that began after this processor, `drop` none', async () => {
  // The clock of the test began at 2023-11-14T22:13:21Z; `at(0)` is some other time.
  const began = 1_700_000_001;
  const nanos = (seconds: number): string => String(BigInt(seconds) * 1_000_000_000n);
  const point = (start: number, time: number): Json => ({
    ...{ asInt: '5', startTimeUnixNano: nanos(start), timeUnixNano: nanos(time) },
    attributes: attributes({ start: String(start) }),
  });
  const { send, sink, world } = running();
  await send(
    sum([
      point(began - 1, began + 60),
      point(began, began + 60),
      point(began + 30, began + 60),
      point(began + 60, began + 60),
      point(0, began + 60),
    ]),
  );
  expect(sink.take().map(({ startTimeUnixNano }) => startTimeUnixNano)).toEqual([nanos(began), nanos(began + 30)]);
  expect(world.books.droppedItems).toEqual({ initial: 3 });
  await send(sum([{ ...point(0, began + 90), asInt: '9' }]));
  expect(sink.take()).toMatchObject([{ asInt: '4', startTimeUnixNano: nanos(began + 60) }]);
  const drops = running({ initial_value: 'drop' });
  await drops.send(sum([point(began + 30, began + 60)]));
  expect(drops.sink.take()).toEqual([]);
  await drops.send(sum([{ ...point(began + 30, began + 90), asInt: '7' }]));
  expect(drops.sink.take()).toMatchObject([{ asInt: '2' }]);
});

test('a value that falls counts anew, from its start where that is known', async () => {
  const { send, sink } = running({ initial_value: 'keep' });
  await send(sum([int(100, 60)]));
  await send(sum([int(7, 120)]));
  await send(sum([int(8, 180)]));
  // A start behind the last point is a restart, even where the value has not fallen.
  await send(sum([int(50, 240, 200)]));
  await send(sum([int(3, 300, 290)]));
  await send(sum([double(1.5, 360)]));
  expect(sink.take().map(({ asInt, asDouble, startTimeUnixNano }) => [asInt ?? asDouble, startTimeUnixNano])).toEqual([
    ['100', at(1)],
    ['7', at(60)],
    ['1', at(120)],
    ['50', at(200)],
    ['3', at(290)],
    [1.5, at(300)],
  ]);
});

test('points that are not later are dropped, those of one batch in the order of their times', async () => {
  const { send, sink, world } = running({ initial_value: 'keep' });
  await send(sum([int(30, 180), int(10, 60), int(20, 120)]));
  expect(sink.take().map(({ asInt }) => asInt)).toEqual(['10', '10', '10']);
  await send(sum([int(25, 150), int(30, 180)]));
  expect(sink.take()).toEqual([]);
  expect(world.books).toMatchObject({ droppedItems: { out_of_order: 2 }, balance: 0 });
  expect(world.metrics['otelcol_cumulativetodelta_datapoints_dropped']).toBe(2);
});

test('points without a value are dropped, and what is no number passes', async () => {
  const { send, sink, world } = running({ initial_value: 'keep' });
  await send(sum([double(2, 60), { ...double(0, 120), flags: 1 }, { ...double(0, 120), asDouble: 'NaN' }]));
  await send(sum([double(5, 180)]));
  expect(sink.take().map(({ asDouble }) => asDouble)).toEqual([2, 'NaN', 3]);
  expect(world.books.droppedItems).toEqual({ no_recorded_value: 1 });
});

test('what is no total that grows, or is not meant, is the very batch that came', async () => {
  const { processor, sink } = running({
    include: { match_type: 'strict', metrics: ['requests'], metric_types: ['SUM'] },
    exclude: { metric_types: ['exponentialhistogram'] },
  });
  const batch = metricsBatch(
    resource(
      { 'service.name': 'shop' },
      gauge('level', int(1, 60)),
      sum([int(1, 60)], { isMonotonic: false }),
      sum([int(1, 60)], { aggregationTemporality: 1 }),
      { ...sum([int(1, 60)]), name: 'Requests' },
      { name: 'requests', histogram: { aggregationTemporality: 2, dataPoints: [{ count: '1' }] } },
    ),
  );
  await processor.consume(batch, emptyContext);
  expect(sink.batches).toEqual([batch]);
  expect(sink.batches[0]).toBe(batch);
});

const histogram = (time: number, counts: readonly number[], more: Json = {}): Json => ({
  name: 'duration',
  histogram: {
    aggregationTemporality: 2,
    dataPoints: [
      {
        ...{ startTimeUnixNano: at(1), timeUnixNano: at(time), explicitBounds: [1, 2] },
        count: String(counts.reduce((all, one) => all + one, 0)),
        ...{ sum: counts.length * 10, min: 0.5, max: 9, bucketCounts: counts.map(String), ...more },
      },
    ],
  },
});

test('a histogram has the change of each bucket, without extremes; other bounds begin anew', async () => {
  const { send, sink, world } = running({ initial_value: 'keep' });
  await send(histogram(60, [1, 2, 3], { sum: 10 }));
  await send(histogram(120, [1, 4, 6], { sum: 25.5, exemplars: [{ asDouble: 3, timeUnixNano: at(100) }] }));
  const [, second] = sink.take();
  expect(second).toMatchObject({
    ...{ count: '5', sum: 15.5, bucketCounts: ['0', '2', '3'], explicitBounds: [1, 2], temporality: 'delta' },
    ...{ startTimeUnixNano: at(60), exemplars: [{ asDouble: 3 }] },
  });
  expect(second).not.toHaveProperty('min');
  await send(histogram(180, [5, 5, 6], { explicitBounds: [1, 3] }));
  expect(world.books.droppedItems).toEqual({ bucket_mismatch: 1 });
  await send(histogram(240, [6, 5, 6], { explicitBounds: [1, 3] }));
  // The whole count grows, but one bucket falls: it cannot be a later point of the same histogram.
  await send(histogram(300, [0, 5, 50], { explicitBounds: [1, 3] }));
  expect(sink.take().map(({ bucketCounts, startTimeUnixNano }) => [bucketCounts, startTimeUnixNano])).toEqual([
    [['1', '0', '0'], at(180)],
    [['0', '5', '50'], at(240)],
  ]);
});

const exponential = (time: number, point: Json): Json => ({
  name: 'size',
  exponentialHistogram: {
    aggregationTemporality: 2,
    dataPoints: [{ startTimeUnixNano: at(1), timeUnixNano: at(time), ...point }],
  },
});

test('an exponential histogram is compared at the coarser scale and the wider zero', async () => {
  const { send, sink } = running({ initial_value: 'keep' });
  await send(
    exponential(60, {
      ...{ count: '7', sum: 20, scale: 1, zeroCount: '1' },
      ...{ positive: { offset: 0, bucketCounts: ['1', '2', '1', '2'] } },
    }),
  );
  await send(
    exponential(120, {
      ...{ count: '12', sum: 50, scale: 0, zeroCount: '2' },
      ...{ positive: { offset: 0, bucketCounts: ['4', '5', '1'] } },
    }),
  );
  await send(
    exponential(180, {
      ...{ count: '13', sum: 51, scale: 0, zeroCount: '7', zeroThreshold: 2 },
      ...{ positive: { offset: 1, bucketCounts: ['5', '1'] } },
    }),
  );
  const [, second, third] = sink.take();
  expect(second).toMatchObject({
    ...{ count: '5', sum: 30, zeroCount: '1', startTimeUnixNano: at(60) },
    ...{ positive: { bucketCounts: ['1', '2', '1'] } },
  });
  expect(third).toMatchObject({ count: '1', sum: 1, zeroCount: '1', zeroThreshold: 2 });
});

test('streams without points are forgotten after `max_staleness`, and there are at most `max_streams`', async () => {
  const { send, sink, world } = running({ initial_value: 'keep', max_staleness: '5m', max_streams: 2 });
  await send(sum(['a', 'b', 'c'].map((host) => int(1, 60, 1, { host }))));
  expect(sink.take()).toHaveLength(2);
  expect(world.books).toMatchObject({ droppedItems: { streams_limit: 1 }, balance: 0 });
  await world.clock.pass(200_000);
  await send(sum([int(2, 120, 1, { host: 'b' })]));
  expect(sink.take()).toMatchObject([{ asInt: '1' }]);
  await world.clock.pass(160_000);
  expect(world.metrics['kanmon_cumulative_to_delta_streams']).toBe(1);
  await send(sum(['b', 'c'].map((host) => int(3, 180, 1, { host }))));
  expect(sink.take()).toMatchObject([{ asInt: '1' }, { asInt: '3' }]);
});

test('a reload goes on with the streams of the configuration before', async () => {
  const succession = new Succession();
  const old = running({ initial_value: 'keep' }, succession);
  await old.send(sum([int(10, 60)]));
  const next = running({ initial_value: 'drop', max_staleness: '1m' }, succession);
  await old.send(sum([int(15, 120)]));
  await next.send(sum([int(21, 180)]));
  await old.processor.shutdown();
  await next.send(sum([int(22, 240)]));
  expect(next.sink.take().map(({ asInt }) => asInt)).toEqual(['6', '1']);
  await next.world.clock.pass(100_000);
  expect(next.world.metrics['kanmon_cumulative_to_delta_streams']).toBe(0);
});

test('resource, scope, unit and attributes tell streams apart, the order of attributes does not', async () => {
  const { processor, sink, world } = running({ initial_value: 'keep' });
  const send = (host: string, unit: string, keys: readonly string[], value: number, time: number): Promise<void> =>
    processor.consume(
      metricsBatch(
        resource(
          { host },
          {
            ...{ name: 'requests', unit },
            sum: {
              ...{ aggregationTemporality: 2, isMonotonic: true },
              dataPoints: [
                {
                  ...{ asInt: String(value), timeUnixNano: at(time) },
                  attributes: keys.map((key) => ({ key, value: { stringValue: 'x' } })),
                },
              ],
            },
          },
        ),
      ),
      emptyContext,
    );
  await send('a', '1', ['k', 'l'], 1, 60);
  await send('b', '1', ['k', 'l'], 1, 60);
  await send('a', 's', ['k', 'l'], 1, 60);
  await send('a', '1', ['k'], 1, 60);
  expect(world.metrics['kanmon_cumulative_to_delta_streams']).toBe(4);
  sink.take();
  await send('a', '1', ['l', 'k'], 5, 120);
  expect(sink.take()).toMatchObject([{ asInt: '4' }]);
});

test('a large batch is converted in several turns, and every point of it', async () => {
  const { context, books } = heldWorld({ signal: 'metrics' });
  const changes = new Map<number, number>();
  const next: Consumer = {
    async consume(batch) {
      const cursor = new BatchCursor(new MetricView());
      for (cursor.open(batch); cursor.next();)
        for (const point = cursor.item.numberPoints(); point.next();) {
          const change = point.asInt.toSigned();
          changes.set(change, (changes.get(change) ?? 0) + 1);
        }
    },
  };
  const processor = createCumulativeToDelta(config.parse({ initial_value: 'keep' }), context, next);
  const points = Array.from({ length: 140_000 }, (_, i) => ({ asInt: i * 2, timeUnixNano: i + 1 }));
  await processor.consume(metricsBatch(resource({}, sum(points))), emptyContext);
  expect([...changes]).toEqual([
    [0, 1],
    [2, 139_999],
  ]);
  expect(books).toMatchObject({ inItems: 140_000, outItems: 140_000, balance: 0 });
});
