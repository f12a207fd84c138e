import { expect, test } from 'vitest';
import { at, attributes, counter, deltaCounter, gauge, resource, type Json } from '../../../test/support/metrics.js';
import { Writing } from '../../../test/support/writing.js';
import { Succession } from '../../component/succession.js';
import { config } from './config.js';

const a = '10.0.0.1:4000';
const b = '10.0.0.2:4000';

/** A point without a start, as the documented failure has it. */
const plain = (value: number, time: number, labels: Readonly<Record<string, string>> = {}): Json => ({
  ...{ asInt: String(value), timeUnixNano: at(time), attributes: attributes(labels) },
});
/** A point of a process that began at `start`. */
const total = (value: number, start: number, time: number): Json => ({
  ...{ asInt: String(value), startTimeUnixNano: at(start), timeUnixNano: at(time) },
});
const values = (writing: Writing): unknown[] => writing.sink.take().map(({ asInt }) => Number(asInt));

/** M1 of the specification, from two writers: both say something of 13:56:04. */
async function sendM1(writing: Writing): Promise<void> {
  await writing.send(a, gauge('M1', plain(100, 4)));
  await writing.send(a, gauge('M1', plain(120, 24)));
  await writing.send(b, gauge('M1', plain(110, 4)));
  await writing.send(a, gauge('M1', plain(120, 24)));
  await writing.send(b, gauge('M1', plain(110, 4)));
}

test('the documented failure is reported with both writers, the cause and the remedy', async () => {
  const writing = new Writing();
  await sendM1(writing);
  expect(values(writing)).toEqual([100, 120, 110, 120, 110]);
  expect(writing.world.lines).toMatchObject([
    {
      level: 'warn',
      message: 'Several writers of one metric stream',
      fields: {
        metric: 'M1',
        resource: 'service.name=shop',
        writers: [a, b],
        violation: 'conflicting_value',
        cause: 'no_instance_identity',
        likely_cause: expect.stringContaining('no attribute of the instance'),
        remedy: expect.stringContaining('service.instance.id'),
      },
    },
  ]);
  expect(writing.world.metrics['kanmon_single_writer_violations']).toBe(2);
  expect(writing.world.books).toMatchObject({ inItems: 5, outItems: 5, balance: 0 });
});

test('`first` keeps the first writer, `reject` tells the second, `tag` gives it a stream of its own', async () => {
  const first = new Writing({ action: 'first' });
  await sendM1(first);
  expect(values(first)).toEqual([100, 120, 120]);
  expect(first.world.books).toMatchObject({ droppedItems: { second_writer: 2 }, balance: 0 });
  expect(first.rejected).toEqual([]);

  const reject = new Writing({ action: 'reject' });
  await sendM1(reject);
  expect(values(reject)).toEqual([100, 120, 120]);
  expect(reject.world.books).toMatchObject({ droppedItems: { second_writer: 2 }, balance: 0 });
  expect(reject.rejected).toEqual([
    [1, `a metric stream has one writer: "M1" is written by ${a}`],
    [1, `a metric stream has one writer: "M1" is written by ${a}`],
  ]);

  const tag = new Writing({ action: 'tag', attribute: 'collector' });
  await sendM1(tag);
  expect(tag.sink.take().map(({ asInt, attributes: labels }) => [asInt, labels])).toEqual([
    ['100', undefined],
    ['120', undefined],
    ['110', attributes({ collector: '10.0.0.2' })],
    ['120', undefined],
    ['110', attributes({ collector: '10.0.0.2' })],
  ]);
  expect(tag.world.metrics['kanmon_single_writer_tagged_datapoints']).toBe(2);
  for (const writing of [first, reject, tag]) expect(writing.said()).toMatchObject([{ metric: 'M1', writers: [a, b] }]);
});

test('gauges of two writers by turns are reported at the fifth turn', async () => {
  const writing = new Writing();
  for (let time = 0; time < 240; time += 60) {
    await writing.send(a, gauge('load', plain(1, time)));
    await writing.send(b, gauge('load', plain(9, time + 7)));
  }
  await writing.send(a, gauge('load', plain(1, 240)));
  expect(writing.said()).toEqual([]);
  await writing.send(b, gauge('load', plain(9, 247)));
  expect(writing.said()).toEqual([
    { metric: 'load', writers: [a, b], violation: 'interleaved', cause: 'no_instance_identity' },
  ]);
});

