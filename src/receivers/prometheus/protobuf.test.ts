import { afterEach, beforeEach, expect, test } from 'vitest';
import { MessageWriter } from '../../otlp/build/message-writer.js';
import { resultAtOnce, type InPieces } from '../../otlp/work.js';
import { ScrapeTarget } from '../../../test/support/scrape-target.js';
import { about, ofTarget, ScrapeWorld, short } from '../../../test/support/scrape-world.js';
import { ProtoParser } from './parse/proto.js';
import { Appender } from './series/appender.js';
import { ScrapeStore } from './series/store.js';

type Write = (writer: MessageWriter) => void;

const message =
  (field: number, ...fields: readonly Write[]): Write =>
  (writer) => {
    writer.tag(field * 8 + 2);
    writer.open();
    for (const write of fields) write(writer);
    writer.close();
  };
const text =
  (field: number, value: string): Write =>
  (writer) =>
    writer.text(field * 8 + 2, value);
const double =
  (field: number, value: number): Write =>
  (writer) => {
    writer.tag(field * 8 + 1);
    writer.double(value);
  };
const uint =
  (field: number, value: number): Write =>
  (writer) => {
    writer.tag(field * 8);
    writer.varint(value);
  };
const zigzag = (value: number): number => (value < 0 ? -value * 2 - 1 : value * 2);
const sint = (field: number, value: number): Write => uint(field, zigzag(value));
const packed =
  (field: number, values: readonly number[]): Write =>
  (writer) => {
    writer.tag(field * 8 + 2);
    writer.open();
    for (const value of values) writer.varint(zigzag(value));
    writer.close();
  };
const label = (name: string, value: string): Write => message(1, text(1, name), text(2, value));
const span = (field: number, offset: number, length: number): Write => message(field, sint(1, offset), uint(2, length));

/** Families, each with its length before it. */
function families(...all: readonly (readonly Write[])[]): Buffer {
  const writer = new MessageWriter();
  for (const fields of all) {
    writer.open();
    for (const write of fields) write(writer);
    writer.close();
  }
  return writer.finish((size) => Buffer.alloc(size));
}

const type = 'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited';
const time = (field: number, seconds: number, nanos: number): Write => message(field, uint(1, seconds), uint(2, nanos));

let target: ScrapeTarget;
let world: ScrapeWorld | undefined;
beforeEach(async () => {
  target = await ScrapeTarget.start();
});
afterEach(async () => {
  await world?.stop();
  await target.stop();
});

const histogram = (...more: readonly Write[]): readonly Write[] => [
  text(1, 'h'),
  uint(3, 4),
  message(
    4,
    label('a', 'x'),
    message(
      7,
      uint(1, 40),
      double(2, 100),
      message(3, uint(1, 10), double(2, 0.5), message(3, label('trace_id', 'zz'), double(2, 0.3))),
      message(3, uint(1, 30), double(2, 1)),
      time(15, 1_500_000_000, 5e8),
      ...more,
    ),
  ),
];

test('families in protobuf are the same metrics as those in text', async () => {
  const body = families(
    [
      text(1, 'c_total'),
      text(2, 'Help.'),
      uint(3, 0),
      message(4, label('a', '1'), message(3, double(1, 5), message(2, label('trace_id', 'b'), double(2, 1)))),
    ],
    [text(1, 'g'), uint(3, 1), message(4, message(2, double(1, 1.5)), uint(6, 1_600_000_000_000))],
    [text(1, 'u'), uint(3, 3), message(4, message(5, double(1, 2)))],
    histogram(),
    [
      text(1, 's'),
      uint(3, 2),
      message(4, message(4, uint(1, 4), double(2, 7), message(3, double(1, 0.5), double(2, 2)))),
    ],
  );
  target.page = () => ({ body, type });
  world = await ScrapeWorld.job(target.address, { scrape_protocols: ['PrometheusProto'] });
  for (const scrape of [1, 2]) {
    const points = await world.pass(scrape === 1 ? 1 : 10_000, scrape);
    expect(ofTarget(points).map(({ name, kind, type: of, attributes }) => [name, kind, of, attributes])).toEqual([
      ['c_total', 'sum', 'counter', { a: '1' }],
      ['g', 'gauge', 'gauge', {}],
      ['u', 'gauge', 'unknown', {}],
      ['h', 'histogram', 'histogram', { a: 'x' }],
      ['s', 'summary', 'summary', {}],
    ]);
    const [counter, gauge, , h, summary] = ofTarget(points).map(({ point }) => point);
    expect(counter).toMatchObject({ asDouble: 5, exemplars: [{ asDouble: 1 }] });
    expect(gauge).toMatchObject({ asDouble: 1.5, timeUnixNano: '1600000000000000000' });
    expect(h).toMatchObject({
      startTimeUnixNano: '1500000000500000000',
      count: '40',
      sum: 100,
      bucketCounts: ['10', '20', '10'],
      explicitBounds: [0.5, 1],
      exemplars: [{ asDouble: 0.3 }],
    });
    expect(summary).toMatchObject({ count: '4', sum: 7, quantileValues: [{ quantile: 0.5, value: 2 }] });
    expect(about(points)).toMatchObject({ up: 1, samples_scraped: 11, series_added: scrape === 1 ? 11 : 0 });
  }
  expect(target.requests[0]?.headers.accept).toContain('application/vnd.google.protobuf');
});

