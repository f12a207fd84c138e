import { expect, test } from 'vitest';
import { referenceDecode, type Tree } from '../../test/support/reference-decode.js';
import { MetricBuilder } from '../otlp/build/metrics.js';
import { Exemplars } from './exemplars.js';
import { MemoryBound } from './memory-bound.js';

/** A trace ID of 16 bytes and a span ID of 8. */
const ids = (number: number): Buffer => Buffer.concat([Buffer.alloc(16, number), Buffer.alloc(8, number + 100)]);

function written(exemplars: Exemplars, row: number): unknown {
  const builder = new MetricBuilder();
  builder.resource().scope('test').metric('m').sum('delta', true).point(1).int(3);
  exemplars.write(row, 5, builder);
  let at = referenceDecode('metrics', builder.finish().bytes);
  for (const name of ['resource_metrics', 'scope_metrics', 'metrics']) at = (at[name] as Tree[])[0]!;
  const point = ((at['sum'] as Tree)['data_points'] as Tree[])[0]!;
  return ((point['exemplars'] ?? []) as Tree[]).map((one) => [one['trace_id'], one['span_id'], one['as_double']]);
}

const hex = (byte: number, length: number): string => Buffer.alloc(length, byte).toString('hex');

test('the first spans of each row are kept until the row is cleared', () => {
  const bound = new MemoryBound(1 << 20);
  const exemplars = new Exemplars(2, bound);
  for (const row of [0, 1]) exemplars.begin(row);
  for (const number of [1, 2, 3]) exemplars.add(0, ids(number), 0, 16, number / 2);
  exemplars.add(1, ids(9), 0, -1, 7);
  expect(written(exemplars, 0)).toEqual([
    [hex(1, 16), hex(101, 8), 0.5],
    [hex(2, 16), hex(102, 8), 1],
  ]);
  expect(written(exemplars, 1)).toEqual([[hex(9, 16), undefined, 7]]);
  exemplars.clear(0);
  expect(written(exemplars, 0)).toEqual([]);
  exemplars.add(0, ids(4), 0, 16, 4);
  expect(written(exemplars, 0)).toEqual([[hex(4, 16), hex(104, 8), 4]]);
  exemplars.clear(0);
  exemplars.clear(1);
  expect(bound.used).toBe(0);
});

test('a span without a trace ID is none, and where there is no room there are fewer', () => {
  const bound = new MemoryBound(100);
  const exemplars = new Exemplars(5, bound);
  exemplars.begin(0);
  exemplars.add(0, Buffer.alloc(24), 0, 16, 1);
  exemplars.add(0, ids(1), -1, -1, 1);
  for (const number of [1, 2, 3]) exemplars.add(0, ids(number), 0, 16, number);
  expect(written(exemplars, 0)).toHaveLength(1);
});
