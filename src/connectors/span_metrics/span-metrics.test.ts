import { expect, test } from 'vitest';
import { emptyContext } from '../../component/consumer.js';
import { Batch } from '../../otlp/batch.js';
import type { Tree } from '../../../test/support/reference-decode.js';
import { spanMetrics, spansOf, valuesOf } from '../../../test/support/span-metrics.js';

const calls = 'traces.span.metrics.calls';
const duration = 'traces.span.metrics.duration';
/** Without what is the same in all series of these tests. */
const bare = {
  metrics_flush_interval: '1s',
  exclude_dimensions: ['collector.instance.id', 'span.kind', 'status.code', 'service.name'],
};
const delta = { ...bare, aggregation_temporality: 'AGGREGATION_TEMPORALITY_DELTA' };
const s = { 'service.name': 's' };

test('a cumulative series begins with 0, then counts; durations count at once', async () => {
  const { connector, clock, flushes, spanBooks, pointBooks } = await spanMetrics(bare);
  await connector.consume(spansOf([s, { name: 'a', ms: 3 }, { name: 'a', ms: 30 }, { name: 'b' }]), emptyContext);
  await clock.pass(1000);
  expect(valuesOf(flushes[0]!, calls)).toEqual({ 'span.name=a': 0, 'span.name=b': 0 });
  expect(valuesOf(flushes[0]!, duration)).toEqual({ 'span.name=a': 2, 'span.name=b': 1 });
  await connector.consume(spansOf([s, { name: 'a' }]), emptyContext);
  await clock.pass(1000);
  expect(valuesOf(flushes[1]!, calls)).toEqual({ 'span.name=a': 3, 'span.name=b': 1 });
  expect(new Set(flushes.flat().map(({ startMs, temporality }) => [startMs, temporality].join()))).toEqual(
    new Set(['1700000001000,2']),
  );
  expect(flushes.map((points) => new Set(points.map(({ timeMs }) => timeMs)))).toEqual([
    new Set([1_700_000_002_000]),
    new Set([1_700_000_003_000]),
  ]);
  expect([spanBooks.inItems, spanBooks.outItems, spanBooks.balance]).toEqual([4, 4, 0]);
  expect([pointBooks.inItems, pointBooks.outItems, pointBooks.balance]).toEqual([8, 8, 0]);
});

test('delta counts 1 and 1, each from the flush before, and shows nothing without spans', async () => {
  const { connector, clock, flushes } = await spanMetrics(delta);
  await connector.consume(spansOf([s, { name: 'a' }]), emptyContext);
  await clock.pass(1000);
  await clock.pass(2000);
  await connector.consume(spansOf([s, { name: 'a' }]), emptyContext);
  await clock.pass(1000);
  expect(flushes.map((points) => [valuesOf(points, calls), valuesOf(points, duration)])).toEqual([
    [{ 'span.name=a': 1 }, { 'span.name=a': 1 }],
    [{ 'span.name=a': 1 }, { 'span.name=a': 1 }],
  ]);
  expect(flushes[0]!.map(({ startMs }) => startMs)).toEqual([1_700_000_001_000, 1_700_000_001_000]);
  expect(flushes[1]!.map(({ startMs }) => startMs)).toEqual([1_700_000_002_000, 1_700_000_002_000]);
});

test('dimensions come from the span, then the resource, then the default, with their type', async () => {
  const { connector, clock, flushes } = await spanMetrics({
    ...delta,
    histogram: { disable: true },
    dimensions: [{ name: 'm', default: '?' }, { name: 'host' }, { name: 'code' }, { name: 'list' }],
  });
  await connector.consume(
    spansOf(
      [
        { ...s, host: 'h' },
        { attributes: { m: 'GET', code: 200 } },
        { attributes: { host: 'span', list: { arrayValue: { values: [{ intValue: '1' }] } } } },
      ],
      [s, { attributes: { m: '', code: true } }],
    ),
    emptyContext,
  );
  await clock.pass(1000);
  expect(flushes[0]!.map(({ attributes }) => attributes).sort()).toEqual([
    'code=200 host=h m=GET span.name=op',
    'code=true m= span.name=op',
    'host=span list={"values":[{"int_value":"1"}]} m=? span.name=op',
  ]);
});