test('a native histogram is an exponential one, with its classic buckets when they are asked for', async () => {
  // The check vector of docs/spec/agent.md#prometheus-translation: counts 10, 0, 0, 20, 5, 2 from index 4 on.
  const native = [
    sint(5, 2),
    double(6, 1e-128),
    uint(7, 3),
    span(12, 4, 1),
    span(12, 2, 3),
    packed(13, [10, 10, -15, -3]),
  ];
  const body = families(histogram(...native, span(9, 0, 1), packed(10, [6])));
  target.page = () => ({ body, type });
  world = await ScrapeWorld.job(target.address, { scrape_native_histograms: true });
  const [only, ...rest] = ofTarget(await world.pass(1, 1));
  expect(rest).toEqual([]);
  expect(only).toMatchObject({ name: 'h', kind: 'exponentialHistogram', type: 'histogram', attributes: { a: 'x' } });
  expect(only?.point).toMatchObject({
    startTimeUnixNano: '1500000000500000000',
    count: '40',
    sum: 100,
    scale: 2,
    zeroCount: '3',
    zeroThreshold: 1e-128,
    positive: { offset: 3, bucketCounts: ['10', '0', '0', '20', '5', '2'] },
    negative: { offset: -1, bucketCounts: ['6'] },
  });
  target.page = () => ({ body: families(), type });
  expect(ofTarget(await world.pass(10_000, 2)).map(({ kind, point }) => [kind, point['flags']])).toEqual([
    ['exponentialHistogram', 1],
  ]);
  await world.stop();
  target.page = () => ({ body, type });
  world = await ScrapeWorld.job(target.address, {
    scrape_native_histograms: true,
    always_scrape_classic_histograms: true,
  });
  expect(ofTarget(await world.pass(1, 1)).map(({ kind }) => kind)).toEqual(['exponentialHistogram', 'histogram']);
  await world.stop();
  world = await ScrapeWorld.job(target.address);
  expect(ofTarget(await world.pass(1, 1)).map(({ kind }) => kind)).toEqual(['histogram']);
});

test.each([
  ['a gap that would fill the memory', [sint(5, 0), span(12, 0, 1), span(12, 2_000_000_000, 1), packed(13, [1, 1])]],
  ['more buckets than there are counts', [sint(5, 0), span(12, 0, 4), packed(13, [1])]],
  ['a negative count', [sint(5, 0), span(12, 0, 2), packed(13, [1, -2])]],
  ['a scale that OTLP does not have', [sint(5, -53), span(12, 0, 1), packed(13, [1])]],
])('a native histogram with %s is no point, and is counted', async (_, fields) => {
  target.page = () => ({ body: families(histogram(...fields)), type });
  world = await ScrapeWorld.job(target.address, { scrape_native_histograms: true });
  const points = await world.pass(1, 1);
  expect(ofTarget(points)).toEqual([]);
  expect(about(points)['up']).toBe(1);
  await world.until(() => world?.world.metrics['otelcol_receiver_refused_metric_points'] === 1);
});

