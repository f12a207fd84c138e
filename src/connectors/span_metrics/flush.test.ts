import { expect, test } from 'vitest';
import { emptyContext } from '../../component/consumer.js';
import { Succession } from '../../component/succession.js';
import { total } from '../../../test/support/held-world.js';
import { spanMetrics, spansOf, valuesOf, type SpanMetricsWorld } from '../../../test/support/span-metrics.js';

const calls = 'traces.span.metrics.calls';
const bare = {
  metrics_flush_interval: '1s',
  histogram: { disable: true },
  exclude_dimensions: ['collector.instance.id', 'span.kind', 'status.code', 'service.name'],
};
const delta = { ...bare, aggregation_temporality: 'AGGREGATION_TEMPORALITY_DELTA' };
const s = { 'service.name': 's' };

/** Ends a connector whose clock may have to go on for that. */
async function ended(world: SpanMetricsWorld): Promise<void> {
  await world.connector.shutdown?.(new AbortController().signal);
}

test('the end shows what was counted since the last flush, and the 0 before it', async () => {
  const world = await spanMetrics(bare);
  const { connector, clock, flushes, pointBooks } = world;
  await connector.consume(spansOf([s, { name: 'old' }]), emptyContext);
  await clock.pass(2000);
  await connector.consume(spansOf([s, { name: 'old' }, { name: 'new' }, { name: 'new' }]), emptyContext);
  await clock.pass(500);
  await ended(world);
  const last = flushes.at(-1)!.map(({ attributes, value, startMs, timeMs }) => [attributes, value, startMs, timeMs]);
  const [began, now] = [1_700_000_003_000, 1_700_000_003_500];
  expect(last.map(String).sort()).toEqual(
    [
      ['span.name=new', 0, began, began],
      ['span.name=new', 2, began, now],
      ['span.name=old', 2, 1_700_000_001_000, now],
    ]
      .map(String)
      .sort(),
  );
  expect([pointBooks.balance, total(pointBooks.heldItems)]).toEqual([0, 0]);
  await ended(world);
  expect(flushes).toHaveLength(3);
});

test('a connector that was never started, or has counted nothing, ends without metrics', async () => {
  const world = await spanMetrics(bare);
  await ended(world);
  expect(world.flushes).toEqual([]);
});

test.each([
  ['delta', delta],
  ['cumulative', bare],
])('while the next component takes nothing, %s metrics wait, go on counting and are not lost', async (_, options) => {
  const world = await spanMetrics(options);
  const { connector, clock, flushes, pointBooks, metrics } = world;
  world.answer = 'retry';
  for (let i = 0; i < 10; i++) {
    await connector.consume(spansOf([s, { name: 'a' }]), emptyContext);
    await clock.pass(1000);
  }
  expect(flushes).toEqual([]);
  // One batch was made, and is offered again and again; nothing else was.
  expect(pointBooks.inItems).toBe(1);
  expect(total(pointBooks.heldItems)).toBe(1);
  expect(metrics['kanmon_span_metrics_skipped_flushes']).toBe(9);
  await clock.pass(600_000);
  world.answer = 'take';
  await clock.pass(60_000);
  const values = flushes.map((points) => valuesOf(points, calls)['span.name=a']!);
  if (options === delta) {
    expect(values.reduce((sum, one) => sum + one, 0)).toBe(10);
    const times = flushes.map(([point]) => [point!.startMs, point!.timeMs]);
    for (const [i, [start]] of times.entries()) if (i > 0) expect(start).toBe(times[i - 1]![1]);
  } else expect([values[0], values.at(-1)]).toEqual([0, 10]);
  expect([pointBooks.balance, pointBooks.droppedItems]).toEqual([0, {}]);
});

test('what is refused for good is dropped with its reason, and the series go on', async () => {
  const world = await spanMetrics(delta);
  const { connector, clock, flushes, pointBooks } = world;
  world.answer = 'refuse';
  await connector.consume(spansOf([s, { name: 'a' }]), emptyContext);
  await clock.pass(1000);
  world.answer = 'take';
  await connector.consume(spansOf([s, { name: 'a' }]), emptyContext);
  await clock.pass(1000);
  expect(flushes.map((points) => valuesOf(points, calls))).toEqual([{ 'span.name=a': 1 }]);
  expect([pointBooks.droppedItems, pointBooks.balance]).toEqual([{ test_refused: 1 }, 0]);
});

