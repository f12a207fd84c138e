import { faultsInUse } from '../../../test/support/faults-in-use.js';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { parseExposition, type Exposition } from '../../../test/support/exposition.js';
import { heldWorld, type HeldWorld } from '../../../test/support/held-world.js';
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
import { delimited, textAt } from '../../../test/support/plain-protobuf.js';
import { freePorts } from '../../../test/support/program.js';
import { emptyContext } from '../../component/consumer.js';
import type { Exporter } from '../../component/define.js';
import type { Batch } from '../../otlp/batch.js';
import { definition } from './index.js';

const running: Exporter[] = [];

afterEach(async () => {
  for (const exporter of running.splice(0)) await exporter.shutdown?.(new AbortController().signal);
});

interface Running extends HeldWorld {
  readonly port: number;
  send(...resources: readonly Json[]): Promise<void>;
  consume(batch: Batch): Promise<void>;
  page(headers?: Readonly<Record<string, string>>): Promise<Exposition>;
}

async function start(settings: object = {}, budget?: number): Promise<Running> {
  const world = heldWorld({ signal: 'metrics', id: 'prometheus', ...(budget === undefined ? {} : { budget }) });
  const [port = 0] = await freePorts(1);
  const config = definition.config.parse({ endpoint: `127.0.0.1:${port}`, without_scope_info: true, ...settings });
  const exporter = await definition.create(config, world.context);
  await exporter.start?.(hostWith());
  running.push(exporter);
  const consume = (batch: Batch): Promise<void> => exporter.consume(batch, emptyContext);
  return {
    ...world,
    port,
    consume,
    send: (...resources) => consume(metricsBatch(...resources)),
    page: async (headers) => parseExposition((await get(port, headers)).body.toString()),
  };
}

function get(
  port: number,
  headers: Readonly<Record<string, string>> = {},
  path = '/metrics',
): Promise<{ status: number; headers: http.IncomingHttpHeaders; body: Buffer }> {
  return new Promise((resolve, reject) => {
    http
      .get({ host: '127.0.0.1', port, path, headers, agent: false }, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }),
        );
      })
      .on('error', reject);
  });
}

const service = { 'service.name': 'a' };
const values = ({ samples }: Exposition): Record<string, number> =>
  Object.fromEntries(
    samples.map(({ name, labels, value }) => [`${name}${JSON.stringify(labels)}`.replaceAll('"', ''), value]),
  );

describe('deltas are added up', () => {
  test('where the next one begins at the end of the last, whatever kind of number', async () => {
    const { send, page, books } = await start();
    await send(resource(service, deltaCounter('d', point(1, 60))));
    await send(resource(service, deltaCounter('d', { ...point(0, 120, {}, 60), asDouble: undefined, asInt: '2' })));
    await send(resource(service, deltaCounter('d', point(0.5, 180, {}, 120))));
    expect(values(await page())).toEqual({ 'd_total{job:a}': 3.5 });
    expect(books).toMatchObject({ inItems: 3, outItems: 3, balance: 0 });
  });

  test('begins anew behind a gap, and drops what is older', async () => {
    const { send, page, books } = await start();
    await send(resource(service, deltaCounter('d', point(10, 60))));
    await send(resource(service, deltaCounter('d', point(5, 180, {}, 120))));
    expect(values(await page())).toEqual({ 'd_total{job:a}': 5 });
    await send(resource(service, deltaCounter('d', point(7, 100, {}, 60))));
    expect(values(await page())).toEqual({ 'd_total{job:a}': 5 });
    expect(books.droppedItems).toEqual({ out_of_order: 1 });
    expect(books.balance).toBe(0);
  });

  test('histograms of two scales are added at the coarser one', async () => {
    const { send, port } = await start();
    const part = (scale: number, offset: number, bucketCounts: readonly string[], time: number): Json =>
      resource(service, {
        name: 'h',
        exponentialHistogram: {
          aggregationTemporality: 1,
          dataPoints: [
            {
              ...point(0, time, {}, time - 60),
              asDouble: undefined,
              scale,
              count: '4',
              sum: 8,
              zeroCount: '1',
              positive: { offset, bucketCounts },
            },
          ],
        },
      });
    await send(part(1, 2, ['1', '2'], 60));
    await send(part(0, 0, ['1', '2'], 120));
    const page = await get(port, {
      accept: 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited',
    });
    expect(page.headers['content-type']).toContain('application/vnd.google.protobuf');
    const [family] = delimited(page.body);
    expect(textAt(family!, 1)).toBe('h');
    // Buckets 2 and 3 of scale 1 are bucket 1 of scale 0: 1 at index 0, 2 + 3 at index 1.
    const histogram = nativeOf(family!);
    expect(histogram).toEqual({ count: 8n, schema: 0n, zeroCount: 2n, deltas: [2n, 8n] });
  });
});

