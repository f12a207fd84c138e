import { afterEach, beforeEach, expect, test } from 'vitest';
import { ScrapeTarget } from '../../../test/support/scrape-target.js';
import { about, ofTarget, ScrapeWorld, short } from '../../../test/support/scrape-world.js';

let target: ScrapeTarget;
let world: ScrapeWorld | undefined;
beforeEach(async () => {
  target = await ScrapeTarget.start();
});
afterEach(async () => {
  await world?.stop();
  await target.stop();
});

const openMetrics = (body: string): void => {
  target.page = () => ({ body: `${body}# EOF\n`, type: 'application/openmetrics-text; version=1.0.0; charset=utf-8' });
};

const at = '1700000001001';

test('each type has its form in OTLP', async () => {
  target.body = [
    '# HELP c_total A counter.',
    '# TYPE c_total counter',
    'c_total{a="1"} 5',
    '# TYPE g gauge',
    'g 1.5 1600000000000',
    'u{empty=""} 2',
    '# TYPE h histogram',
    'h_bucket{le="1"} 1',
    'h_bucket{le="+Inf"} 4',
    'h_bucket{le="0.5"} 1',
    'h_sum 7',
    'h_count 4',
    '# TYPE s summary',
    's{quantile="0.9"} 3',
    's{quantile="0.5"} 2',
    's_count 4',
    's_sum 7',
    '',
  ].join('\n');
  world = await ScrapeWorld.job(target.address);
  const points = await world.pass(1, 1);
  const resource = {
    'service.name': 'job',
    'service.instance.id': target.address,
    'server.port': String(target.port),
    'url.scheme': 'http',
  };
  const scope = {
    name: 'github.com/open-telemetry/opentelemetry-collector-contrib/receiver/prometheusreceiver',
    version: '0',
  };
  const common = { resource, scope, unit: undefined, description: undefined, monotonic: undefined, attributes: {} };
  const timeUnixNano = `${at}000000`;
  expect(ofTarget(points)).toEqual([
    {
      ...common,
      name: 'c_total',
      type: 'counter',
      kind: 'sum',
      monotonic: true,
      description: 'A counter.',
      attributes: { a: '1' },
      point: { timeUnixNano, asDouble: 5 },
    },
    {
      ...common,
      name: 'g',
      type: 'gauge',
      kind: 'gauge',
      point: { timeUnixNano: '1600000000000000000', asDouble: 1.5 },
    },
    { ...common, name: 'u', type: 'unknown', kind: 'gauge', point: { timeUnixNano, asDouble: 2 } },
    {
      ...common,
      name: 'h',
      type: 'histogram',
      kind: 'histogram',
      point: { timeUnixNano, count: '4', sum: 7, bucketCounts: ['1', '0', '3'], explicitBounds: [0.5, 1] },
    },
    {
      ...common,
      name: 's',
      type: 'summary',
      kind: 'summary',
      point: {
        timeUnixNano,
        count: '4',
        sum: 7,
        quantileValues: [
          { quantile: 0.5, value: 2 },
          { quantile: 0.9, value: 3 },
        ],
      },
    },
  ]);
  expect(about(points)).toMatchObject({
    up: 1,
    samples_scraped: 12,
    samples_post_metric_relabeling: 12,
    series_added: 12,
  });
  expect(points.find(({ name }) => name === 'scrape_duration_seconds')).toMatchObject({
    unit: 's',
    description: 'Duration of the scrape',
    type: 'gauge',
  });
});

test('OpenMetrics: start times, exemplars, units, info, states', async () => {
  openMetrics(
    [
      '# TYPE req_seconds histogram',
      '# UNIT req_seconds seconds',
      'req_seconds_bucket{le="1.0"} 1 # {trace_id="0af7651916cd43dd8448eb211c80319c",' +
        'span_id="b7ad6b7169203331",user="u"} 0.5 1600000000.5',
      'req_seconds_bucket{le="+Inf"} 2 # {trace_id="short"} 9',
      'req_seconds_count 2',
      'req_seconds_sum 9.5',
      'req_seconds_created 1500000000.25',
      '# TYPE c counter',
      'c_total 3',
      'c_created 1500000000',
      '# TYPE build info',
      'build_info{version="1"} 1',
      '# TYPE door stateset',
      'door{door="open"} 1',
      'door{door="shut"} 0',
      '# TYPE x unknown',
      'x 1',
      '',
    ].join('\n'),
  );
  world = await ScrapeWorld.job(target.address);
  const points = ofTarget(await world.pass(1, 1));
  expect(points.map(({ name, kind, monotonic, type, unit }) => [name, kind, monotonic, type, unit])).toEqual([
    ['req_seconds', 'histogram', undefined, 'histogram', 's'],
    ['c_total', 'sum', true, 'counter', undefined],
    ['build', 'sum', undefined, 'info', undefined],
    ['door', 'sum', undefined, 'stateset', undefined],
    ['door', 'sum', undefined, 'stateset', undefined],
    ['x', 'gauge', undefined, 'unknown', undefined],
  ]);
  expect(points[0]?.point).toMatchObject({
    startTimeUnixNano: '1500000000250000000',
    exemplars: [
      {
        timeUnixNano: '1600000000500000000',
        asDouble: 0.5,
        traceId: '0af7651916cd43dd8448eb211c80319c',
        spanId: 'b7ad6b7169203331',
        filteredAttributes: [{ key: 'user', value: { stringValue: 'u' } }],
      },
      {
        timeUnixNano: `${at}000000`,
        asDouble: 9,
        filteredAttributes: [{ key: 'trace_id', value: { stringValue: 'short' } }],
      },
    ],
  });
  expect(points[1]?.point).toMatchObject({ startTimeUnixNano: '1500000000000000000', asDouble: 3 });
  expect(points.slice(3, 5).map(({ attributes }) => attributes)).toEqual([{ door: 'open' }, { door: 'shut' }]);
});