test('points that nobody takes until the deadline are dropped with a reason', async () => {
  const world = await spanMetrics(delta);
  const { connector, pointBooks } = world;
  world.answer = 'retry';
  await connector.consume(spansOf([s, { name: 'a' }]), emptyContext);
  await connector.shutdown?.(AbortSignal.abort());
  expect([pointBooks.droppedItems, pointBooks.balance]).toEqual([{ shutdown: 1 }, 0]);
});

test('many series leave in batches of about a megabyte, each once', async () => {
  const world = await spanMetrics({ ...bare, histogram: {} });
  const { connector, clock, flushes, sizes } = world;
  const many = 30_000;
  for (let from = 0; from < many; from += 1000)
    await connector.consume(
      spansOf([s, ...Array.from({ length: 1000 }, (_, i) => ({ name: `name ${from + i}` }))]),
      emptyContext,
    );
  await clock.pass(1000);
  expect(flushes.length).toBeGreaterThan(5);
  expect(Math.max(...sizes)).toBeLessThan(1.5 * 2 ** 20);
  const points = flushes.flat();
  expect(points.length).toBe(2 * many);
  expect(new Set(points.map(({ metric, attributes }) => `${metric} ${attributes}`)).size).toBe(2 * many);
});

test('an expired series is shown for the last time, an expired resource once more', async () => {
  const resources = await spanMetrics({ ...bare, metrics_expiration: '1500ms' });
  const series = await spanMetrics({ ...bare, series_expiration: '1500ms' });
  const seen: string[][] = [];
  for (const [world, one, other] of [
    [resources, spansOf([s, {}]), spansOf([{ 'service.name': 't' }, {}])],
    [series, spansOf([s, { name: 'a' }]), spansOf([s, { name: 'b' }])],
  ] as const) {
    const { connector, clock, flushes } = world;
    await connector.consume(other, emptyContext);
    for (let i = 0; i < 4; i++) {
      await clock.pass(400);
      await connector.consume(one, emptyContext);
      await clock.pass(600);
    }
    await connector.consume(other, emptyContext);
    await clock.pass(1000);
    seen.push(
      flushes.map((points) =>
        points
          .map(({ resource, attributes, value }) => `${resource.at(-1)} ${attributes.at(-1)} ${value}`)
          .sort()
          .join(', '),
      ),
    );
  }
  expect(seen).toEqual([
    ['s p 0, t p 0', 's p 2, t p 1', 's p 3, t p 1', 's p 4', 's p 4, t p 0'],
    ['s a 0, s b 0', 's a 2, s b 1', 's a 3', 's a 4', 's a 4, s b 0'],
  ]);
});

test('a series that expires before it has shown its count shows it', async () => {
  const { connector, clock, flushes } = await spanMetrics({
    ...bare,
    metrics_flush_interval: '60s',
    series_expiration: '10s',
  });
  await connector.consume(spansOf([s, { name: 'a' }, { name: 'a' }]), emptyContext);
  await clock.pass(120_000);
  expect(flushes.map((points) => points.map(({ value }) => value))).toEqual([[0, 2]]);
});

test('the resource without spans for the longest time makes room, and shows what was counted', async () => {
  const { connector, clock, flushes } = await spanMetrics({ ...bare, resource_metrics_cache_size: 1 });
  const consume = (service: string): Promise<void> =>
    connector.consume(spansOf([{ 'service.name': service }, {}]), emptyContext);
  const shown = (): string[] =>
    flushes
      .at(-1)!
      .map(({ resource, value }) => `${resource.at(-1)} ${value}`)
      .sort();
  await consume('s');
  await clock.pass(1000);
  expect(shown()).toEqual(['s 0']);
  await consume('t');
  await clock.pass(1000);
  expect(shown()).toEqual(['s 1', 't 0']);
  await clock.pass(1000);
  expect(shown()).toEqual(['t 1']);
  // One that comes again before it has left goes on.
  await consume('u');
  await consume('t');
  await clock.pass(1000);
  expect(shown()).toEqual(['t 2', 'u 0', 'u 1']);
  await clock.pass(1000);
  expect(shown()).toEqual(['t 2']);
});