test('bytes that are no families fail the scrape', async () => {
  const good = families(histogram());
  world = await ScrapeWorld.job(target.address, { scrape_protocols: ['PrometheusProto'] });
  const broken = [
    good.subarray(0, -1),
    Buffer.from([5, 10, 200, 1]),
    Buffer.from([2, 0x0b, 0x0c]),
    families([uint(3, 1)]),
  ];
  for (const [i, body] of broken.entries()) {
    target.page = () => ({ body, type });
    expect(about(await world.pass(i === 0 ? 1 : 10_000, i + 1))['up']).toBe(0);
  }
  target.page = () => ({ body: good, type });
  expect(short(ofTarget(await world.pass(10_000, broken.length + 1)))).toEqual(['h{a=x} 40']);
});

/** The parser of a body, and the samples that it has found. */
function parsing(body: Buffer): { readonly appender: Appender; readonly work: InPieces<void> } {
  const rules = {
    target: new Map([['instance', 'i']]),
    externalLabels: new Map<string, string>(),
    honorLabels: false,
    honorTimestamps: true,
    trackTimestamps: false,
    relabel: [],
    limits: { samples: 0, labels: 0, labelName: 0, labelValue: 0 },
  };
  const appender = new Appender(new ScrapeStore(), rules, 1, body);
  return { appender, work: new ProtoParser(body, { native: true, classic: true }, appender).parse() };
}

/** A histogram with labels of `bytes` bytes and a bucket for each of `count` bounds. */
const wide = (bytes: number, count: number): Buffer =>
  families([
    text(1, 'h'),
    uint(3, 4),
    message(
      4,
      label('a', 'x'.repeat(bytes)),
      message(7, uint(1, 1), ...Array.from({ length: count }, (_, i) => message(3, uint(1, 1), double(2, i)))),
    ),
  ]);

test('a step ends when the keys of its samples are many bytes, or the fields many', () => {
  const most = (body: Buffer): number => {
    const { appender, work } = parsing(body);
    let largest = 0;
    for (let before = 0; work.next().done !== true; before = appender.scraped)
      largest = Math.max(largest, appender.scraped - before);
    return largest;
  };
  // The count and the sum are one step with what is before the first pause.
  expect(most(wide(64 << 10, 20))).toBe(2);
  const { appender, work: whole } = parsing(wide(150 << 10, 100));
  resultAtOnce(whole);
  expect(appender.scraped).toBe(103);
  expect(most(wide(1, 2000))).toBeLessThan(300);
  expect(most(wide(1, 2000))).toBeGreaterThan(100);
  const empty = Array.from({ length: 100_000 }, () => message(4));
  const { work } = parsing(families([text(1, 'h'), ...empty]));
  let steps = 0;
  while (work.next().done !== true) steps++;
  expect(steps).toBeGreaterThan(10);
});

test.each([
  ['labels times buckets', wide(200 << 10, 100), 'the labels of "h" times its buckets are more than 16777216 bytes'],
  ['labels', wide(1 << 20, 1), "a metric's labels in protobuf"],
  ['a name', families([text(1, 'x'.repeat((1 << 20) + 1))]), "a metric's name"],
  ['a help', families([text(1, 'x'), text(2, 'x'.repeat((1 << 20) + 1))]), "a metric's help"],
  [
    'a bucket',
    families([text(1, 'h'), uint(3, 4), message(4, message(7, message(3, text(9, 'x'.repeat(1 << 20)))))]),
    "a metric's bucket",
  ],
  ['a value', families([text(1, 'c'), message(4, message(3, text(9, 'x'.repeat(1 << 20))))]), "a metric's value"],
])('%s of too many bytes fail the scrape', async (_, body, words) => {
  expect(() => resultAtOnce(parsing(body).work)).toThrow(words);
  world = await ScrapeWorld.job(target.address, { scrape_protocols: ['PrometheusProto'] });
  target.page = () => ({ body, type });
  expect(about(await world.pass(1, 1))['up']).toBe(0);
  target.page = () => ({ body: wide(1, 100), type });
  expect(about(await world.pass(10_000, 2))).toMatchObject({ up: 1, samples_scraped: 103 });
});