function nativeOf(family: ReturnType<typeof delimited>[number]): object {
  const [metric] = [...delimitedMessages(family, 4)];
  const [histogram] = [...delimitedMessages(metric!, 7)];
  return {
    count: histogram?.get(1)?.[0],
    schema: histogram?.get(5)?.[0],
    zeroCount: histogram?.get(7)?.[0],
    deltas: histogram?.get(13),
  };
}

function* delimitedMessages(
  fields: ReturnType<typeof delimited>[number],
  field: number,
): Generator<ReturnType<typeof delimited>[number]> {
  for (const bytes of fields.get(field) ?? []) {
    const length = (bytes as Buffer).length;
    const prefix: number[] = [];
    for (let rest = length; ; rest >>>= 7) {
      prefix.push(rest > 127 ? (rest & 127) | 128 : rest);
      if (rest < 128) break;
    }
    yield* delimited(Buffer.concat([Buffer.from(prefix), bytes as Buffer]));
  }
}

describe('series end', () => {
  test('metric_expiration after their last newer point, and with them their names', async () => {
    const { send, page, clock, metrics, budget } = await start({ metric_expiration: '60s' });
    await send(resource(service, gauge('old', point(1, 60)), gauge('new', point(1, 60))));
    await clock.pass(50_000);
    await send(resource(service, gauge('new', point(2, 110))));
    await clock.pass(11_000);
    expect(values(await page())).toEqual({ 'new{job:a}': 2 });
    await clock.pass(60_000);
    expect((await page()).types).toEqual({});
    expect(metrics['kanmon_exporter_prometheus_expired_series']).toBe(2);
    expect(metrics['kanmon_exporter_prometheus_series']).toBe(0);
    expect(budget.used).toBe(0);
  });

  test('although a point comes again and again with its old time', async () => {
    const { send, page, clock, books, metrics } = await start({ metric_expiration: '60s' });
    const repeat = async (times: number): Promise<void> => {
      for (let i = 0; i < times; i++) {
        await send(resource(service, gauge('repeated', point(1, 60)), gauge('timeless', { asDouble: 1 })));
        await clock.pass(10_000);
      }
    };
    await repeat(5);
    expect(Object.keys(values(await page()))).toEqual(['repeated{job:a}', 'timeless{job:a}']);
    await repeat(20);
    expect(values(await page())).toEqual({ 'timeless{job:a}': 1 });
    expect(books.droppedItems).toEqual({ expired: 18 });
    // News bring it back.
    await send(resource(service, gauge('repeated', point(2, 90))));
    expect(values(await page())).toMatchObject({ 'repeated{job:a}': 2 });
    await clock.pass(61_000);
    expect(metrics['kanmon_exporter_prometheus_series']).toBe(0);
    expect(metrics['kanmon_exporter_prometheus_memory']).toBe(0);
  });

  test('at once with a point that records no value, and no other series of the metric', async () => {
    const { send, page } = await start();
    const labelled = (k: string, flags = 0): Json => ({ ...point(1, 60, { k }), flags });
    await send(resource(service, gauge('g', labelled('a'), labelled('b'))));
    await send(resource(service, gauge('g', labelled('a', 1), labelled('c'))));
    expect(Object.keys(values(await page()))).toEqual(['g{job:a,k:b}', 'g{job:a,k:c}']);
  });
});

