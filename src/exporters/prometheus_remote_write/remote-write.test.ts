import { faultsInUse } from '../../../test/support/faults-in-use.js';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { uncompress } from 'snappyjs';
import { afterEach, describe, expect, test } from 'vitest';
import { heldWorld, total, type HeldWorld } from '../../../test/support/held-world.js';
import { hostWith } from '../../../test/support/host.js';
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
import {
  doubleAt,
  fieldsOf,
  integerAt,
  messagesAt,
  textAt,
  varintsAt,
  type Fields,
} from '../../../test/support/plain-protobuf.js';
import { until } from '../../../test/support/program.js';
import { emptyContext } from '../../component/consumer.js';
import type { Exporter } from '../../component/define.js';
import { definition } from './index.js';

interface Request {
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Fields;
  readonly bytes: number;
  /** Answers it. */
  answer(status?: number, headers?: http.OutgoingHttpHeaders, text?: string): void;
}

interface Running extends HeldWorld {
  readonly exporter: Exporter;
  readonly requests: Request[];
  send(...resources: readonly Json[]): Promise<void>;
  /** The first `count` requests, once they have come. */
  seen(count: number): Promise<Request[]>;
}

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** The answers to requests in turn; behind them 200, or, with `hold`, none until the test answers. */
async function start(
  settings: object = {},
  options: { answers?: readonly number[]; hold?: boolean; gates?: readonly string[] } = {},
): Promise<Running> {
  const requests: Request[] = [];
  const answers = [...(options.answers ?? [])];
  const server = http.createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const plain = Buffer.from(uncompress(Buffer.concat(parts)));
      const answer: Request['answer'] = (status = 200, headers = {}, text = '') => {
        response.writeHead(status, headers);
        response.end(text);
      };
      requests.push({ headers: request.headers, body: fieldsOf(plain), bytes: plain.length, answer });
      if (!options.hold) answer(answers.shift() ?? 200, {}, 'because');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const world = heldWorld({ signal: 'metrics', id: 'prw', gates: new Set(options.gates) });
  const config = definition.config.parse({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/write`,
    target_info: { enabled: false },
    ...settings,
  });
  const exporter = await definition.create(config, world.context);
  await exporter.start?.(hostWith());
  closing.push(async () => {
    await exporter.shutdown?.(new AbortController().signal);
    server.closeAllConnections();
    server.close();
  });
  return {
    ...world,
    exporter,
    requests,
    send: (...resources) => exporter.consume(metricsBatch(...resources), emptyContext),
    async seen(count) {
      await until(`${count} requests`, () => requests.length >= count);
      return requests.slice(0, count);
    },
  };
}

/** The series of a request of version 1: labels to samples. */
function seriesOf({ body }: Request): Record<string, [value: number, ms: number][]> {
  const all: Record<string, [number, number][]> = {};
  for (const series of messagesAt(body, 1)) {
    const labels = messagesAt(series, 1).map((label): [string, string] => [textAt(label, 1), textAt(label, 2)]);
    expect(labels).toEqual(labels.toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
    expect(new Set(labels.map(([name]) => name)).size).toBe(labels.length);
    const samples = messagesAt(series, 2).map((sample): [number, number] => [
      doubleAt(sample, 1),
      integerAt(sample, 2),
    ]);
    all[labels.map(([name, value]) => `${name}=${value}`).join(',')] = samples;
  }
  return all;
}

const service = { 'service.name': 'a' };
const direct = { remote_write_queue: { enabled: false } };
const once = { ...direct, retry_on_failure: { enabled: false } };

describe('version 1', () => {
  test('has sorted labels, the time in milliseconds, and the fields of the protocol', async () => {
    const { send, requests } = await start(direct);
    await send(resource(service, counter('http.requests', point(3, 60.5, { Upper: 'u', method: 'GET' }))));
    expect(seriesOf(requests[0]!)).toEqual({
      'Upper=u,__name__=http_requests_total,job=a,method=GET': [[3, 1_700_000_060_500]],
    });
    expect(requests[0]!.headers).toMatchObject({
      'content-encoding': 'snappy',
      'content-type': 'application/x-protobuf',
      'x-prometheus-remote-write-version': '0.1.0',
    });
  });

  test('every label, value and time of hostile points arrives', async () => {
    const { send, requests } = await start({ ...direct, translation_strategy: 'UnderscoreEscapingWithoutSuffixes' });
    const hostile = fc.string({ unit: fc.constantFrom('a', '"', '\\', '\n', '\0', 'ü', '\u{1F600}'), minLength: 1 });
    const points = fc.uniqueArray(
      fc.record({ label: hostile, value: fc.double({ noNaN: true }).map((one) => one + 0), time: fc.nat(2 ** 31) }),
      {
        selector: ({ label }) => label,
        minLength: 1,
        maxLength: 20,
      },
    );
    await fc.assert(
      fc.asyncProperty(points, async (all) => {
        requests.length = 0;
        await send(
          resource(
            {},
            gauge(
              'g',
              ...all.map(({ label, value, time }) => ({
                ...point(0, time, { k: label }),
                asDouble: jsonNumber(value),
              })),
            ),
          ),
        );
        const expected = all.map(({ label, value, time }) => [
          `__name__=g,k=${label}`,
          [[value, 1_700_000_000_000 + time * 1000]],
        ]);
        expect(seriesOf(requests[0]!)).toEqual(Object.fromEntries(expected));
      }),
      { numRuns: 50 },
    );
  });

  test('a value of a megabyte arrives', async () => {
    const { send, requests } = await start(direct);
    const long = '\0"é'.repeat(250_000);
    await send(resource(service, gauge('g', point(1, 60, { long }))));
    expect(seriesOf(requests[0]!)).toEqual({ [`__name__=g,job=a,long=${long}`]: [[1, 1_700_000_060_000]] });
  });

  test('attributes with one name are joined, each value once, and le of a histogram gives way', async () => {
    const { send, requests } = await start(direct);
    const dataPoints = [
      {
        ...point(0, 60, { le: 'x' }),
        asDouble: undefined,
        count: '3',
        bucketCounts: ['1', '2'],
        explicitBounds: [1e6],
      },
    ];
    await send(
      resource(service, gauge('g', point(1, 60, { 'bar.one': 'foo', 'bar/one': 'foo', 'bar-one': 'baz' })), {
        name: 'h',
        histogram: { aggregationTemporality: 2, dataPoints },
      }),
    );
    expect(Object.keys(seriesOf(requests[0]!))).toEqual([
      '__name__=g,bar_one=baz;foo,job=a',
      '__name__=h_count,job=a',
      '__name__=h_bucket,job=a,le=1000000',
      '__name__=h_bucket,job=a,le=+Inf',
    ]);
  });

  test('of buckets with one bound the first is sent, and each bucket has its exemplars in their order', async () => {
    const { send, requests } = await start(direct);
    const shown = (value: number, id: string): Json => ({
      timeUnixNano: at(50),
      asDouble: value,
      spanId: id.repeat(8),
    });
    const dataPoints = [
      {
        ...point(0, 60),
        asDouble: undefined,
        count: '10',
        bucketCounts: ['1', '2', '3', '4', '0'],
        explicitBounds: [1, 1, 2, 'Infinity'],
        exemplars: [shown(2, '01'), shown(0, '02'), shown(9, '03'), shown(1, '04'), shown(1.5, '05')],
      },
    ];
    await send(resource({}, { name: 'h', histogram: { aggregationTemporality: 2, dataPoints } }));
    const ms = 1_700_000_060_000;
    expect(messagesAt(requests[0]!.body, 1)).toHaveLength(4);
    expect(seriesOf(requests[0]!)).toEqual({
      '__name__=h_count': [[10, ms]],
      '__name__=h_bucket,le=1': [[1, ms]],
      '__name__=h_bucket,le=2': [[6, ms]],
      '__name__=h_bucket,le=+Inf': [[10, ms]],
    });
    const spans = messagesAt(requests[0]!.body, 1).map((series) =>
      messagesAt(series, 3).map((exemplar) => textAt(messagesAt(exemplar, 1)[0]!, 2).slice(0, 2)),
    );
    expect(spans).toEqual([[], ['02', '04'], ['01', '05'], ['03']]);
  });

  test('samples of one series are one series, by time', async () => {
    const { send, requests } = await start(direct);
    await send(resource(service, gauge('a.b', point(3, 80), point(1, 60)), gauge('a_b', point(2, 70))));
    expect(seriesOf(requests[0]!)).toEqual({
      '__name__=a_b,job=a': [
        [1, 1_700_000_060_000],
        [2, 1_700_000_070_000],
        [3, 1_700_000_080_000],
      ],
    });
  });

  test('target_info comes once for a resource, at the time of its newest point', async () => {
    const { send, requests } = await start({ ...direct, target_info: { enabled: true } });
    const host = { ...service, 'host.name': 'h', 'host/name': 'h' };
    await send(
      resource(host, gauge('g', point(1, 60))),
      resource(host, gauge('h', point(2, 90), point(2, 70, { a: 'b' }))),
      resource(service, gauge('i', point(2, 99))),
    );
    expect(requests).toHaveLength(1);
    expect(seriesOf(requests[0]!)).toMatchObject({
      '__name__=target_info,host_name=h,job=a': [[1, 1_700_000_090_000]],
    });
    expect(Object.keys(seriesOf(requests[0]!)).filter((labels) => labels.includes('target_info'))).toHaveLength(1);
  });

  test('what remote write has no words for is dropped by reason, and said once', async () => {
    const { send, books, lines, requests } = await start(direct);
    for (let i = 0; i < 2; i++)
      await send(
        resource(service, deltaCounter('d', point(1, 60)), gauge('...', point(1, 60)), gauge('g', point(1, 60))),
      );
    expect(requests).toHaveLength(2);
    expect(books.droppedItems).toEqual({ delta_temporality: 2, no_name: 2 });
    expect(books).toMatchObject({ inItems: 6, outItems: 2, balance: 0 });
    expect(lines.filter(({ level }) => level === 'warn').map(({ fields }) => fields?.['metric'])).toEqual(['d', '...']);
  });
});

test('a point that would repeat its labels without bounds is dropped, and its neighbours are not', async () => {
  const { send, books, requests, lines } = await start(direct);
  const wide = { wide: 'v'.repeat(65_536) };
  const histogram = (buckets: number): Json => ({
    ...point(0, 60, wide),
    asDouble: undefined,
    explicitBounds: Array.from({ length: buckets }, (_, i) => i),
    bucketCounts: Array.from({ length: buckets + 1 }, () => '1'),
  });
  const summary = (quantiles: number): Json => ({
    ...point(0, 60, wide),
    asDouble: undefined,
    quantileValues: Array.from({ length: quantiles }, (_, i) => ({ quantile: i / quantiles, value: i })),
  });
  await send(
    resource(
      service,
      { name: 'h', histogram: { aggregationTemporality: 2, dataPoints: [histogram(1000)] } },
      { name: 's', summary: { dataPoints: [summary(1000)] } },
      { name: 'less', histogram: { aggregationTemporality: 2, dataPoints: [histogram(50)] } },
      gauge('g', point(1, 60, wide)),
    ),
  );
  expect(books.droppedItems).toEqual({ too_large: 2 });
  expect(books).toMatchObject({ inItems: 4, outItems: 2, balance: 0 });
  expect(requests.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(5 << 20);
  expect(lines.filter(({ level }) => level === 'warn').map(({ fields }) => fields?.['metric'])).toEqual(['h', 's']);
});

const jsonNumber = (value: number): number | string =>
  Number.isFinite(value) ? value : value > 0 ? 'Infinity' : '-Infinity';

describe('version 2', () => {
  const gates = ['exporter.prometheusremotewritexporter.enableSendingRW2'];
  const version2 = { ...direct, protobuf_message: 'io.prometheus.write.v2.Request' };

  test('has a table of texts, metadata and start times', async () => {
    const { send, requests, lines } = await start(version2, { gates });
    const exemplars = [
      { timeUnixNano: at(50), asDouble: 2, spanId: '0a'.repeat(8), filteredAttributes: attributes({ u: 'v' }) },
    ];
    await send(
      resource(service, {
        ...counter('c', { ...point(3, 60, { a: 'a' }), exemplars }),
        unit: 'By',
        description: 'help',
      }),
    );
    const { body, headers } = requests[0]!;
    expect(headers).toMatchObject({
      'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
      'x-prometheus-remote-write-version': '2.0.0',
    });
    const symbols = (body.get(4) ?? []).map(String);
    expect(symbols[0]).toBe('');
    expect(new Set(symbols).size).toBe(symbols.length);
    const [series] = messagesAt(body, 5);
    const texts = (fields: Fields): string[] => varintsAt(fields, 1).map((ref) => symbols[Number(ref)] ?? 'none');
    expect(texts(series!)).toEqual(['__name__', 'c_bytes_total', 'a', 'a', 'job', 'a']);
    const [sample] = messagesAt(series!, 2);
    expect([doubleAt(sample!, 1), integerAt(sample!, 2), integerAt(sample!, 3)]).toEqual([
      3, 1_700_000_060_000, 1_700_000_000_000,
    ]);
    const [metadata] = messagesAt(series!, 5);
    expect([integerAt(metadata!, 1), symbols[integerAt(metadata!, 3)], symbols[integerAt(metadata!, 4)]]).toEqual([
      1,
      'help',
      'bytes',
    ]);
    const [exemplar] = messagesAt(series!, 4);
    expect([texts(exemplar!), doubleAt(exemplar!, 2)]).toEqual([['span_id', '0a'.repeat(8), 'u', 'v'], 2]);
    expect(lines.filter(({ level, message }) => level === 'warn' && message.includes('Samples-Written'))).toHaveLength(
      1,
    );
  });

  test('needs its gate', () => {
    expect(faultsInUse(definition.config, { endpoint: 'http://127.0.0.1:1', ...version2 })).toMatchObject([
      { message: expect.stringContaining('feature gate'), path: ['protobuf_message'] },
    ]);
  });
});

describe('outcomes', () => {
  test.each([
    [200, undefined],
    [204, undefined],
    [400, { class: 'permanent', reason: 'backend_refused' }],
    [404, { class: 'permanent' }],
    [429, { class: 'permanent' }],
    [302, { class: 'permanent' }],
    [500, { class: 'retryable', reason: 'backend_refused' }],
    [503, { class: 'retryable' }],
  ])('status %d', async (status, expected) => {
    const { send, books } = await start(once, { answers: [status] });
    const failure = await send(resource(service, gauge('g', point(1, 60)))).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (expected) expect(failure).toMatchObject({ ...expected, message: expect.stringContaining(`status ${status}`) });
    else expect(failure).toBeUndefined();
    expect(books.balance).toBe(0);
    expect(total(books.returnedItems)).toBe(expected ? 1 : 0);
  });

  test('429 is sent again with the gate, when the backend asks for it', async () => {
    const gates = ['exporter.prometheusremotewritexporter.RetryOn429'];
    const { send, seen, clock, requests, lines } = await start(direct, { hold: true, gates });
    const sent = send(resource(service, gauge('g', point(1, 60))));
    (await seen(1))[0]!.answer(429, { 'retry-after': '7' });
    // Time that passed before the answer is read would end the attempt instead.
    await until('a wait', () => lines.some(({ message }) => message.includes('Will retry')));
    await clock.pass(6999);
    expect(requests).toHaveLength(1);
    await clock.pass(1);
    (await seen(2))[1]!.answer(200);
    await sent;
  });

  test('of several requests only what failed is sent again, and what was refused for good is dropped', async () => {
    const { send, requests, books, clock } = await start(
      { ...direct, max_batch_size_bytes: 400, max_batch_request_parallelism: 1 },
      { answers: [200, 400, 503] },
    );
    const all = Array.from({ length: 40 }, (_, i) => point(i, 60, { i: `${i}` }));
    const sent = send(resource(service, gauge('g', ...all), deltaCounter('d', point(1, 60))));
    await until('three requests', () => requests.length >= 3);
    const [ok = [], refused = [], later = []] = requests.slice(0, 3).map((request) => Object.keys(seriesOf(request)));
    await until('the rest', async () => {
      await clock.pass(200);
      return books.outItems > 0;
    });
    await sent;
    const again = requests.slice(3).flatMap((request) => Object.keys(seriesOf(request)));
    expect(again.slice(0, later.length)).toEqual(later);
    expect([...ok, ...refused, ...again].toSorted()).toEqual(all.map((_, i) => `__name__=g,i=${i},job=a`).toSorted());
    expect(books.droppedItems).toEqual({ delta_temporality: 1, rejected_by_backend: refused.length });
    expect(books).toMatchObject({ inItems: 41, outItems: 40 - refused.length, balance: 0 });
    for (const { bytes } of requests) expect(bytes).toBeLessThan(500);
  });

  test('many samples of one series leave in requests that wait for each other, also for a retry', async () => {
    const { send, seen, requests, books, clock } = await start(
      { ...direct, max_batch_size_bytes: 1000 },
      { hold: true },
    );
    const all = Array.from({ length: 60 }, (_, i) => point(i, i));
    const sent = send(resource(service, counter('c', ...all)));
    (await seen(1))[0]!.answer(200);
    (await seen(2))[1]!.answer(503);
    for (let i = 2; requests.length < 60 && books.outItems === 0; i++) {
      await until('the next request', async () => {
        await clock.pass(200);
        return requests.length > i || books.outItems > 0;
      });
      // Only one is ever on its way.
      expect(requests.length).toBeLessThanOrEqual(i + 1);
      requests[i]?.answer(200);
    }
    await sent;
    const values = requests.map((request) =>
      Object.values(seriesOf(request))
        .flat()
        .map(([value]) => value),
    );
    expect(values[2]![0]).toEqual(values[1]![0]);
    expect(values.toSpliced(1, 1).flat()).toEqual(all.map((_, i) => i));
    for (const { bytes } of requests) expect(bytes).toBeLessThanOrEqual(1000);
    expect(requests.length).toBeLessThan(20);
    expect(books).toMatchObject({ inItems: 60, outItems: 60, balance: 0 });
  });

  test('histogram points of one series keep to the size of a request', async () => {
    const { send, requests, books } = await start({ ...direct, max_batch_size_bytes: 100_000 });
    const bounds = Array.from({ length: 20 }, (_, i) => i);
    const dataPoints = Array.from({ length: 40 }, (_, i) => ({
      ...point(0, i, { wide: 'v'.repeat(1000) }),
      asDouble: undefined,
      count: String(i),
      bucketCounts: [...bounds.map(() => '0'), '0'],
      explicitBounds: bounds,
    }));
    await send(resource({}, { name: 'h', histogram: { aggregationTemporality: 2, dataPoints } }));
    for (const { bytes } of requests) expect(bytes).toBeLessThanOrEqual(100_000);
    const counts = requests.flatMap((request) =>
      messagesAt(request.body, 1)
        .filter((series) => textAt(messagesAt(series, 1)[0]!, 2) === 'h_count')
        .flatMap((series) => messagesAt(series, 2).map((sample) => doubleAt(sample, 1))),
    );
    expect(counts).toEqual(dataPoints.map((_, i) => i));
    expect(books).toMatchObject({ inItems: 40, outItems: 40, balance: 0 });
  });

  test('the order of a series is kept through retries, while other series pass', async () => {
    const { send, seen, requests, clock } = await start({}, { hold: true });
    await send(resource(service, gauge('g', point(1, 60))));
    await seen(1);
    await send(resource(service, gauge('g', point(2, 120))));
    await send(resource({ 'service.name': 'b' }, gauge('g', point(9, 60))));
    const [first, other] = await seen(2);
    expect(seriesOf(other!)).toEqual({ '__name__=g,job=b': [[9, 1_700_000_060_000]] });
    other!.answer(200);
    first!.answer(503);
    await until('the second attempt', async () => {
      await clock.pass(50);
      return requests.length > 2;
    });
    expect(seriesOf(requests[2]!)).toEqual({ '__name__=g,job=a': [[1, 1_700_000_060_000]] });
    requests[2]!.answer(200);
    expect(seriesOf((await seen(4))[3]!)).toEqual({ '__name__=g,job=a': [[2, 1_700_000_120_000]] });
    requests[3]!.answer(200);
  });

  test('metadata follows in a request of its own, and its failure loses nothing', async () => {
    const { send, requests, books } = await start({ ...once, send_metadata: true }, { answers: [200, 500] });
    await send(resource(service, { ...gauge('g', point(1, 60)), unit: 's', description: 'help' }));
    expect(requests).toHaveLength(2);
    const [metadata] = messagesAt(requests[1]!.body, 3);
    expect([integerAt(metadata!, 1), textAt(metadata!, 2), textAt(metadata!, 4), textAt(metadata!, 5)]).toEqual([
      2,
      'g_seconds',
      'help',
      'seconds',
    ]);
    expect(books).toMatchObject({ outItems: 1, balance: 0 });
  });
});

describe('options that cannot be are faults that name their place', () => {
  test.each<[object, string, readonly string[]]>([
    [{}, 'invalid endpoint', ['endpoint']],
    [{ endpoint: 'http://a', wal: {} }, 'wal is not supported', ['wal']],
    [{ endpoint: 'http://a', external_labels: { a: '' } }, 'empty key or value', ['external_labels', 'a']],
  ])('%j', (settings, message, path) => {
    expect(faultsInUse(definition.config, settings)).toMatchObject([
      { message: expect.stringContaining(message), path },
    ]);
  });

  test('names with all characters need version 2', () => {
    const { success, error } = definition.config.safeParse({
      endpoint: 'http://a',
      translation_strategy: 'NoTranslation',
    });
    expect([success, error?.issues[0]?.path]).toEqual([false, ['translation_strategy']]);
  });
});