test('target_info describes the resource, and labels of a scope the scope', async () => {
  target.body = [
    '# TYPE target_info gauge',
    'target_info{service_version="2",host="h"} 1',
    'a{otel_scope_name="lib",otel_scope_version="1",otel_scope_schema_url="u",otel_scope_x="y",b="c"} 1',
    'a{b="c"} 2',
    'f{job="other",instance="1.2.3.4:80"} 3',
    '',
  ].join('\n');
  world = await ScrapeWorld.job(target.address, { honor_labels: true });
  const points = ofTarget(await world.pass(1, 1));
  const ownResource = expect.objectContaining({ 'service.name': 'job', service_version: '2', host: 'h' });
  expect(points.map(({ resource, scope, name, attributes }) => [resource, scope, name, attributes])).toEqual([
    [ownResource, { name: 'lib', version: '1', schemaUrl: 'u', attributes: { x: 'y' } }, 'a', { b: 'c' }],
    [ownResource, expect.objectContaining({ version: '0' }), 'a', { b: 'c' }],
    [
      {
        'service.name': 'other',
        'server.address': '1.2.3.4',
        'service.instance.id': '1.2.3.4:80',
        'server.port': '80',
        'url.scheme': 'http',
      },
      expect.objectContaining({ version: '0' }),
      'f',
      {},
    ],
  ]);
});

test('the labels of a sample get another name where the target has them; relabelling drops and changes', async () => {
  target.body = 'a{job="x",exported_job="y",keep="1"} 1\nb 2\nc{z="1"} 3\n';
  world = await ScrapeWorld.job(target.address, {
    static_configs: [{ targets: [target.address], labels: { env: 'prod' } }],
    metric_relabel_configs: [
      { source_labels: ['__name__'], regex: 'b', action: 'drop' },
      { source_labels: ['z'], target_label: 'z', regex: '1', replacement: 'one' },
      { source_labels: ['__name__'], target_label: '__name__', regex: 'c', replacement: 'renamed' },
    ],
  });
  const points = await world.pass(1, 1);
  expect(short(ofTarget(points))).toEqual([
    'a{env=prod,exported_exported_job=x,exported_job=y,keep=1} 1',
    'renamed{env=prod,z=one} 3',
  ]);
  expect(about(points)).toMatchObject({ samples_scraped: 3, samples_post_metric_relabeling: 2, series_added: 2 });
});

test('a histogram without its count, or with falling buckets, is no point, and is counted', async () => {
  target.body = [
    '# TYPE h histogram',
    'h_bucket{a="1",le="1"} 3',
    'h_bucket{a="1",le="+Inf"} 3',
    'h_sum{a="1"} 1',
    'h_bucket{a="2",le="1"} 3',
    'h_bucket{a="2",le="2"} 1',
    'h_count{a="2"} 3',
    'h_bucket{a="3",le="1"} 3',
    'h_count{a="3"} 4',
    'h_bucket{a="4"} 1',
    '',
  ].join('\n');
  world = await ScrapeWorld.job(target.address);
  const points = await world.pass(1, 1);
  expect(ofTarget(points).map(({ attributes, point }) => [attributes, point['sum'], point['bucketCounts']])).toEqual([
    [{ a: '3' }, undefined, ['3', '1']],
  ]);
  expect(world.world.metrics['otelcol_receiver_refused_metric_points']).toBe(3);
  expect(world.world.metrics['otelcol_receiver_accepted_metric_points']).toBe(6);
});