test('the log has a line for each finding in an interval, and the page all of them', async () => {
  const writing = new Writing({ report_interval: '1m' });
  const both = async (from: number): Promise<void> => {
    for (let time = from; time < from + 60; time += 10) {
      await writing.send(a, gauge('load', plain(1, time)));
      await writing.send(b, gauge('load', plain(9, time + 5)));
      await writing.pass(10);
    }
  };
  await both(0);
  expect(writing.said()).toHaveLength(1);
  await both(60);
  expect(writing.world.lines).toHaveLength(2);
  expect(writing.world.lines[1]?.fields).toMatchObject({ data_points: 6 });
  const content = await writing.pages[0]?.content(new URLSearchParams());
  expect(content?.json).toMatchObject({
    streams: 1,
    writers: 2,
    findings: [{ metric: 'load', writers: [a, b], violation: 'interleaved', data_points: 8 }],
  });
  expect(JSON.stringify(content?.blocks)).toContain(`${a} and ${b}`);
});

test('a writer that took over counts from the takeover on, with a new start', async () => {
  const writing = new Writing({ action: 'first', silence: '1m' });
  const histogram = (start: number, time: number, counts: readonly number[]): Json => ({
    name: 'duration',
    histogram: {
      aggregationTemporality: 2,
      dataPoints: [
        {
          ...{ startTimeUnixNano: at(start), timeUnixNano: at(time), explicitBounds: [1] },
          count: String(counts.reduce((sum, each) => sum + each)),
          ...{ sum: time, bucketCounts: counts.map(String) },
        },
      ],
    },
  });
  await writing.send(a, counter('requests', total(1000, -500, 0)), histogram(-500, 0, [10, 20]));
  for (let time = 10; time <= 60; time += 10) {
    await writing.pass(10);
    await writing.send(b, counter('requests', total(5000 + time, -400, time)), histogram(-400, time, [50, time]));
  }
  expect(writing.sink.take()).toHaveLength(2);
  await writing.pass(10);
  await writing.send(b, counter('requests', total(5070, -400, 70)), histogram(-400, 70, [50, 70]));
  await writing.pass(10);
  await writing.send(b, counter('requests', total(5084, -400, 80)), histogram(-400, 80, [51, 72]));
  // The one before is back: it has lost the stream.
  await writing.send(a, counter('requests', total(1200, -500, 85)), histogram(-500, 85, [10, 22]));
  expect(writing.sink.take()).toMatchObject([
    { asInt: '0', startTimeUnixNano: at(70), timeUnixNano: at(70) },
    { bucketCounts: ['0', '0'], startTimeUnixNano: at(70) },
    { asInt: '14', startTimeUnixNano: at(70), timeUnixNano: at(80) },
    { count: '3', sum: 10, bucketCounts: ['1', '2'], startTimeUnixNano: at(70) },
  ]);
  expect(writing.world.metrics['kanmon_single_writer_takeovers']).toBe(2);
  expect(writing.world.books.balance).toBe(0);
  // A restart begins with a start of its own.
  await writing.pass(10);
  await writing.send(b, counter('requests', total(3, 81, 90)));
  expect(writing.sink.take()).toMatchObject([{ asInt: '3', startTimeUnixNano: at(81) }]);
});

test('a successor that began when the one before had ended has the stream at once', async () => {
  const writing = new Writing({ action: 'first' });
  await writing.send(a, counter('requests', total(10, 0, 60)));
  await writing.send(b, counter('requests', total(1, 61, 70)));
  // Points that the former writer still had come late, and are from before.
  await writing.send(a, counter('requests', total(11, 0, 61)));
  await writing.send(b, counter('requests', total(2, 61, 80)));
  expect(values(writing)).toEqual([10, 1, 11, 2]);
  expect(writing.said()).toEqual([]);
  await writing.send(a, counter('requests', total(12, 0, 75)));
  expect(values(writing)).toEqual([]);
});

test('changes that come again are counted once, unless they were not delivered', async () => {
  const writing = new Writing({ action: 'first' });
  const change = (start: number, time: number): Json => deltaCounter('calls', total(5, start, time));
  await writing.send(a, change(0, 10));
  await writing.send(a, change(0, 10));
  expect(values(writing)).toEqual([5]);
  expect(writing.world.books.droppedItems).toEqual({ repeated: 1 });
  writing.refuses = true;
  await expect(writing.send(a, change(10, 20))).rejects.toThrow('the next component is down');
  writing.refuses = false;
  await writing.send(a, change(10, 20));
  await writing.send(a, change(10, 20));
  expect(values(writing)).toEqual([5]);
  // Late, in any order: nothing overlaps.
  await writing.send(a, change(30, 40));
  await writing.send(a, change(20, 30));
  expect(values(writing)).toEqual([5, 5]);
  expect(writing.said()).toEqual([]);
  await writing.send(b, change(33, 43));
  expect(values(writing)).toEqual([]);
  expect(writing.said()).toMatchObject([{ violation: 'overlapping_delta', writers: [a, b] }]);
  expect(writing.world.books.balance).toBe(0);
});