describe('conflicts', () => {
  test('one name has one type: the other one is dropped, counted, and logged once', async () => {
    const { send, page, books, lines } = await start();
    await send(resource(service, gauge('x', point(1, 60))));
    for (let i = 0; i < 3; i++) await send(resource(service, { name: 'x', summary: { dataPoints: [{ count: '1' }] } }));
    expect((await page()).types).toEqual({ x: 'gauge' });
    expect(books.droppedItems).toEqual({ type_conflict: 3 });
    expect(lines.filter(({ fields }) => fields?.['reason'] === 'type_conflict')).toHaveLength(1);
    expect(books.balance).toBe(0);
  });

  test('one name has one help: all series are there', async () => {
    const { send, page } = await start();
    await send(resource(service, { ...gauge('x', point(1, 60)), description: 'first' }));
    await send(resource({ 'service.name': 'b' }, { ...gauge('x', point(2, 60)), description: 'second' }));
    const { help, samples } = await page();
    expect(help).toEqual({ x: 'first' });
    expect(samples).toHaveLength(2);
  });

  test('of two resources with one series the newest point counts, and the page is whole', async () => {
    const { send, page } = await start();
    await send(
      resource({ ...service, pid: '1' }, gauge('x', point(1, 60))),
      resource({ ...service, pid: '2' }, gauge('x', point(2, 61))),
    );
    await send(resource({ ...service, pid: '1' }, gauge('x', point(3, 60.5))));
    expect(values(await page())).toEqual({ 'x{job:a}': 2 });
  });

  test('with their attributes as labels they are two series', async () => {
    const { send, page } = await start({ resource_constant_labels: { included: ['p*'] } });
    await send(
      resource({ ...service, pid: '1' }, gauge('x', point(1, 60))),
      resource({ ...service, pid: '2' }, gauge('x', point(2, 60))),
    );
    expect(values(await page())).toEqual({ 'x{job:a,pid:1}': 1, 'x{job:a,pid:2}': 2 });
  });

  test('attributes in another order are the same series', async () => {
    const { send, page } = await start();
    await send(resource(service, gauge('x', point(1, 60, { a: '1', b: '2' }))));
    await send(resource(service, gauge('x', point(2, 70, { b: '2', a: '1' }))));
    expect(values(await page())).toEqual({ 'x{a:1,b:2,job:a}': 2 });
  });

  test('a label le of a histogram gives way to that of its buckets', async () => {
    const { send, page } = await start();
    const dataPoints = [
      { ...point(0, 60, { le: 'x' }), asDouble: undefined, count: '3', bucketCounts: ['1', '2'], explicitBounds: [5] },
    ];
    await send(resource(service, { name: 'h', histogram: { aggregationTemporality: 2, dataPoints } }));
    expect(Object.keys(values(await page()))).toEqual([
      'h_bucket{job:a,le:5}',
      'h_bucket{job:a,le:+Inf}',
      'h_sum{job:a}',
      'h_count{job:a}',
    ]);
  });
});

test('target_info has the attributes that came last, once for each instance', async () => {
  const { send, page } = await start({ metric_expiration: '60s' });
  const of = (x: string, time: number): Json =>
    resource({ ...service, 'service.instance.id': '1', x, 'y.z': '"\n' }, gauge('g', point(1, time)));
  await send(of('p', 60));
  await send(of('q', 120));
  const { samples } = await page();
  expect(samples.filter(({ name }) => name === 'target_info')).toEqual([
    expect.objectContaining({ value: 1, labels: { instance: '1', job: 'a', x: 'q', y_z: '"\n' } }),
  ]);
});

describe('memory', () => {
  test('without room new series are dropped and counted, while known ones go on', async () => {
    const { send, page, books, metrics, lines } = await start({ metric_expiration: '60s' }, 100_000);
    const many = Array.from({ length: 500 }, (_, i) => point(i, 60, { i: `${i}` }));
    await send(resource(service, gauge('g', ...many)));
    const shown = metrics['kanmon_exporter_prometheus_series'] ?? 0;
    expect(shown).toBeGreaterThan(10);
    expect(books.droppedItems).toEqual({ series_limit: 500 - shown });
    expect(metrics['kanmon_exporter_prometheus_memory']).toBeLessThan(100_000);
    await send(resource(service, gauge('g', point(42, 120, { i: '0' }))));
    expect(values(await page())['g{i:0,job:a}']).toBe(42);
    expect(lines.filter(({ fields }) => fields?.['reason'] === 'series_limit')).toHaveLength(1);
    expect(books.balance).toBe(0);
  });

  test('a point that would repeat its labels without bounds is dropped', async () => {
    const { send, page, books, lines, metrics } = await start();
    const many = Array.from({ length: 1000 }, (_, i) => i);
    const wide = { ...point(0, 60, { wide: 'v'.repeat(65_536) }), asDouble: undefined };
    const histogram = { ...wide, explicitBounds: many, bucketCounts: many };
    const summary = { ...wide, quantileValues: many.map((i) => ({ quantile: i, value: i })) };
    await send(
      resource(
        service,
        { name: 'h', histogram: { aggregationTemporality: 2, dataPoints: [histogram] } },
        { name: 's', summary: { dataPoints: [summary] } },
        gauge('g', point(1, 60)),
      ),
    );
    expect(values(await page())).toEqual({ 'g{job:a}': 1 });
    expect(books.droppedItems).toEqual({ too_large: 2 });
    expect(metrics['kanmon_exporter_prometheus_series']).toBe(1);
    expect(lines.map(({ fields }) => fields?.['metric'])).toEqual(['h', 's']);
    expect(books.balance).toBe(0);
  });

  test('everything is given back at the end', async () => {
    const { send, budget } = await start();
    const buckets = { count: '3', bucketCounts: ['1', '2'], explicitBounds: [5] };
    const exemplars = [
      { timeUnixNano: at(60), asDouble: 1, traceId: '01'.repeat(16), filteredAttributes: attributes({ a: 'b' }) },
    ];
    const dataPoints = [{ ...point(0, 60), asDouble: undefined, ...buckets, exemplars }];
    await send(
      resource(
        service,
        { name: 'h', histogram: { aggregationTemporality: 2, dataPoints } },
        counter('c', point(1, 60)),
      ),
    );
    expect(budget.used).toBeGreaterThan(1000);
    await running.splice(0)[0]?.shutdown?.(new AbortController().signal);
    expect(budget.used).toBe(0);
  });
});