test('values are distinguished by their text, and a series shows the one that came first', async () => {
  const { connector, clock, flushes } = await spanMetrics({
    ...delta,
    histogram: { disable: true },
    dimensions: [{ name: 'a' }],
  });
  const forms = [1, '1', { doubleValue: 1 }, true, 'true', '', {}];
  for (const a of [...forms, ...forms]) await connector.consume(spansOf([s, { attributes: { a } }]), emptyContext);
  await clock.pass(1000);
  const shown = flushes[0]!.map(({ tree, value }) => [
    ((tree['attributes'] as Tree[]).find(({ key }) => key === 'a') ?? {})['value'],
    value,
  ]);
  expect(shown).toHaveLength(3);
  expect(shown).toContainEqual([{ int_value: 1n }, 6]);
  expect(shown).toContainEqual([{ bool_value: true }, 4]);
  expect(shown).toContainEqual([{ string_value: '' }, 4]);
});

test('globs take attributes of the span and its resource, and leave those with a name of their own', async () => {
  const { connector, clock, flushes } = await spanMetrics({
    ...delta,
    histogram: { disable: true },
    dimensions: [{ glob: 'http.*' }, { name: 'm' }],
    calls_dimensions: [{ name: 'http.route', default: 'none' }],
  });
  const resource = { ...s, 'http.host': 'h', 'http.x': 'resource', other: '1' };
  await connector.consume(
    spansOf([
      resource,
      { attributes: { 'http.x': 'span', 'http.code': 7, m: 'M', 'http.route': '/' } },
      { attributes: { 'http.code': '7', 'http.x': 'span', 'http.route': '/', m: 'M' } },
      {},
    ]),
    emptyContext,
  );
  await clock.pass(1000);
  expect(valuesOf(flushes[0]!, calls)).toEqual({
    'http.code=7 http.host=h http.route=/ http.x=span m=M span.name=op': 2,
    'http.host=h http.route=none http.x=resource span.name=op': 1,
  });
});

test('dimensions of one metric make series of their own', async () => {
  const { connector, clock, flushes } = await spanMetrics({
    ...delta,
    dimensions: [{ name: 'm' }],
    calls_dimensions: [{ name: 'code', default: '0' }],
    histogram: { dimensions: [{ name: 'x' }] },
  });
  const attributes = (code: string | undefined, x: string): object => ({
    attributes: { m: 'G', x, ...(code === undefined ? {} : { code }) },
  });
  await connector.consume(
    spansOf([s, attributes('1', 'a'), attributes('2', 'a'), attributes(undefined, 'b')]),
    emptyContext,
  );
  await clock.pass(1000);
  expect(valuesOf(flushes[0]!, calls)).toEqual({
    'code=0 m=G span.name=op': 1,
    'code=1 m=G span.name=op': 1,
    'code=2 m=G span.name=op': 1,
  });
  expect(valuesOf(flushes[0]!, duration)).toEqual({ 'm=G span.name=op x=a': 2, 'm=G span.name=op x=b': 1 });
});

test('events count by attributes of the span, then of the event, and not of the resource', async () => {
  const { connector, clock, flushes } = await spanMetrics({
    ...delta,
    dimensions: [{ name: 'm' }, { name: 'region' }],
    events: { enabled: true, dimensions: [{ name: 'type' }] },
    histogram: { disable: true },
  });
  const resource = { ...s, region: 'r' };
  const events = [{ type: 'E1' }, { type: 'E1' }, { type: 'E2', region: 'event' }, {}];
  await connector.consume(spansOf([resource, { attributes: { m: 'G' }, events }, { name: 'none' }]), emptyContext);
  await clock.pass(1000);
  expect(valuesOf(flushes[0]!, 'traces.span.metrics.events')).toEqual({
    'm=G span.name=op type=E1': 2,
    'm=G region=event span.name=op type=E2': 1,
    'm=G span.name=op': 1,
  });
  expect(valuesOf(flushes[0]!, calls)).toEqual({ 'm=G region=r span.name=op': 1, 'region=r span.name=none': 1 });
});

