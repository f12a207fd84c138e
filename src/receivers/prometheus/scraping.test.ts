import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DeliveryError } from '../../component/delivery-error.js';
import { freePorts } from '../../../test/support/program.js';
import { ScrapeTarget } from '../../../test/support/scrape-target.js';
import { about, ofTarget, ScrapeWorld, short } from '../../../test/support/scrape-world.js';

let target: ScrapeTarget;
let world: ScrapeWorld | undefined;
let folder: string;
beforeEach(async () => {
  target = await ScrapeTarget.start('a 1\n');
  folder = await mkdtemp(path.join(tmpdir(), 'kanmon-prometheus-'));
});
afterEach(async () => {
  await world?.stop();
  world = undefined;
  await target.stop();
  await rm(folder, { recursive: true, force: true });
});

const failures = (of: ScrapeWorld): string[] =>
  of.world.lines
    .filter(({ message }) => message === 'Failed to scrape Prometheus endpoint')
    .map(({ fields }) => (fields?.['error'] as Error | undefined)?.message ?? '');

test('a series that is gone ends once, and may come back', async () => {
  target.body = 'a{x="1"} 1\na{x="2"} 2\n# TYPE h histogram\nh_bucket{le="1"} 1\nh_count 2\n';
  world = await ScrapeWorld.job(target.address);
  await world.pass(1, 1);
  target.body = 'a{x="2"} 3\n';
  const second = await world.pass(10_000, 2);
  expect(short(ofTarget(second))).toEqual(['a{x=2} 3', 'a{x=1} stale', 'h stale']);
  const ended = ofTarget(second)[2]?.point;
  expect(ended).toMatchObject({
    flags: 1,
    timeUnixNano: '1700000011001000000',
    bucketCounts: ['0', '0'],
    explicitBounds: [1],
  });
  expect(short(ofTarget(await world.pass(10_000, 3)))).toEqual(['a{x=2} 3']);
  target.body = 'a{x="1"} 4\na{x="2"} 5\n';
  const last = await world.pass(10_000, 4);
  expect(short(ofTarget(last))).toEqual(['a{x=1} 4', 'a{x=2} 5']);
  expect(about(last)).toMatchObject({ series_added: 1, samples_scraped: 2 });
});

test('a scrape that fails ends all series, and up is 0 until it works again', async () => {
  // One that nobody gets while nothing listens there.
  const [port = 0] = await freePorts(1);
  await target.stop();
  target = await ScrapeTarget.start('a 1\n', port);
  world = await ScrapeWorld.job(target.address);
  await world.pass(1, 1);
  target.page = () => ({ status: 503, body: 'b 1\n' });
  const failed = await world.pass(10_000, 2);
  expect(short(ofTarget(failed))).toEqual(['a stale']);
  expect(about(failed)).toMatchObject({ up: 0, samples_scraped: 0, series_added: 0 });
  await target.stop();
  expect(short(ofTarget(await world.pass(10_000, 3)))).toEqual([]);
  target = await ScrapeTarget.start('a 2\n', port);
  const back = await world.pass(10_000, 4);
  expect(short(ofTarget(back))).toEqual(['a 2']);
  expect(about(back)).toMatchObject({ up: 1, series_added: 0 });
  expect(failures(world)).toEqual(['server returned HTTP status 503', expect.stringContaining('ECONNREFUSED')]);
});

test('a body that breaks off in the middle counts for nothing', async () => {
  world = await ScrapeWorld.job(target.address);
  await world.pass(1, 1);
  target.body = 'a 2\nb 3\nbroken\nc 4\n';
  const points = await world.pass(10_000, 2);
  expect(short(ofTarget(points))).toEqual(['a stale']);
  expect(about(points)).toMatchObject({
    up: 0,
    samples_scraped: 2,
    samples_post_metric_relabeling: 2,
    series_added: 1,
  });
  expect(failures(world)).toEqual(['expected value after metric, got ""']);
});

test('samples with times of their own end only when that is asked for', async () => {
  target.body = 'a 1 1600000000000\n';
  world = await ScrapeWorld.job(target.address);
  await world.pass(1, 1);
  target.body = '';
  expect(ofTarget(await world.pass(10_000, 2))).toEqual([]);
  await world.stop();
  target.body = 'a 1 1600000000000\n';
  world = await ScrapeWorld.job(target.address, { track_timestamps_staleness: true });
  await world.pass(1, 1);
  target.body = '';
  expect(short(ofTarget(await world.pass(10_000, 2)))).toEqual(['a stale']);
  await world.stop();
  target.body = 'a 1 1600000000000\n';
  world = await ScrapeWorld.job(target.address, { honor_timestamps: false });
  expect(ofTarget(await world.pass(1, 1))[0]?.point['timeUnixNano']).toBe('1700000001001000000');
});