describe('scrapes', () => {
  test('any path but /metrics is 404', async () => {
    const { port } = await start();
    expect((await get(port, {}, '/')).status).toBe(404);
    expect((await get(port, {}, '/metrics?x=y')).status).toBe(200);
  });

  test('are compressed for those that read gzip, and say in which format they are', async () => {
    const { port, send } = await start({ enable_open_metrics: true });
    await send(resource(service, counter('c', point(1, 60))));
    const { headers, body } = await get(port, {
      accept: 'application/openmetrics-text;version=1.0.0',
      'accept-encoding': 'gzip',
    });
    expect(headers['content-type']).toBe(
      'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores',
    );
    const page = parseExposition(gunzipSync(body).toString());
    expect(page).toMatchObject({ ended: true, types: { c: 'counter' } });
  });

  /** Enough that sockets and the kernel do not take the page at once. */
  const manySeries = 60_000;

  test('go on in turns of the event loop while series come and go: each series is there once', async () => {
    const { send, page, clock } = await start({ metric_expiration: '60s' });
    const pad = 'x'.repeat(100);
    const many = (from: number, time: number, name: string): Json =>
      resource(
        service,
        gauge(name, ...Array.from({ length: manySeries / 10 }, (_, i) => point(i, time, { i: `${from + i}`, pad }))),
      );
    for (let i = 0; i < 10; i++) await send(many((i * manySeries) / 10, 60, 'g'));
    let turns = 0;
    let made = false;
    const count = (): void => {
      turns++;
      if (!made) setImmediate(count);
    };
    setImmediate(count);
    const being = page();
    // Half of them end, and others come, while the page is being made.
    await clock.pass(1000);
    await send(many(0, 120, 'later'));
    const { samples } = await being;
    made = true;
    const names = samples.map(({ name, labels }) => `${name} ${labels['i']}`);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => name.startsWith('g '))).toHaveLength(manySeries);
    // The page has 8 MB, and a turn one or two pieces of 64 KiB.
    expect(turns).toBeGreaterThan(50);
  });

  test('that nobody reads end, more than eight at once are refused, and others are served', async () => {
    const { send, port, clock, metrics } = await start();
    for (let i = 0; i < 10; i++)
      await send(
        resource(
          service,
          gauge('g', ...Array.from({ length: 6000 }, (_, n) => point(n, 60, { i: `${i}-${n}`, pad: 'x'.repeat(300) }))),
        ),
      );
    const sockets = Array.from({ length: 8 }, () => {
      const socket = net.connect(port, '127.0.0.1');
      socket.on('error', () => {});
      socket.write('GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n');
      return socket;
    });
    // Each has its place: a request that comes before one of them would be the eighth.
    await Promise.all(sockets.map((socket) => once(socket, 'readable')));
    const refused = await get(port);
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '1']);
    const closed = Promise.all(sockets.map((socket) => new Promise((resolve) => socket.on('close', resolve))));
    await clock.pass(120_000);
    for (const socket of sockets) socket.resume();
    await closed;
    expect((await get(port)).status).toBe(200);
    expect(metrics['kanmon_exporter_prometheus_refused_scrapes']).toBe(9);
  });
});

test('an address is needed', () => {
  expect(faultsInUse(definition.config, {})).toMatchObject([
    { message: expect.stringContaining('expecting a non-blank address'), path: ['endpoint'] },
  ]);
});