test('changes that have the interval of the items that they count overlap, and are no violation', async () => {
  const counted = (time: number, value: number): Json => ({
    resource: { attributes: attributes({ 'service.name': 'shop' }) },
    scopeMetrics: [
      {
        scope: { name: 'github.com/open-telemetry/opentelemetry-collector-contrib/connector/countconnector' },
        metrics: [deltaCounter('trace.span.count', total(value, time, time + 30))],
      },
    ],
  });
  const writing = new Writing({ action: 'first' });
  for (let time = 0; time < 120; time += 10) await writing.request({ peer: a }, counted(time, time + 1));
  // A long span of a request that comes later.
  await writing.request({ peer: a }, counted(55, 500));
  // The same request again.
  await writing.request({ peer: a }, counted(110, 111));
  expect(values(writing)).toEqual([...Array.from({ length: 12 }, (_, i) => 10 * i + 1), 500]);
  expect(writing.said()).toEqual([]);
  expect(writing.world.books).toMatchObject({ droppedItems: { repeated: 1 }, balance: 0 });

  // Other changes with such intervals count something twice.
  const other = new Writing({ action: 'first' });
  for (const time of [0, 10]) await other.send(a, deltaCounter('requests', total(1, time, time + 30)));
  expect(other.said()).toMatchObject([{ violation: 'overlapping_delta' }]);

  // And two writers of them are still two.
  const two = new Writing({ action: 'first' });
  for (let time = 0; time < 120; time += 10) {
    await two.request({ peer: a }, counted(time, 1));
    await two.request({ peer: b }, counted(time + 3, 2));
  }
  expect(two.said()).toMatchObject([{ violation: 'interleaved', cause: 'split_aggregation', writers: [a, b] }]);
});

test('two processes behind one address are distinguished by their start times', async () => {
  const writing = new Writing({ action: 'tag' });
  for (let time = 100; time < 200; time += 10) {
    await writing.send('10.0.0.9:1', counter('requests', total(1000 + time, 0, time)));
    await writing.send('10.0.0.9:2', counter('requests', total(time, 50, time + 5)));
  }
  expect(writing.said()).toMatchObject([
    { violation: 'overlapping_start', cause: 'no_instance_identity', writers: ['10.0.0.9:1', '10.0.0.9:2'] },
  ]);
  const labels = new Set(writing.sink.take().map((point) => JSON.stringify(point['attributes'] ?? [])));
  expect([...labels]).toEqual(['[]', JSON.stringify(attributes({ writer: '10.0.0.9@1700000050000' }))]);
});

test('starts may be close: two processes have the same ones again, one process may work its own out', async () => {
  const two = new Writing({ action: 'first' });
  for (let time = 10; time < 100; time += 10) {
    await two.send('10.0.0.9:1', counter('requests', total(1000 + time, 0, time)));
    await two.send('10.0.0.9:2', counter('requests', total(time, 0.4, time + 5)));
  }
  expect(values(two)).toEqual([1010, 1020, 1030, 1040, 1050, 1060, 1070, 1080, 1090]);
  expect(two.said()).toMatchObject([
    { violation: 'counter_fell', writers: ['10.0.0.9:1', '10.0.0.9:2'] },
    { violation: 'overlapping_start', writers: ['10.0.0.9:1', '10.0.0.9:2'] },
  ]);

  const vague = new Writing({ action: 'first' });
  for (let i = 0; i < 20; i++)
    await vague.send(a, counter('requests', total(1000 + i, ((i * 7) % 10) / 12, 10 * i + 10)));
  expect(values(vague)).toHaveLength(19);
  expect(vague.said()).toEqual([]);
});