test.each([
  [{ sample_limit: 2 }, 'sample limit exceeded'],
  [{ label_limit: 3 }, 'label_limit exceeded (metric: a, number of labels: 4, limit: 3)'],
  [
    { label_name_length_limit: 7 },
    'label_name_length_limit exceeded (metric: a, label name: __name__, length: 8, limit: 7)',
  ],
  [{ label_value_length_limit: 5 }, 'label_value_length_limit exceeded'],
  [{ body_size_limit: '10B' }, 'body size limit exceeded'],
  [
    { target_limit: 1, static_configs: [{ targets: ['TARGET', '127.0.0.1:1'] }] },
    'target_limit exceeded (number of targets: 2, limit: 1)',
  ],
])('%j', async (limits, words) => {
  target.body = 'a{x="toolong"} 1\nb 2\nc 3\n';
  const given = JSON.parse(JSON.stringify(limits).replace('TARGET', target.address)) as Record<string, unknown>;
  world = await ScrapeWorld.job(target.address, given);
  const points = await world.pass(1, 1);
  expect(ofTarget(points)).toEqual([]);
  expect(about(points)['up']).toBe(0);
  expect(failures(world)[0]).toContain(words);
});

test('a target that is too slow costs its own scrape, at its timeout', async () => {
  target.page = () => ({ body: '', silent: true });
  world = await ScrapeWorld.job(target.address, { scrape_timeout: '2s' });
  await world.world.clock.pass(1);
  await world.until(() => target.requests.length === 1);
  await world.world.clock.pass(1999);
  expect(world.batches).toEqual([]);
  const points = await world.pass(1, 1);
  expect(about(points)).toMatchObject({ up: 0, duration_seconds: 2 });
  expect(failures(world)).toEqual(['context deadline exceeded']);
  expect(target.requests[0]?.headers).toMatchObject({
    accept:
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,' +
      'application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,' +
      'text/plain;version=0.0.4;q=0.2,*/*;q=0.1',
    'accept-encoding': 'gzip',
    'x-prometheus-scrape-timeout-seconds': '2',
  });
});

test('gzip is read within the limit of the plain body', async () => {
  const page = { body: gzipSync(`a 1\n${'#'.repeat(5000)}\n`), headers: { 'content-encoding': 'gzip' } };
  target.page = () => page;
  world = await ScrapeWorld.job(target.address, { body_size_limit: '6KB' });
  expect(short(ofTarget(await world.pass(1, 1)))).toEqual(['a 1']);
  await world.stop();
  world = await ScrapeWorld.job(target.address, { body_size_limit: '4KB' });
  expect(about(await world.pass(1, 1))['up']).toBe(0);
  expect(failures(world)).toEqual(['body size limit exceeded']);
});

test('without memory for the body or its series the scrape fails, and later ones go on', async () => {
  world = new ScrapeWorld({ budget: 60_000 });
  target.body = `a{x="${'y'.repeat(100_000)}"} 1\n`;
  await world.start(ScrapeWorld.settings(target.address));
  expect(about(await world.pass(1, 1))['up']).toBe(0);
  target.body = Array.from({ length: 2000 }, (_, i) => `a{i="${i}"} 1\n`).join('');
  expect(about(await world.pass(10_000, 2))['up']).toBe(0);
  expect(failures(world)).toEqual(Array(2).fill('the memory for receiving is exhausted'));
  target.body = 'a 1\n';
  expect(about(await world.pass(10_000, 3))['up']).toBe(1);
});

test('a refused batch is counted, and the next scrape goes on', async () => {
  world = await ScrapeWorld.job(target.address);
  world.refuse = new DeliveryError('full', { class: 'retryable', reason: 'queue_full' });
  await world.world.clock.pass(1);
  await world.until(() => world?.world.metrics['otelcol_receiver_refused_metric_points'] === 6);
  expect(world.contexts[0]?.deadline).toBe(1000 + 1 + 10_000);
  world.refuse = undefined;
  expect(short(ofTarget(await world.pass(10_000, 1)))).toEqual(['a 1']);
  expect(world.world.metrics['otelcol_receiver_accepted_metric_points']).toBe(6);
});

