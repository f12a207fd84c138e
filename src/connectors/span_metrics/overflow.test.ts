import { expect, test } from 'vitest';
import { emptyContext } from '../../component/consumer.js';
import { spanMetrics, spansOf, valuesOf } from '../../../test/support/span-metrics.js';

const calls = 'traces.span.metrics.calls';
const duration = 'traces.span.metrics.duration';
const bare = {
  metrics_flush_interval: '1s',
  exclude_dimensions: ['collector.instance.id', 'span.kind', 'status.code', 'service.name'],
};
const overflow = 'otel.metric.overflow=true';
const s = { 'service.name': 's' };

test('beyond the limit of a resource and metric, new series are one series', async () => {
  const { connector, clock, flushes, lines, metrics } = await spanMetrics({
    ...bare,
    aggregation_cardinality_limit: 2,
    calls_dimensions: [{ name: 'x' }],
  });
  const names = ['a', 'b', 'c', 'd', 'a'];
  await connector.consume(
    spansOf([s, ...names.map((name) => ({ name }))], [{ 'service.name': 't' }, ...names.map((name) => ({ name }))]),
    emptyContext,
  );
  await clock.pass(1000);
  await connector.consume(spansOf([s, { name: 'e' }, { name: 'b' }]), emptyContext);
  await clock.pass(1000);
  const of = (service: string): (typeof flushes)[number] =>
    flushes[1]!.filter(({ resource }) => resource === `service.name=${service}`);
  expect(valuesOf(of('s'), calls)).toEqual({ 'span.name=a': 2, 'span.name=b': 2, [overflow]: 3 });
  expect(valuesOf(of('s'), duration)).toEqual({ 'span.name=a': 2, 'span.name=b': 2, [overflow]: 3 });
  expect(valuesOf(of('t'), calls)).toEqual({ 'span.name=a': 2, 'span.name=b': 1, [overflow]: 2 });
  const warnings = lines.filter(({ level }) => level === 'warn');
  expect(warnings).toHaveLength(1);
  expect(warnings[0]!.fields).toEqual({
    limit: 'aggregation_cardinality_limit',
    dimension: 'span.name',
    metric: 'calls',
    service: 's',
  });
  expect(metrics['kanmon_span_metrics_overflow_items']).toBe(10);
  // A minute later it is said again, with how many there were.
  await clock.pass(60_000);
  await connector.consume(spansOf([s, { name: 'f' }]), emptyContext);
  expect(lines.filter(({ level }) => level === 'warn').at(-1)!.fields).toMatchObject({ unlogged: 9 });
});

test('the dimension with the most values is named', async () => {
  const { connector, lines } = await spanMetrics({
    ...bare,
    aggregation_cardinality_limit: 5,
    dimensions: [{ name: 'method' }, { name: 'user.id' }],
  });
  for (let i = 0; i < 10; i++)
    await connector.consume(
      spansOf([s, { name: `n${i % 2}`, attributes: { method: `m${i % 3}`, 'user.id': `u${i}` } }]),
      emptyContext,
    );
  expect(lines.find(({ level }) => level === 'warn')?.fields).toMatchObject({ dimension: 'user.id' });
});

test('with delta the limit is for each interval', async () => {
  const { connector, clock, flushes } = await spanMetrics({
    ...bare,
    aggregation_temporality: 'AGGREGATION_TEMPORALITY_DELTA',
    aggregation_cardinality_limit: 2,
    histogram: { disable: true },
  });
  const consume = (...names: string[]): Promise<void> =>
    connector.consume(spansOf([s, ...names.map((name) => ({ name }))]), emptyContext);
  await consume('a', 'b', 'c');
  await clock.pass(1000);
  await consume('c', 'd', 'a', 'c');
  await clock.pass(1000);
  await consume('b', 'a', 'c');
  await clock.pass(1000);
  expect(flushes.map((points) => valuesOf(points, calls))).toEqual([
    { 'span.name=a': 1, 'span.name=b': 1, [overflow]: 1 },
    { 'span.name=c': 2, 'span.name=d': 1, [overflow]: 1 },
    { 'span.name=a': 1, 'span.name=b': 1, [overflow]: 1 },
  ]);
});