test('what tells writers apart can be chosen', async () => {
  const byTurns = async (writing: Writing, contexts: readonly object[], labels: readonly Record<string, string>[]) => {
    for (let time = 0; time < 60; time++)
      await writing.request(contexts[time % 2] ?? {}, resource(labels[time % 2] ?? {}, gauge('load', plain(1, time))));
    return writing.said().map(({ writers }) => writers);
  };
  const shop = { 'service.name': 'shop' };
  const peers = [{ peer: '10.0.0.9:1' }, { peer: '10.0.0.9:2' }];
  expect(await byTurns(new Writing(), peers, [shop, shop])).toEqual([]);
  expect(await byTurns(new Writing({ identify_by: ['connection'] }), peers, [shop, shop])).toEqual([
    ['10.0.0.9:1', '10.0.0.9:2'],
  ]);
  const others = [{ peer: a }, { peer: b }];
  expect(await byTurns(new Writing(), others, [shop, shop])).toEqual([[a, b]]);
  expect(await byTurns(new Writing({ identify_by: [] }), others, [shop, shop])).toEqual([]);
  const tenants = ['x', 'y'].map((tenant) => ({ peer: a, metadata: new Map([['x-tenant', [tenant]]]) }));
  expect(await byTurns(new Writing({ identify_by: ['peer', 'metadata.X-Tenant'] }), tenants, [shop, shop])).toEqual([
    [`${a} (10.0.0.1 x)`, `${a} (10.0.0.1 y)`],
  ]);
  const receivers = ['otlp/a', 'otlp/b'].map((receiver) => ({ peer: a, receiver }));
  expect(await byTurns(new Writing(), receivers, [shop, shop])).toEqual([]);
  expect(await byTurns(new Writing({ identify_by: ['receiver'] }), receivers, [shop, shop])).toEqual([
    [`${a} (otlp/a)`, `${a} (otlp/b)`],
  ]);
  // A backend that reads `service.name` alone cannot tell these hosts apart.
  const hosts = ['h1', 'h2'].map((host) => ({ ...shop, 'host.name': host }));
  const narrow = { resource_attributes: ['service.name'], identify_by: ['resource.host.name'] };
  expect(await byTurns(new Writing(), [{ peer: a }, { peer: a }], hosts)).toEqual([]);
  expect(await byTurns(new Writing(narrow), [{ peer: a }, { peer: a }], hosts)).toEqual([[`${a} (h1)`, `${a} (h2)`]]);
});

test('histograms, summaries and points without times or values are judged too', async () => {
  const writing = new Writing({ action: 'first' });
  const one = (peer: string, time: number, start: number): Promise<void> =>
    writing.send(
      peer,
      {
        name: 'e',
        exponentialHistogram: {
          aggregationTemporality: 2,
          dataPoints: [{ startTimeUnixNano: at(start), timeUnixNano: at(time), count: '3', scale: 1 }],
        },
      },
      { name: 's', summary: { dataPoints: [{ startTimeUnixNano: at(start), timeUnixNano: at(time), count: '3' }] } },
      gauge('untimed', { asDouble: 1 }),
      gauge('stale', { timeUnixNano: at(time), flags: 1 }),
    );
  for (let time = 100; time < 150; time += 10) {
    await one(a, time, 0);
    await one(b, time + 5, 50);
  }
  expect(writing.sink.take()).toHaveLength(20);
  expect(writing.world.books.droppedItems).toEqual({ second_writer: 20 });
  expect(new Set(writing.said().map(({ metric, violation }) => `${metric} ${violation}`))).toEqual(
    new Set(['e overlapping_start', 'stale interleaved']),
  );
});

test('streams are bounded by `max_bytes` and `max_streams`; what finds no room passes unchecked', async () => {
  const writing = new Writing({ max_bytes: 200_000, action: 'first' });
  const many = (from: number): Json =>
    gauge('load', ...Array.from({ length: 1000 }, (_, i) => plain(1, 0, { id: `${from + i}` })));
  for (let from = 0; from < 5000; from += 1000) await writing.sendFrom(a, { 'service.name': 'greedy' }, many(from));
  await writing.sendFrom(a, { 'service.name': 'shop' }, many(0));
  expect(writing.world.metrics['kanmon_single_writer_bytes']).toBeLessThanOrEqual(150_000);
  expect(writing.world.metrics['kanmon_single_writer_untracked_datapoints']).toBeGreaterThan(4000);
  // The one service has left room for the other.
  const { count } = { count: writing.world.metrics['kanmon_single_writer_streams'] ?? 0 };
  expect(count).toBeGreaterThan(900);
  await writing.sendFrom(b, { 'service.name': 'shop' }, gauge('load', plain(2, 0, { id: '0' })));
  expect(writing.world.books).toMatchObject({ droppedItems: { second_writer: 1 }, balance: 0 });
  await writing.pass(7200);
  expect(writing.world.metrics['kanmon_single_writer_bytes']).toBe(0);

  const few = new Writing({ max_streams: 10 });
  await few.send(a, many(0));
  expect(few.world.metrics['kanmon_single_writer_streams']).toBe(10);
  expect(few.world.metrics['kanmon_single_writer_untracked_datapoints']).toBe(990);
});

