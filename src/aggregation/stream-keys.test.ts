import { expect, test } from 'vitest';
import { attributes, counter, metricsBatch, point, resource, type Json } from '../../test/support/metrics.js';
import type { Batch } from '../otlp/batch.js';
import { BatchCursor } from '../otlp/view/batch-cursor.js';
import { key, type Key } from '../otlp/view/key.js';
import { MetricView } from '../otlp/view/metric.js';
import { StreamKeys } from './stream-keys.js';

interface Keys {
  readonly metric: string;
  readonly service: string;
  readonly resource: string;
}

/** The keys of the metrics of a batch. */
function keysOf(batch: Batch, keys = new StreamKeys(), only?: readonly Key[]): Keys[] {
  const metrics = new BatchCursor(new MetricView()).open(batch);
  const found: Keys[] = [];
  while (metrics.nextResource()) {
    keys.enterResource(metrics.resource, only);
    while (metrics.nextScope()) {
      keys.enterScope(metrics.scope);
      while (metrics.nextItem()) {
        keys.enterMetric(metrics.item);
        found.push({
          metric: keys.metricKey.toString('hex'),
          service: keys.serviceKey.toString('hex'),
          resource: keys.resourceKey().toString('hex'),
        });
      }
    }
  }
  return found;
}

const batchOf = (labels: Readonly<Record<string, string>>, name = 'm'): Batch =>
  metricsBatch(resource(labels, counter(name, point(1, 1))));

test('a resource that was here is known again, and is no other one', () => {
  const keys = new StreamKeys();
  const all = Array.from({ length: 2000 }, (_, i) =>
    batchOf({ 'service.name': `service ${i % 50}`, instance: `${i}` }),
  );
  const first = all.map((batch) => keysOf(batch, keys)[0]);
  for (const [i, batch] of all.entries()) {
    expect(keysOf(batch, keys)[0]).toEqual(first[i]);
    expect(keysOf(batch, keys)[0]).toEqual(first[i]);
  }
  expect(keysOf(all[1]!)[0]).toEqual(first[1]);
  expect(new Set(first.map((each) => each?.metric)).size).toBe(2000);
  expect(new Set(first.map((each) => each?.service)).size).toBe(50);
});

test('the order of the attributes of a resource does not matter', () => {
  const keys = new StreamKeys();
  const [one] = keysOf(batchOf({ a: '1', 'service.name': 's' }), keys);
  expect(keysOf(batchOf({ 'service.name': 's', a: '1' }), keys)).toEqual([one]);
});

test('what is known of a resource is not taken for that of another list of attributes', () => {
  const keys = new StreamKeys();
  const batch = batchOf({ a: '1', b: '2' });
  const other = batchOf({ a: '1', b: '3' });
  const [whole] = keysOf(batch, keys);
  const only = [key('a')];
  const [chosen] = keysOf(batch, keys, only);
  expect(chosen?.resource).not.toBe(whole?.resource);
  expect(keysOf(other, keys, only)).toEqual([chosen]);
  expect(keysOf(batch, keys)).toEqual([whole]);
  expect(keysOf(other, keys)).not.toEqual([whole]);
});

test('a metric differs by its name, its unit, its kind and its scope', () => {
  const dataPoints = [point(1, 1)];
  const sum = (isMonotonic: boolean, aggregationTemporality: number): Json => ({
    name: 'm',
    sum: { isMonotonic, aggregationTemporality, dataPoints },
  });
  const metrics: Json[] = [
    { name: 'm', gauge: { dataPoints } },
    { name: 'm'.repeat(2000), gauge: { dataPoints } },
    { name: 'm', unit: '1', gauge: { dataPoints } },
    { name: '', unit: 'm', gauge: { dataPoints } },
    ...[sum(true, 2), sum(false, 2), sum(true, 1)],
    ...[
      { name: 'm', summary: { dataPoints: [{ count: '1' }] } },
      { name: 'm', histogram: { dataPoints: [] } },
    ],
  ];
  const scopes: Json[] = [{}, { name: 'a' }, { version: 'a' }, { name: 'a', attributes: attributes({ a: '1' }) }];
  const batch = metricsBatch({ resource: {}, scopeMetrics: scopes.map((scope) => ({ scope, metrics })) });
  const found = keysOf(batch);
  expect(found.length).toBe(metrics.length * scopes.length);
  expect(new Set(found.map(({ metric }) => metric)).size).toBe(found.length);
});
