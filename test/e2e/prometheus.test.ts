import http from 'node:http';
import { describe, expect } from 'vitest';
import { testWith } from '../support/peers.js';
import { freePorts, startProgram, until, type Program } from '../support/program.js';
import { Prometheus } from '../support/prometheus.js';

const test = testWith('prometheus');

/** Nanoseconds since 1970, `seconds` from now, as OTLP/JSON writes them. */
const at = (ms: number): string => `${Math.floor(ms)}000000`;

function post(port: number, body: object): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      { host: '127.0.0.1', port, path: '/v1/metrics', method: 'POST', headers: { 'content-type': 'application/json' } },
      (response) => {
        response.resume();
        resolve(response.statusCode);
      },
    );
    request.on('error', reject);
    request.end(JSON.stringify(body));
  });
}

/** The metrics of an application at a moment: a counter, a gauge, and two kinds of histogram, with an exemplar. */
function metrics(name: string, ms: number, n: number): object {
  const times = { startTimeUnixNano: at(ms - 60_000), timeUnixNano: at(ms) };
  const attributes = [{ key: 'http.route', value: { stringValue: '/"quoted"\\\n' } }];
  const exemplars = [
    { timeUnixNano: at(ms), asDouble: 0.3, traceId: '0102030405060708090a0b0c0d0e0f10', spanId: '1112131415161718' },
  ];
  const resource = {
    attributes: [
      { key: 'service.name', value: { stringValue: name } },
      { key: 'service.instance.id', value: { stringValue: `${name}-1` } },
      { key: 'host.name', value: { stringValue: 'h' } },
    ],
  };
  const explicit = {
    ...times,
    attributes,
    count: String(3 * n),
    sum: 4.5 * n,
    bucketCounts: [String(n), String(n), String(n)],
    explicitBounds: [0.25, 2.5],
    exemplars,
  };
  const exponential = {
    ...times,
    attributes,
    count: String(4 * n),
    sum: 7 * n,
    scale: 0,
    zeroCount: String(n),
    positive: { offset: 0, bucketCounts: [String(2 * n), String(n)] },
  };
  return {
    resourceMetrics: [
      {
        resource,
        scopeMetrics: [
          {
            scope: { name: 'lib' },
            metrics: [
              {
                name: 'app.requests',
                unit: '{request}',
                description: 'Requests',
                sum: {
                  aggregationTemporality: 2,
                  isMonotonic: true,
                  dataPoints: [{ ...times, attributes, asInt: `${n}`, exemplars }],
                },
              },
              { name: 'app.temperature', unit: 'Cel', gauge: { dataPoints: [{ ...times, asDouble: n + 0.5 }] } },
              { name: 'app.duration', unit: 's', histogram: { aggregationTemporality: 2, dataPoints: [explicit] } },
              { name: 'app.size', exponentialHistogram: { aggregationTemporality: 2, dataPoints: [exponential] } },
            ],
          },
        ],
      },
    ],
  };
}

const route = '/"quoted"\\\n';

/** Everything that the application said, as Prometheus has it: all of it at once, unless a scrape takes too long. */
async function check(prometheus: Prometheus, n: number): Promise<void> {
  const valueOf = async (query: string): Promise<number | undefined> => (await prometheus.query(query))[0]?.value;
  const shown = async (): Promise<object> => {
    const [requests] = await prometheus.query('app_requests_total');
    const buckets = await prometheus.query('app_duration_seconds_bucket');
    const [info] = await prometheus.query('target_info');
    return {
      requests,
      temperature: await valueOf('app_temperature_celsius'),
      buckets: buckets.toSorted((a, b) => a.value - b.value).map(({ metric, value }) => [metric['le'], value]),
      duration: await valueOf('app_duration_seconds_sum'),
      sizes: await valueOf('histogram_count(app_size)'),
      size: await valueOf('histogram_sum(app_size)'),
      fraction: await valueOf('histogram_fraction(1, +Inf, app_size)'),
      info: info?.metric,
    };
  };
  const ofAll = { job: 'app', instance: 'app-1' };
  await expect.poll(shown, { interval: 50 }).toMatchObject({
    requests: { metric: { ...ofAll, http_route: route, otel_scope_name: 'lib' }, value: n },
    temperature: n + 0.5,
    buckets: [
      ['0.25', n],
      ['2.5', 2 * n],
      ['+Inf', 3 * n],
    ],
    ...{ duration: 4.5 * n, sizes: 4 * n, size: 7 * n },
    // Three of four are above 1, the lower bound of the first bucket; the fourth is 0.
    fraction: expect.closeTo(0.75, 9),
    info: { ...ofAll, host_name: 'h' },
  });
  expect(prometheus.refusedSamples).toEqual([]);
}

describe('a real Prometheus', () => {
  test('takes all that remote write sends, also a backlog, in order', async () => {
    const prometheus = await Prometheus.start();
    const [port = 0] = await freePorts(1);
    const program = await startProgram(`
receivers:
  otlp: {protocols: {http: {endpoint: 127.0.0.1:${port}}}}
exporters:
  prometheus_remote_write:
    endpoint: ${prometheus.writeUrl}
service:
  telemetry: {metrics: {level: none}}
  pipelines:
    metrics: {receivers: [otlp], exporters: [prometheus_remote_write]}
`);
    try {
      const now = Date.now();
      // Faster than they leave: the queue has several batches of the same series.
      for (let i = 1; i <= 60; i++) expect(await post(port, metrics('app', now - 60_000 + i * 1000, i))).toBe(200);
      await check(prometheus, 60);
      const [own] = await prometheus.samples('app_requests_total');
      expect(own?.values.map(([, value]) => Number(value))).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
      const exemplars = await prometheus.exemplars('app_requests_total');
      expect(exemplars[0]?.exemplars[0]?.labels).toMatchObject({ trace_id: '0102030405060708090a0b0c0d0e0f10' });
    } finally {
      expect(await program.stop()).toBe(0);
      await prometheus.stop();
    }
  });

  test('scrapes the page as protobuf, with native histograms and exemplars', async () => {
    const [port = 0, page = 0] = await freePorts(2);
    const program: Program = await startProgram(`
receivers:
  otlp: {protocols: {http: {endpoint: 127.0.0.1:${port}}}}
exporters:
  prometheus: {endpoint: 127.0.0.1:${page}, enable_open_metrics: true}
service:
  telemetry: {metrics: {level: none}}
  pipelines:
    metrics: {receivers: [otlp], exporters: [prometheus]}
`);
    expect(await post(port, metrics('app', Date.now(), 2))).toBe(200);
    const prometheus = await Prometheus.start(`
global: {scrape_interval: 1s}
scrape_configs:
- job_name: kanmon
  honor_labels: true
  static_configs: [{targets: ["127.0.0.1:${page}"]}]
`);
    try {
      await check(prometheus, 2);
      expect(await post(port, metrics('app', Date.now(), 7))).toBe(200);
      await check(prometheus, 7);
      await until('an exemplar', async () => {
        const [first] = await prometheus.exemplars('app_duration_seconds_bucket');
        return first?.exemplars[0]?.labels['span_id'] === '1112131415161718';
      });
      await until('a scrape in time', async () => (await prometheus.query('up'))[0]?.value === 1);
    } finally {
      await prometheus.stop();
      expect(await program.stop()).toBe(0);
    }
  });
});