test('a reload goes on with what is known', async () => {
  const succession = new Succession();
  const old = new Writing({ action: 'first' }, succession);
  await old.send(a, gauge('load', plain(1, 0)));
  const next = new Writing({ action: 'first' }, succession);
  await old.processor.shutdown();
  await next.send(b, gauge('load', plain(2, 1)));
  expect(next.world.books.droppedItems).toEqual({ second_writer: 1 });
});

test('a large batch is judged in several turns, between which others are', async () => {
  const writing = new Writing({ action: 'first' });
  const dataPoints = Array.from({ length: 140_000 }, (_, i) => plain(1, 0, { i: `${i}` }));
  const large = writing.send(a, { name: 'load', gauge: { dataPoints } });
  await writing.send(b, gauge('load', plain(2, 1, { i: '139999' })));
  expect(writing.sink.take()).toHaveLength(1);
  await large;
  expect(writing.world.books).toMatchObject({ inItems: 140_001, droppedItems: { second_writer: 1 }, balance: 0 });
});

test('few points of many bytes are judged in several turns, too', async () => {
  const writing = new Writing({ action: 'first' });
  const long = 'x'.repeat(100_000);
  const large = writing.send(
    a,
    gauge('load', ...Array.from({ length: 40 }, (_, i) => plain(1, 0, { i: `${i}`, long }))),
  );
  await writing.send(b, gauge('load', plain(2, 1, { i: '39', long })));
  expect(writing.sink.take()).toHaveLength(1);
  await large;
  expect(writing.world.books).toMatchObject({ inItems: 41, droppedItems: { second_writer: 1 }, balance: 0 });
});

test('a batch in which nothing is wrong is the very batch that came', async () => {
  const writing = new Writing({ action: 'first' });
  await writing.send(a, gauge('load', plain(1, 0)));
  const [sent] = writing.sink.batches;
  expect(sent?.bytes.length).toBeGreaterThan(0);
  expect(writing.world.books).toMatchObject({ inItems: 1, outItems: 1, balance: 0 });
});

test.each([
  [{ action: 'drop' }, 'unsupported value "drop"'],
  [{ action: '' }, 'unsupported value ""'],
  [{ action: 1 }, 'expected string'],
  [{ identify_by: ['host'] }, '"host" is none of "peer", "connection", "receiver", "metadata.KEY" and "resource.KEY"'],
  [{ identify_by: ['metadata.'] }, '"metadata." is none of'],
  [{ identify_by: [''] }, '"" is none of'],
  [{ identify_by: { peer: true } }, 'expected array'],
  [{ resource_attributes: [''] }, 'must not be empty'],
  [{ resource_attributes: 5 }, 'expected array'],
  [{ attribute: '' }, 'must not be empty'],
  [{ attribute: null }, 'must not be empty'],
  [{ silence: '0s' }, 'must be a positive duration, not 0s'],
  [{ silence: '-1s' }, 'must be a positive duration, not -1s'],
  [{ silence: '5' }, 'missing unit in duration'],
  [{ silence: '2h' }, 'must not be shorter than silence (2h0m0s), not 1h0m0s'],
  [{ tolerance: '-1ms' }, 'must not be below 0, not -1ms'],
  [{ tolerance: [] }, 'expected number'],
  [{ report_interval: '9' }, 'missing unit'],
  [{ report_interval: '0s' }, 'must be a positive duration'],
  [{ max_stale: '0s' }, 'must be a positive duration'],
  [{ max_stale: '1m' }, 'must not be shorter than silence (5m0s), not 1m0s'],
  [{ max_streams: -1 }, 'must not be below 0, not -1'],
  [{ max_streams: 'many' }, 'expected number'],
  [{ max_bytes: -5 }, 'must not be below 0, not -5'],
  [{ max_bytes: true }, 'expected number'],
  [{ writers: [] }, 'Unrecognized key'],
])('options: %j is a fault', (options, message) => {
  const issues = config.safeParse(options).error?.issues ?? [];
  expect(issues.map((issue) => issue.message).join('\n')).toContain(message);
});

test('options: what is missing, null or huge is taken', () => {
  expect(config.parse({})).toEqual(config.parse(null));
  expect(config.parse({ identify_by: [] }).identify_by).toEqual([]);
  expect(config.parse({ identify_by: 'peer,metadata.X-Tenant' }).identify_by).toEqual(['peer', 'metadata.X-Tenant']);
  expect(config.parse({ tolerance: '0s' }).tolerance).toBe(0);
  expect(config.parse({ max_streams: 9223372036854775807n }).max_streams).toBe(2 ** 63);
  expect(config.parse({ max_stale: '2540400h10m10s', silence: '2540400h' }).silence).toBe(2540400 * 3_600_000);
  expect(() => new Writing({ max_bytes: 2 ** 60 })).toThrow('and the memory limit is');
});