test('a span counts as many times as its threshold says, and what is no whole number adds up', async () => {
  const { connector, clock, flushes } = await spanMetrics({
    ...delta,
    histogram: { exponential: { max_size: 10 } },
    events: { enabled: true, dimensions: [{ name: 'type' }] },
  });
  const spans = (name: string, state: string, many: number): ReturnType<typeof spansOf> =>
    spansOf([s, ...Array.from({ length: many }, () => ({ name, state, events: [{}] }))]);
  // Probabilities 1/2, 1/4, 1, 3/8 and 1 - 1/2^56.
  await connector.consume(spans('half', 'ot=th:8', 3), emptyContext);
  await connector.consume(spans('quarter', 'x=y,ot=rv:12345678901234;th:c', 5), emptyContext);
  await connector.consume(spans('all', 'ot=th:0', 2), emptyContext);
  await connector.consume(spans('odd', 'ot=th:a', 300), emptyContext);
  await connector.consume(spans('wrong', 'ot=th:zz', 2), emptyContext);
  await connector.consume(spans('none', 'ot=rv:12345678901234', 2), emptyContext);
  await clock.pass(1000);
  const expected = {
    'span.name=half': 6,
    'span.name=quarter': 20,
    'span.name=all': 2,
    'span.name=odd': 800,
    'span.name=wrong': 2,
    'span.name=none': 2,
  };
  expect(valuesOf(flushes[0]!, calls)).toEqual(expected);
  expect(valuesOf(flushes[0]!, duration)).toEqual(expected);
  expect(valuesOf(flushes[0]!, 'traces.span.metrics.events')).toEqual(expected);
  // One span in each interval: the rest is kept from one to the next.
  let sum = 0;
  for (let i = 0; i < 30; i++) {
    await connector.consume(spans('odd', 'ot=th:a', 1), emptyContext);
    await clock.pass(1000);
    sum += valuesOf(flushes.at(-1)!, calls)['span.name=odd']!;
  }
  expect(sum).toBe(80);
});

test('sampling.method tells counted spans from extrapolated ones', async () => {
  const { connector, clock, flushes } = await spanMetrics({ ...delta, enable_metrics_sampling_method: true });
  await connector.consume(spansOf([s, { state: 'ot=th:8' }, {}, { state: 'ot=th:0' }]), emptyContext);
  await clock.pass(1000);
  expect(valuesOf(flushes[0]!, calls)).toEqual({
    'sampling.method=counted span.name=op': 1,
    'sampling.method=extrapolated span.name=op': 3,
  });
});

test('a resource without a service name counts nowhere, and its spans are booked', async () => {
  const { connector, clock, flushes, spanBooks } = await spanMetrics({ ...bare, exclude_dimensions: [] });
  await connector.consume(
    spansOf([{ x: '1' }, {}, {}], [{ 'service.name': '' }, { name: 'e' }], [{ 'service.name': 7 }, { name: 'n' }]),
    emptyContext,
  );
  await clock.pass(1000);
  expect(flushes[0]!.filter(({ metric }) => metric === calls).map(({ resource }) => resource)).toEqual([
    'service.name=',
    'service.name=7',
  ]);
  expect(flushes[0]!.every(({ attributes }) => /service\.name= /.test(`${attributes} `))).toBe(true);
  expect([spanBooks.outItems, spanBooks.droppedItems, spanBooks.balance]).toEqual([2, { no_service_name: 2 }, 0]);
});

test('exemplars are the first spans since the flush, on sums and histograms', async () => {
  const { connector, clock, flushes } = await spanMetrics({
    ...bare,
    exemplars: { enabled: true, max_per_data_point: 2 },
  });
  const idsOf = (index: number, metric: string): unknown[] =>
    flushes[index]!.filter((point) => point.metric === metric).map(({ tree }) =>
      ((tree['exemplars'] ?? []) as Tree[]).map(({ span_id: id, as_double: value, time_unix_nano: time }) => [
        Number.parseInt(id as string, 16),
        value,
        Number((time as bigint) / 1_000_000n) - 1_700_000_000_000,
      ]),
    );
  await connector.consume(spansOf([s, { id: 1, ms: 1 }, { id: 2, ms: 2 }, { id: 3, ms: 3 }]), emptyContext);
  await clock.pass(1000);
  const first = [
    [
      [1, 1, 2000],
      [2, 2, 2000],
    ],
  ];
  expect([idsOf(0, calls), idsOf(0, duration)]).toEqual([first, first]);
  await connector.consume(spansOf([s, { id: 4, ms: 7 }, { id: 0 }]), emptyContext);
  await clock.pass(1000);
  expect([idsOf(1, calls), idsOf(1, duration)]).toEqual([[[[4, 7, 3000]]], [[[4, 7, 3000]]]]);
  await clock.pass(1000);
  expect([idsOf(2, calls), idsOf(2, duration)]).toEqual([[[]], [[]]]);
});