test('credentials go to the target, and not where it redirects to', async () => {
  const other = await ScrapeTarget.start('b 1\n');
  const file = path.join(folder, 'token');
  await writeFile(file, 's3cret\n');
  target.page = () => ({ status: 302, headers: { location: `http://${other.address}/x` }, body: '' });
  world = await ScrapeWorld.job(target.address, {
    authorization: { credentials_file: file },
    http_headers: { 'X-Tenant': { values: ['one'] } },
    metrics_path: '/probe',
    params: { module: ['http', 'tcp'] },
    relabel_configs: [{ target_label: '__param_target', replacement: 'x' }],
  });
  expect(short(ofTarget(await world.pass(1, 1)))).toEqual(['b 1']);
  expect(target.requests[0]?.headers).toMatchObject({ authorization: 'Bearer s3cret', 'x-tenant': 'one' });
  expect(target.requests[0]?.url).toBe('/probe?module=http&module=tcp&target=x');
  expect(other.requests[0]?.headers['authorization']).toBeUndefined();
  expect(other.requests[0]?.headers['x-tenant']).toBeUndefined();
  await world.stop();
  world = await ScrapeWorld.job(target.address, {
    follow_redirects: false,
    basic_auth: { username: 'u', password: 'p' },
  });
  expect(about(await world.pass(1, 1))['up']).toBe(0);
  expect(target.requests.at(-1)?.headers['authorization']).toBe(`Basic ${Buffer.from('u:p').toString('base64')}`);
  await other.stop();
});

test('targets are relabelled before they are scraped', async () => {
  world = await ScrapeWorld.job('unused:1', {
    static_configs: [{ targets: ['drop:1', 'keep:2'], labels: { __meta_real: target.address, team: 'a' } }],
    relabel_configs: [
      { source_labels: ['__address__'], regex: 'drop.*', action: 'drop' },
      { source_labels: ['__address__'], target_label: 'instance' },
      { source_labels: ['__meta_real'], target_label: '__address__' },
    ],
  });
  const points = await world.pass(1, 1);
  expect(short(ofTarget(points))).toEqual(['a{team=a} 1']);
  expect(points[0]?.resource).toMatchObject({ 'service.instance.id': 'keep:2', 'server.address': 'keep' });
  expect(target.requests).toHaveLength(1);
});

test('scrape_on_shutdown scrapes once more at the end', async () => {
  world = await ScrapeWorld.job(target.address, {}, { scrape_on_shutdown: true, initial_scrape_offset: '1h' });
  await world.stop();
  expect(world.batches.map((points) => short(ofTarget(points)))).toEqual([['a 1']]);
});

test('many series leave in several batches, and what is not there any more is forgotten', async () => {
  const page = (from: number, count: number): string =>
    Array.from({ length: count }, (_, i) => `a{i="${from + i}",filler="${'x'.repeat(2500)}"} ${i}\n`).join('');
  target.body = page(0, 1000);
  world = await ScrapeWorld.job(target.address);
  world.unread = true;
  await world.world.clock.pass(1);
  const seen = (): number => world?.world.metrics['otelcol_receiver_accepted_metric_points'] ?? 0;
  await world.until(() => seen() === 1005);
  expect(world.batches.length).toBeGreaterThan(1);
  const memory = world.world.budget.used;
  for (let round = 1; round <= 8; round++) {
    target.body = page(round * 1000, 1000);
    await world.world.clock.pass(10_000);
    // Those that ended, those that began, and the scrape itself.
    await world.until(() => seen() === 1005 + round * 2005);
    expect(world.world.budget.used).toBeLessThan(memory * 6);
  }
});

test('the end does not wait for a target, nor beyond the deadline for the pipelines', async () => {
  target.page = () => ({ body: '', silent: true });
  world = await ScrapeWorld.job(target.address);
  await world.world.clock.pass(1);
  await world.until(() => target.requests.length === 1);
  await world.stop();
  expect(world.batches).toEqual([]);

  target.body = 'a 1\n';
  world = await ScrapeWorld.job(target.address);
  world.stuck = true;
  await world.world.clock.pass(1);
  await world.until(() => (world?.contexts.length ?? 0) === 1);
  const deadline = new AbortController();
  const ended = world.stop(deadline.signal);
  deadline.abort();
  await ended;
  expect(world.contexts[0]?.signal?.cancelledBy).toBe('drain');
});
