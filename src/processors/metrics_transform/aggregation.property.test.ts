import fc from 'fast-check';
import { expect, test } from 'vitest';
import { heldWorld } from '../../../test/support/held-world.js';
import { emptyContext } from '../../component/consumer.js';
import type { Batch } from '../../otlp/batch.js';
import { MetricBuilder } from '../../otlp/build/metrics.js';
import { BatchCursor } from '../../otlp/view/batch-cursor.js';
import { key } from '../../otlp/view/key.js';
import { MetricView } from '../../otlp/view/metric.js';
import { ValueView } from '../../otlp/view/value.js';
import { config } from './config.js';
import { createMetricsTransform } from './metrics-transform.js';

const runs = Number(process.env['KANMON_FUZZ_RUNS'] ?? 300);
const names = ['a', 'b', 'c'] as const;

interface Point {
  readonly time: number;
  readonly value: bigint;
  readonly labels: Readonly<Record<(typeof names)[number], string | undefined>>;
}

const text = fc.option(fc.constantFrom('x', 'y', ''), { nil: undefined });
const points: fc.Arbitrary<Point[]> = fc.array(
  fc.record({
    time: fc.constantFrom(1, 2),
    value: fc.bigInt(-(2n ** 55n), 2n ** 55n),
    labels: fc.record({ a: text, b: text, c: text }),
  }),
  { minLength: 1, maxLength: 20 },
);

const shown = ({ time, labels }: Point, kept: readonly string[]): string =>
  [time, ...names.map((name) => (kept.includes(name) ? (labels[name] ?? '-') : '-'))].join(' ');

/** The points of a batch by their labels and times; two with the same ones fail. */
function valuesOf(batch: Batch): Map<string, bigint> {
  const values = new Map<string, bigint>();
  const value = new ValueView();
  const cursor = new BatchCursor(new MetricView());
  for (cursor.open(batch); cursor.next();)
    for (const point = cursor.item.numberPoints(); point.next();) {
      const labels = names.map((name) => (point.attribute(key(name), value) ? value.string.toString() : '-'));
      const place = [point.timeUnixNano.toNumber() / 1e6, ...labels].join(' ');
      expect(values.has(place)).toBe(false);
      values.set(place, point.asInt.toSignedBigInt());
    }
  return values;
}

test('points are merged as a plain reference merges them', async () => {
  await fc.assert(
    fc.asyncProperty(points, fc.subarray([...names]), async (all, label_set) => {
      const metrics = new MetricBuilder();
      metrics.resource().scope('s').metric('m').gauge();
      for (const { time, value, labels } of all) {
        metrics.point(time).int(value);
        // In another order for each time, which must not matter.
        for (const name of time === 1 ? names : names.toReversed())
          if (labels[name] !== undefined) metrics.attribute(name, labels[name]);
      }
      const expected = new Map<string, bigint>();
      for (const point of all) {
        const place = shown(point, label_set);
        expected.set(place, (expected.get(place) ?? 0n) + point.value);
      }
      const { context, books } = heldWorld({ signal: 'metrics' });
      const operations = [{ action: 'aggregate_labels', label_set, aggregation_type: 'sum' }];
      const got: Map<string, bigint>[] = [];
      const next = { consume: (batch: Batch) => Promise.resolve(void got.push(valuesOf(batch))) };
      const settings = config.parse({ transforms: [{ include: 'm', action: 'update', operations }] });
      await createMetricsTransform(settings, context, next).consume(metrics.finish(), emptyContext);
      // Maps are compared whatever their order is.
      expect(got[0]).toEqual(expected);
      expect([books.balance, books.outItems]).toEqual([0, expected.size]);
    }),
    { numRuns: runs },
  );
});
