import { expect, test } from 'vitest';
import type { MetricSpec } from '../component/telemetry.js';
import { jsonText } from '../otlp/json/encode.js';
import { metrics as metricsConfig } from './config/metrics.js';
import { MetricsEncoder } from './push/metrics.js';
import { exposition } from './prometheus.js';
import { Registry } from './registry.js';
import { Views } from './views.js';

const counter: MetricSpec = {
  name: 'requests',
  description: 'Requests.',
  unit: '{request}',
  kind: 'counter',
  level: 'basic',
};
const size: MetricSpec = {
  name: 'size',
  description: 'Sizes.',
  unit: 'By',
  kind: 'histogram',
  level: 'detailed',
  boundaries: [10, 100],
};
const held: MetricSpec = { name: 'held', description: 'Held.', unit: '{item}', kind: 'gauge', level: 'basic' };
const options = {
  withoutTypeSuffix: true,
  withoutUnits: true,
  withoutScopeInfo: true,
  constantLabels: {},
  resource: {},
  version: '1',
};

function registry(views: readonly object[] = []): Registry {
  const config = metricsConfig.parse({ level: 'detailed', views });
  return new Registry('detailed', new Views(config.views ?? [], 'kanmon', '1'));
}

const samples = (of: Registry): string[] =>
  exposition(of.families.values(), options)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#') && !/^(promhttp|target_info)/.test(line));

test('a view drops, renames, buckets anew and leaves labels out', () => {
  const of = registry([
    { selector: { instrument_name: 'req*' }, stream: { attribute_keys: { excluded: ['peer'] } } },
    {
      selector: { instrument_name: 'size' },
      stream: { name: 'bytes', aggregation: { explicit_bucket_histogram: { boundaries: [50] } } },
    },
    { selector: { instrument_type: 'gauge' }, stream: { attribute_keys: { included: ['where'] } } },
  ]);
  const meter = of.meter('kanmon');
  meter.counter(counter, { peer: 'a', code: 1 }).add(2);
  meter.counter(counter, { peer: 'b', code: 1 }).add(3);
  meter.histogram(size, {}).record(60);
  meter.observe(held, { where: 'queue', id: 1 }, () => 4);
  const stop = meter.observe(held, { where: 'queue', id: 2 }, () => 5);
  expect(samples(of)).toEqual([
    ...['bytes_bucket{le="50"} 0', 'bytes_bucket{le="+Inf"} 1', 'bytes_sum 60', 'bytes_count 1'],
    ...['held{where="queue"} 9', 'requests{code="1"} 5'],
  ]);
  stop();
  expect(samples(of)).toContain('held{where="queue"} 4');
});

test('a dropped metric costs nothing and two views of one metric expose it twice', () => {
  const of = registry([
    { selector: { instrument_name: 'size' }, stream: { aggregation: { drop: {} } } },
    { selector: { instrument_name: 'requests' }, stream: { name: 'one' } },
    { selector: { instrument_name: 'requests' }, stream: { name: 'two' } },
  ]);
  const meter = of.meter('kanmon');
  meter.histogram(size, {}).record(1);
  meter.counter(counter, {}).add(1);
  expect(samples(of)).toEqual(['one 1', 'two 1']);
});

test.each([
  [{ stream: { aggregation: { base2_exponential_bucket_histogram: {} } } }, 'not supported'],
  [{ selector: { instrument_type: 'timer' } }, 'unknown instrument_type "timer"'],
  [{ selector: { instrument_name: 'a*' }, stream: { name: 'b' } }, 'needs a selector without wildcards'],
  [{ stream: { aggregation: { explicit_bucket_histogram: { boundaries: [2, 1] } } } }, 'boundaries must increase'],
])('the view %j is refused', (view, message) => {
  expect(() => registry([view])).toThrow(message);
});

test('series beyond the bound are counted in one, because senders choose some labels', () => {
  const of = registry();
  const meter = of.meter('kanmon');
  for (let i = 0; i < 2500; i++) meter.counter(counter, { host: `h${i}` }).add(1);
  const shown = samples(of);
  expect(shown).toHaveLength(2001);
  expect(shown).toContain('requests{otel_metric_overflow="true"} 500');
});

test('totals and differences over OTLP', () => {
  const of = registry();
  const meter = of.meter('kanmon');
  const requests = meter.counter(counter, {});
  const sizes = meter.histogram(size, {});
  let total = 7;
  meter.observe({ ...counter, name: 'observed' }, {}, () => total);
  const totals = new MetricsEncoder('cumulative', 1000);
  const differences = new MetricsEncoder('delta', 1000);
  const low = new MetricsEncoder('lowmemory', 1000);
  const json = (encoder: MetricsEncoder, nowMs: number): string =>
    jsonText(
      'metrics',
      encoder.batch(of.families.values(), { resource: {}, scope: { name: '', version: '' } }, nowMs).bytes,
    );
  const values = (encoder: MetricsEncoder, nowMs: number): unknown => {
    const { resourceMetrics } = JSON.parse(json(encoder, nowMs)) as {
      resourceMetrics: {
        scopeMetrics: {
          metrics: {
            name: string;
            sum?: { dataPoints: { asInt: string }[] };
            histogram?: { dataPoints: { count: string }[] };
          }[];
        }[];
      }[];
    };
    const all = resourceMetrics[0]?.scopeMetrics[0]?.metrics ?? [];
    return Object.fromEntries(
      all.map((metric) => [metric.name, metric.sum?.dataPoints[0]?.asInt ?? metric.histogram?.dataPoints[0]?.count]),
    );
  };
  requests.add(3);
  sizes.record(5);
  for (const encoder of [totals, differences, low])
    expect(values(encoder, 2000)).toEqual({ requests: '3', size: '1', observed: '7' });
  requests.add(2);
  sizes.record(50);
  total = 9;
  expect(values(totals, 3000)).toEqual({ requests: '5', size: '2', observed: '9' });
  expect(values(differences, 3000)).toEqual({ requests: '2', size: '1', observed: '2' });
  expect(values(low, 3000)).toEqual({ requests: '2', size: '1', observed: '9' });
  expect(json(differences, 4000.5)).toContain('"startTimeUnixNano":"3000000000","timeUnixNano":"4000500000"');
});
