import { expect, test } from 'vitest';
import { counter, metricsBatch, point, resource, type Json } from '../../../test/support/metrics.js';
import { BatchCursor } from '../../otlp/view/batch-cursor.js';
import { MetricView } from '../../otlp/view/metric.js';
import { config } from './config.js';
import { MetricFilter } from './metric-filter.js';

const histogram: Json = { name: 'duration', histogram: { dataPoints: [{ count: '1' }], aggregationTemporality: 2 } };
const batch = metricsBatch(
  resource({}, counter('http.requests', point(1, 1)), counter('rpc.requests', point(1, 1)), histogram),
);

/** The names of the metrics that are taken. */
function taken(options: Json): string[] {
  const filter = new MetricFilter(config.parse(options));
  const names: string[] = [];
  const cursor = new BatchCursor(new MetricView());
  for (cursor.open(batch); cursor.next();) if (filter.takes(cursor.item)) names.push(cursor.item.name.toString());
  return names;
}

function faultOf(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}

test('names are compared whole, patterns anywhere, and `exclude` wins', () => {
  expect(taken({})).toEqual(['http.requests', 'rpc.requests', 'duration']);
  expect(taken({ include: { match_type: 'strict', metrics: ['http.requests', 'rpc'] } })).toEqual(['http.requests']);
  expect(taken({ include: { match_type: 'regexp', metrics: ['^rpc', 'dur'] } })).toEqual(['rpc.requests', 'duration']);
  expect(
    taken({
      include: { match_type: 'regexp', metrics: ['requests'] },
      exclude: { match_type: 'strict', metrics: ['rpc.requests'] },
    }),
  ).toEqual(['http.requests']);
});

test('kinds narrow what is included, and are excluded beside names', () => {
  expect(taken({ include: { metric_types: ['histogram'] } })).toEqual(['duration']);
  expect(taken({ include: { match_type: 'regexp', metrics: ['.'], metric_types: ['Sum'] } })).toEqual([
    'http.requests',
    'rpc.requests',
  ]);
  expect(taken({ exclude: { match_type: 'strict', metrics: ['rpc.requests'], metric_types: ['histogram'] } })).toEqual([
    'http.requests',
  ]);
  expect(taken({ include: { metric_types: ['exponentialhistogram'] } })).toEqual([]);
});

test('faults name their option', () => {
  expect(() => config.parse({ include: { metrics: ['a'] } })).toThrow('match_type must be set if metrics are supplied');
  expect(() => config.parse({ exclude: { match_type: 'strict' } })).toThrow(
    'metrics must be supplied if match_type is set',
  );
  expect(() => config.parse({ include: { metric_types: ['gauge'] } })).toThrow('unsupported metric type');
  expect(() => config.parse({ initial_value: 'first' })).toThrow('unknown initial_value: first');
  const { include, exclude } = config.parse({ exclude: { match_type: 'regexp', metrics: ['a', '*b*'] } });
  const fault = faultOf(() => new MetricFilter({ include, exclude }));
  expect(fault).toMatchObject({ name: 'Error', path: ['exclude', 'metrics', 1] });
  expect(String(fault)).toContain('missing argument to repetition operator: `*`');
});