test('resources are told apart by all attributes, in any order, or by those that are named', async () => {
  const all = await spanMetrics(bare);
  const some = await spanMetrics({ ...bare, resource_metrics_key_attributes: ['host'] });
  for (const { connector, clock } of [all, some]) {
    await connector.consume(
      spansOf(
        [{ ...s, host: 'a', pid: 1 }, {}],
        [{ ...s, host: 'b', pid: 1 }, {}],
        [{ ...s, host: 'a', pid: 2 }, {}],
        [{ pid: 1, host: 'a', ...s }, {}],
      ),
      emptyContext,
    );
    await clock.pass(2000);
  }
  const shown = ({ flushes }: SpanMetricsWorld): string[] =>
    flushes[1]!.map(({ resource, value }) => `${resource} ${value}`).sort();
  expect(shown(all)).toEqual([
    'host=a pid=1 service.name=s 2',
    'host=a pid=2 service.name=s 1',
    'host=b pid=1 service.name=s 1',
  ]);
  expect(shown(some)).toEqual(['host=a pid=1 service.name=s 3', 'host=b pid=1 service.name=s 1']);
});

test('delta remembers the times of idle series up to a number, and no more', async () => {
  const { connector, clock, flushes, metrics } = await spanMetrics({ ...delta, metric_timestamp_cache_size: 2 });
  await connector.consume(spansOf([s, { name: 'a' }, { name: 'b' }, { name: 'c' }]), emptyContext);
  await clock.pass(1000);
  expect(metrics['kanmon_span_metrics_series']).toBe(3);
  await clock.pass(1000);
  expect(metrics['kanmon_span_metrics_series']).toBe(2);
  await clock.pass(5000);
  await connector.consume(spansOf([s, { name: 'a' }, { name: 'b' }, { name: 'c' }]), emptyContext);
  await clock.pass(1000);
  const starts = flushes.at(-1)!.map(({ startMs }) => startMs - 1_700_000_000_000);
  expect(starts.toSorted((a, b) => a - b)).toEqual([2000, 2000, 8000]);
});

test('a reload goes on with the series; with another shape it flushes and begins anew', async () => {
  const succession = new Succession();
  const before = await spanMetrics(bare, { succession });
  await before.connector.consume(spansOf([s, { name: 'a' }]), emptyContext);
  await before.clock.pass(2000);
  const after = await spanMetrics({ ...bare, metrics_flush_interval: '2s' }, { succession });
  // Both run for a while; only the new one flushes.
  await before.connector.consume(spansOf([s, { name: 'a' }]), emptyContext);
  await after.connector.consume(spansOf([s, { name: 'a' }]), emptyContext);
  await before.clock.pass(5000);
  expect(before.flushes).toHaveLength(2);
  await ended(before);
  expect(before.flushes).toHaveLength(2);
  await after.clock.pass(2000);
  expect(after.flushes.map((points) => points.map(({ value, startMs }) => [value, startMs]))).toEqual([
    [[3, 1_700_000_001_000]],
  ]);
  const other = await spanMetrics({ ...bare, dimensions: [{ name: 'x' }] }, { succession });
  await other.connector.consume(spansOf([s, { name: 'a' }]), emptyContext);
  await ended(after);
  expect(valuesOf(after.flushes.at(-1)!, calls)).toEqual({ 'span.name=a': 3 });
  await ended(other);
  // In the millisecond in which it began there is no time for a 0 before it.
  expect(other.flushes.flat().map(({ value }) => value)).toEqual([1]);
});

test('a configuration that did not start gives the series back', async () => {
  const succession = new Succession();
  const before = await spanMetrics(bare, { succession });
  await before.connector.consume(spansOf([s, { name: 'a' }]), emptyContext);
  const failed = await spanMetrics(bare, { succession });
  await ended(failed);
  expect(failed.flushes).toEqual([]);
  await before.clock.pass(2000);
  expect(before.flushes.map((points) => valuesOf(points, calls)['span.name=a'])).toEqual([0, 1]);
  await ended(before);
  expect(valuesOf(before.flushes.at(-1)!, calls)).toEqual({ 'span.name=a': 1 });
});