test('of two samples of one series the first counts', async () => {
  target.body = 'a 1\na 2\na{x=""} 3\n';
  world = await ScrapeWorld.job(target.address);
  expect(short(ofTarget(await world.pass(1, 1)))).toEqual(['a 1']);
});

test('a description that changes makes another metric of the same samples', async () => {
  target.body = 'a 1\nh_count 2\n';
  world = await ScrapeWorld.job(target.address);
  expect(short(ofTarget(await world.pass(1, 1)))).toEqual(['a 1', 'h_count 2']);
  target.body = '# TYPE a counter\na 1\n# TYPE h summary\nh_count 2\n';
  const points = ofTarget(await world.pass(10_000, 2));
  expect(points.map(({ name, kind, point }) => [name, kind, point['flags']])).toEqual([
    ['a', 'gauge', 1],
    ['h_count', 'gauge', 1],
    ['a', 'sum', undefined],
    ['h', 'summary', undefined],
  ]);
  target.body = '# TYPE a counter\na 2\n# TYPE h summary\nh_count 3\n';
  const last = await world.pass(10_000, 3);
  expect(short(ofTarget(last))).toEqual(['a 2', 'h 3']);
  expect(about(last)['series_added']).toBe(0);
});

test('trim_metric_suffixes, external labels and the extra metrics', async () => {
  openMetrics('# TYPE x_seconds counter\n# UNIT x_seconds seconds\nx_seconds_total 1\n');
  const job = { job_name: 'job', static_configs: [{ targets: [target.address] }], sample_limit: 7 };
  world = await new ScrapeWorld().start({
    config: { global: { external_labels: { region: 'eu' } }, scrape_configs: [job] },
    trim_metric_suffixes: true,
    report_extra_scrape_metrics: true,
  });
  const points = await world.pass(1, 1);
  expect(short(ofTarget(points))).toEqual(['x{region=eu} 1']);
  expect(about(points)).toMatchObject({ timeout_seconds: 10, sample_limit: 7 });
  expect(points.find(({ name }) => name === 'up')?.attributes).toEqual({ region: 'eu' });
});

test('the attributes of target_info are those of the latest scrape, and stay for the end of the series', async () => {
  const bodies = ['target_info{a="1",b="2"} 1\nx 1\n', 'target_info{b="3"} 1\nx 1\n', 'x 1\n'];
  const seen: unknown[] = [];
  target.page = () => ({ body: bodies[0] ?? '' });
  world = await ScrapeWorld.job(target.address);
  for (const [i, body] of [...bodies, bodies[0], '?'].entries()) {
    target.page = () => ({ body: body ?? '' });
    const [point] = ofTarget(await world.pass(i === 0 ? 1 : 10_000, i + 1));
    seen.push([point?.resource['a'], point?.resource['b'], point?.point['flags']]);
  }
  expect(seen).toEqual([
    ['1', '2', undefined],
    [undefined, '3', undefined],
    [undefined, undefined, undefined],
    ['1', '2', undefined],
    ['1', '2', 1],
  ]);
});

test('a gauge histogram has no form in OTLP, and is counted', async () => {
  openMetrics('# TYPE g gaugehistogram\ng_bucket{le="1.0"} 1\ng_bucket{le="+Inf"} 2\ng_gcount 2\ng_gsum 1\n');
  world = await ScrapeWorld.job(target.address);
  expect(ofTarget(await world.pass(1, 1))).toEqual([]);
  await world.until(() => world?.world.metrics['otelcol_receiver_refused_metric_points'] === 4);
});

test('an empty label is no label', async () => {
  target.body = 'a{x="",y="1"} 1\n';
  world = await ScrapeWorld.job(target.address, {
    label_limit: 4,
    metric_relabel_configs: [{ regex: 'x', action: 'labelmap', replacement: 'z' }],
  });
  expect(short(ofTarget(await world.pass(1, 1)))).toEqual(['a{y=1} 1']);
});

test('bounds that are written differently and are the same number are one bucket', async () => {
  target.body = '# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="1.0"} 1\nh_bucket{le="2"} 2\nh_count 3\n';
  world = await ScrapeWorld.job(target.address);
  const [point] = ofTarget(await world.pass(1, 1));
  expect(point?.point).toMatchObject({ explicitBounds: [1, 2], bucketCounts: ['1', '1', '1'] });
});

test('of labels that the target has as well the shortest name is moved first', async () => {
  target.body = 'a{x="1",exported_x="2"} 1\n';
  world = await ScrapeWorld.job(target.address, {
    static_configs: [{ targets: [target.address], labels: { x: 't', exported_x: 'u' } }],
  });
  expect(ofTarget(await world.pass(1, 1))[0]?.attributes).toEqual({
    x: 't',
    exported_x: 'u',
    exported_exported_x: '1',
    exported_exported_exported_x: '2',
  });
});
