import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PointSink, type ReadPoint } from '../../../test/support/converted-points.js';
import { heldWorld } from '../../../test/support/held-world.js';
import { at, attributes, metricsBatch, resource, type Json } from '../../../test/support/metrics.js';
import { emptyContext } from '../../component/consumer.js';
import { config } from './config.js';
import { createDeltaToCumulative } from './delta-to-cumulative.js';

interface Sent {
  readonly stream: number;
  readonly start: number;
  readonly time: number;
  readonly value: bigint;
  readonly counts: readonly number[];
  /** Which of two lists of bounds a histogram has. */
  readonly bounds: number;
}

const sent: fc.Arbitrary<Sent> = fc.record({
  stream: fc.nat(2),
  start: fc.nat(12),
  time: fc.integer({ min: 1, max: 12 }),
  value: fc.oneof(fc.bigInt(-20n, 20n), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)),
  counts: fc.array(fc.nat(9), { minLength: 3, maxLength: 3 }),
  bounds: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) }),
});
const batches = fc.array(fc.array(sent, { minLength: 1, maxLength: 8 }), { maxLength: 12 });

interface Total extends Omit<Sent, 'stream'> {}

const bounds = [
  [1, 2],
  [1, 3],
];
const labelOf = ({ attributes: labels }: ReadPoint): string =>
  (labels as { value: { stringValue: string } }[])[0]?.value.stringValue ?? '';
const seconds = new Map(Array.from({ length: 13 }, (_, second) => [at(second), second]));

/** Points of one batch by their times, and the totals where they stood. */
function totals(known: Map<number, Total>, batch: readonly Sent[], isHistogram: boolean): string[] {
  const results = new Map<Sent, string>();
  for (const point of batch.toSorted((a, b) => a.time - b.time)) {
    const last = known.get(point.stream);
    if (last && (point.start < last.start || point.time <= last.time)) continue;
    const begins = !last || (isHistogram && last.bounds !== point.bounds);
    const total = {
      ...point,
      start: begins ? point.start : last.start,
      value: begins ? point.value : BigInt.asIntN(64, last.value + point.value),
      counts: begins ? point.counts : point.counts.map((count, i) => count + (last.counts[i] ?? 0)),
    };
    known.set(point.stream, total);
    results.set(point, `${point.stream} ${total.start} ${isHistogram ? total.counts.join() : total.value}`);
  }
  return batch.flatMap((point) => results.get(point) ?? []);
}

test.each([false, true])('totals are those of a map (histograms: %s)', async (isHistogram) => {
  await fc.assert(
    fc.asyncProperty(batches, async (all) => {
      const world = heldWorld({ signal: 'metrics' });
      const sink = new PointSink();
      const processor = createDeltaToCumulative(config.parse({}), world.context, sink);
      processor.start();
      const known = new Map<number, Total>();
      for (const batch of all) {
        const dataPoints: Json[] = batch.map(({ stream, start, time, value, counts, bounds: which }) => ({
          ...{ startTimeUnixNano: at(start), timeUnixNano: at(time) },
          attributes: attributes({ stream: String(stream) }),
          ...(isHistogram
            ? { count: '1', bucketCounts: counts.map(String), explicitBounds: bounds[which] }
            : { asInt: String(value) }),
        }));
        const data = { aggregationTemporality: 1, dataPoints };
        const metric = { name: 'm', ...(isHistogram ? { histogram: data } : { sum: data }) };
        await processor.consume(metricsBatch(resource({}, metric)), emptyContext);
        const out = sink.take().map((point) => {
          const value = isHistogram ? (point['bucketCounts'] as string[]).join() : String(point['asInt']);
          return `${labelOf(point)} ${seconds.get(String(point['startTimeUnixNano']))} ${value}`;
        });
        expect(out).toEqual(totals(known, batch, isHistogram));
      }
      expect(world.books.balance).toBe(0);
      expect(world.metrics['otelcol_deltatocumulative_streams_tracked']).toBe(known.size);
      await processor.shutdown();
    }),
    { numRuns: 60 },
  );
});