test('a listed scope shows on the series that its span begins, and is no part of what the series is', async () => {
  const { connector, clock, flushes } = await spanMetrics({ ...delta, include_instrumentation_scope: ['lib'] });
  await connector.consume(
    spansOf([s, { scope: 'lib' }, { scope: 'other' }, { scope: 'other', name: 'b' }, { scope: 'lib', name: 'b' }]),
    emptyContext,
  );
  await clock.pass(1000);
  expect(valuesOf(flushes[0]!, calls)).toEqual({
    'span.instrumentation.scope.name=lib span.instrumentation.scope.version= span.name=op': 2,
    'span.name=b': 2,
  });
});

test('names, units and bounds follow the options and the gates', async () => {
  const seconds = await spanMetrics({
    metrics_flush_interval: '1s',
    namespace: '',
    histogram: { unit: 'S', explicit: { buckets: ['100us', '1ms', '250ms'] } },
  });
  await seconds.connector.consume(spansOf([s, { ms: 0.5 }]), emptyContext);
  await seconds.clock.pass(1000);
  const [one] = seconds.flushes[0]!.filter(({ metric }) => metric === 'duration');
  expect([one!.tree['explicit_bounds'], one!.tree['bucket_counts'], one!.tree['sum']]).toEqual([
    [0.0001, 0.001, 0.25],
    [0n, 1n, 0n, 0n],
    0.0005,
  ]);
  const gated = await spanMetrics(
    { metrics_flush_interval: '1s' },
    {
      gates: new Set([
        'connector.spanmetrics.legacyMetricNames',
        'connector.spanmetrics.useSecondAsDefaultMetricsUnit',
        'connector.spanmetrics.excludeResourceMetrics',
        'spanmetrics.statusCodeConvention.useOtelPrefix',
      ]),
    },
  );
  await gated.connector.consume(spansOf([s, { code: 2, ms: 1000 }, { code: 0, ms: 1000 }]), emptyContext);
  await gated.clock.pass(1000);
  expect(
    gated.flushes[0]!.map(({ metric, resource, attributes }) => `${metric}|${resource}|${attributes}`).sort(),
  ).toEqual([
    'calls||otel.status_code=ERROR service.name=s span.kind=SPAN_KIND_INTERNAL span.name=op',
    'calls||service.name=s span.kind=SPAN_KIND_INTERNAL span.name=op',
    'duration||otel.status_code=ERROR service.name=s span.kind=SPAN_KIND_INTERNAL span.name=op',
    'duration||service.name=s span.kind=SPAN_KIND_INTERNAL span.name=op',
  ]);
  expect(gated.flushes[0]!.find(({ metric }) => metric === 'duration')!.tree['sum']).toBe(1);
});

test('the instance ID is the configured one, else another for each connector', async () => {
  const on = { gates: new Set(['connector.spanmetrics.includeCollectorInstanceID']) };
  const ids: string[] = [];
  for (const id of ['pod-7', '', '']) {
    const world = await spanMetrics({ metrics_flush_interval: '1s', collector_instance_id: id }, on);
    await world.connector.consume(spansOf([s, {}]), emptyContext);
    await world.clock.pass(1000);
    ids.push(/collector\.instance\.id=(\S+)/.exec(world.flushes[0]![0]!.attributes)?.[1] ?? '');
  }
  expect(ids[0]).toBe('pod-7');
  expect(ids[1]).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(ids[2]).not.toBe(ids[1]);
});

test.each([16, 1 << 20])('a fault of ours costs its request of %i bytes, and the books say so', async (size) => {
  const { connector, clock, flushes, spanBooks } = await spanMetrics(bare);
  // A receiver entry lets none of this in.
  const broken = new Batch('traces', Buffer.alloc(size, 0xff), 3);
  await expect(connector.consume(broken, emptyContext)).rejects.toMatchObject({ reason: 'internal_error' });
  await connector.consume(spansOf([s, { name: 'a' }]), emptyContext);
  await clock.pass(1000);
  expect(valuesOf(flushes[0]!, duration)).toEqual({ 'span.name=a': 1 });
  expect([spanBooks.inItems, spanBooks.outItems, spanBooks.balance]).toEqual([4, 1, 0]);
});
