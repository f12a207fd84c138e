import { expect, test } from 'vitest';
import { referenceDecode, type Tree } from '../../../test/support/reference-decode.js';
import { Backing } from '../view/backing.js';
import { ValueView } from '../view/value.js';
import { resultAtOnce } from '../work.js';
import type { AttributeValue } from './any-value.js';
import { attributesFor } from './builder.js';
import { LogBuilder } from './logs.js';
import { MetricBuilder } from './metrics.js';
import { SpanBuilder } from './spans.js';

test('a method whose message is not open says which one is missing', () => {
  expect(() => new SpanBuilder().scope('a')).toThrow('there is no open ResourceSpans to write to');
  expect(() => new SpanBuilder().resource().span('a')).toThrow('there is no open ScopeSpans to write to');
  expect(() => new LogBuilder().resource().scope('a').body('text')).toThrow('there is no open LogRecord to write to');
  const metrics = new MetricBuilder().resource().scope('a').metric('m');
  expect(() => metrics.point(1)).toThrow('there is no open Gauge to write to');
  expect(() => metrics.gauge().point(1).totals(1)).toThrow('a point of a Gauge has no count');
  expect(() => metrics.metric('n').summary().point(1).exemplar(1)).toThrow('a point of a Summary has no exemplars');
  expect(() => metrics.metric('n').summary().attribute('a', 1)).toThrow('attribute "a": Summary has no attributes');
});

test('an ID of another length or with other digits is refused', () => {
  const span = new SpanBuilder().resource().scope('a').span('b');
  expect(() => span.ids('12', '051581bf3cb55c13')).toThrow('an ID of 16 bytes was expected');
  expect(() => span.ids('5b8aa5a2d2c872e8321cf37308d69dfg', '051581bf3cb55c13')).toThrow(
    'an ID of 16 bytes was expected',
  );
  expect(() => span.ids('', new Uint8Array(7))).toThrow('an ID of 8 bytes was expected');
});

test('a value nests as deep as memory goes', () => {
  let value: AttributeValue = 'end';
  for (let i = 0; i < 20_000; i++) value = i % 2 === 0 ? [value] : new Map([['k', value]]);
  const batch = new LogBuilder().resource().scope('a').record(1).body(value).finish();
  expect(batch.itemCount).toBe(1);
  expect(Buffer.from(batch.bytes).includes('end')).toBe(true);
});

test('a value that a view stands on is copied as it is encoded', () => {
  // An int in a varint that is longer than it must be.
  const body = Buffer.from('18818000', 'hex');
  const backing = new Backing();
  backing.bytes = body;
  const value = new ValueView().move(backing, 0, body.length);
  const { bytes } = new LogBuilder().resource().attribute('raw', value).finish();
  expect(Buffer.from(bytes).includes(body)).toBe(true);
});

test('a time keeps its nanoseconds beyond 2^53', () => {
  const { bytes } = new LogBuilder()
    .resource()
    .scope('a')
    .record(1_700_000_000_123, 456_789)
    .observed(1_700_000_000_123.5)
    .finish();
  expect(referenceDecode('logs', bytes)).toMatchObject({
    resource_logs: [
      {
        scope_logs: [
          {
            log_records: [
              { time_unix_nano: 1_700_000_000_123_456_789n, observed_time_unix_nano: 1_700_000_000_123_500_000n },
            ],
          },
        ],
      },
    ],
  });
});

test('attributes that are encoded beforehand, and a batch that is finished in pieces, are the same bytes', () => {
  const attributes = [
    ['a', 'x'],
    ['n', 5],
  ] as const;
  const build = (encoded: boolean): MetricBuilder => {
    const builder = new MetricBuilder();
    builder.resource().scope('s').metric('m').histogram('cumulative').point(1).totals(3);
    if (!encoded) for (const [key, value] of attributes) builder.attribute(key, value);
    else {
      const bytes = attributesFor('HistogramDataPoint', attributes);
      builder.encoded(bytes, 0, bytes.length);
    }
    return builder;
  };
  const plain = build(false).finish();
  expect(build(true).finish()).toMatchObject({ bytes: plain.bytes, itemCount: 1 });
  expect(resultAtOnce(build(true).finishing())).toMatchObject({ bytes: plain.bytes, itemCount: 1 });
  expect(() => attributesFor('Gauge', attributes)).toThrow('Gauge has no attributes');
});

test('counts that outgrow 64 bits stay at the largest, in sums and in histograms of both kinds', () => {
  const large = [2 ** 53, 2 ** 56, 300 * 2 ** 56, Infinity];
  const most = 2n ** 63n - 1024n;
  const shown = [2n ** 53n, 2n ** 56n, most, most];
  const metrics = new MetricBuilder();
  metrics.resource().scope('test').metric('sum').sum('delta', true);
  for (const value of large) metrics.point(1).int(value);
  metrics.metric('explicit').histogram('delta');
  metrics
    .point(1)
    .totals(2 ** 64)
    .buckets([1, 2, 3], large);
  metrics.metric('exponential').exponentialHistogram('delta');
  metrics
    .point(1)
    .totals(2 ** 65)
    .scale(1, 2 ** 64)
    .positive(3, large);
  let at = referenceDecode('metrics', metrics.finish().bytes);
  for (const name of ['resource_metrics', 'scope_metrics']) at = (at[name] as Tree[])[0]!;
  const [sums, explicit, exponential] = (at['metrics'] as Tree[]).map(
    (metric) => Object.values(metric).find((value) => typeof value === 'object') as Tree,
  );
  expect((sums!['data_points'] as Tree[]).map((point) => point['as_int'])).toEqual(shown);
  expect((explicit!['data_points'] as Tree[])[0]).toMatchObject({ count: most, bucket_counts: shown });
  expect((exponential!['data_points'] as Tree[])[0]).toMatchObject({
    ...{ count: most, zero_count: most },
    positive: { bucket_counts: shown },
  });
});