test('memory has a bound: the service that takes it overflows, and others find room', async () => {
  const { connector, clock, flushes, lines, metrics } = await spanMetrics({ ...bare, max_series_bytes: 1 << 20 });
  for (let i = 0; i < 20; i++)
    await connector.consume(
      spansOf([s, ...Array.from({ length: 500 }, (_, n) => ({ name: `name ${i * 500 + n}` }))]),
      emptyContext,
    );
  const names = Array.from({ length: 100 }, (_, n) => ({ name: `other ${n}` }));
  await connector.consume(spansOf([{ 'service.name': 't' }, ...names]), emptyContext);
  expect(metrics['kanmon_span_metrics_bytes']).toBeLessThan(0.6 * 2 ** 20);
  await clock.pass(2000);
  const ofAll = flushes.flat().filter(({ metric }) => metric === duration);
  const last = new Map(ofAll.map(({ resource, attributes, value }) => [`${resource} ${attributes}`, value]));
  const sumOf = (service: string): number =>
    [...last].reduce((sum, [name, value]) => sum + (name.startsWith(`service.name=${service} `) ? value : 0), 0);
  expect([sumOf('s'), sumOf('t')]).toEqual([10_000, 100]);
  expect(last.get(`service.name=s ${overflow}`)).toBeGreaterThan(5000);
  expect(last.has(`service.name=t ${overflow}`)).toBe(false);
  expect(lines.find(({ level }) => level === 'warn')?.fields).toEqual({
    limit: 'max_series_bytes',
    dimension: 'span.name',
    metric: 'calls',
    service: 's',
  });
});

test('spans of resources for which there is no room are counted in one without attributes', async () => {
  const { connector, clock, flushes } = await spanMetrics({
    ...bare,
    max_series_bytes: 100_000,
    resource_metrics_cache_size: 1_000_000,
  });
  for (let i = 0; i < 1000; i++)
    await connector.consume(spansOf([{ 'service.name': `service ${i}` }, {}]), emptyContext);
  await clock.pass(2000);
  const last = new Map(
    flushes
      .flat()
      .filter(({ metric }) => metric === duration)
      .map(({ resource, attributes, value }) => [`${resource} ${attributes}`, value]),
  );
  expect([...last.values()].reduce((sum, value) => sum + value, 0)).toBe(1000);
  expect(last.get(` ${overflow}`)).toBeGreaterThan(500);
});

test('a span for whose resource there is no room counts in no series of the resource before', async () => {
  const { connector, clock, flushes } = await spanMetrics({
    ...bare,
    max_series_bytes: 20_000,
    resource_metrics_cache_size: 1_000_000,
  });
  const first = { 'service.name': 'first' };
  for (let i = 0; i < 300; i++)
    await connector.consume(spansOf([first, {}], [{ 'service.name': `service ${i}` }, {}]), emptyContext);
  await clock.pass(2000);
  const shown = flushes.at(-1)!.filter(({ metric }) => metric === calls);
  const countsOf = (wanted: string): number[] =>
    shown.filter(({ resource }) => resource === wanted).map(({ value }) => value);
  expect(countsOf('service.name=first')).toEqual([300]);
  expect(countsOf('')[0]).toBeGreaterThan(100);
  expect(shown.reduce((sum, { value }) => sum + value, 0)).toBe(600);
});

test('what grows in the series of one service leaves room for those of another', async () => {
  const { connector, clock, flushes, metrics } = await spanMetrics({
    ...bare,
    max_series_bytes: 64 << 10,
    exemplars: { enabled: true },
    histogram: { exponential: { max_size: 160 } },
  });
  const bad = { 'service.name': 'bad' };
  const named = Array.from({ length: 300 }, (_, n) => ({ name: `name ${n}` }));
  await connector.consume(spansOf([bad, ...named]), emptyContext);
  // The same names with other durations and IDs: no new series.
  for (let i = 0; i < 80; i++)
    await connector.consume(
      spansOf([bad, ...named.map(({ name }) => ({ name, ms: 2 ** (i / 8), id: i + 1 }))]),
      emptyContext,
    );
  const before = metrics['kanmon_span_metrics_overflow_items'];
  const routes = Array.from({ length: 8 }, (_, n) => ({ name: `route ${n}` }));
  await connector.consume(spansOf([s, ...routes]), emptyContext);
  expect(metrics['kanmon_span_metrics_overflow_items']).toBe(before);
  await clock.pass(2000);
  const shown = flushes.at(-1)!.filter(({ resource }) => resource === 'service.name=s');
  expect(valuesOf(shown, calls)).toEqual(Object.fromEntries(routes.map(({ name }) => [`span.name=${name}`, 1])));
});
