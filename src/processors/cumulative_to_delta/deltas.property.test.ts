import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PointSink } from '../../../test/support/converted-points.js';
import { heldWorld } from '../../../test/support/held-world.js';
import { at, attributes, metricsBatch, resource, type Json } from '../../../test/support/metrics.js';
import { emptyContext } from '../../component/consumer.js';
import { config } from './config.js';
import { createCumulativeToDelta } from './cumulative-to-delta.js';

interface Sent {
  readonly stream: number;
  readonly time: number;
  readonly start: number;
  readonly value: bigint;
}

const sent: fc.Arbitrary<Sent> = fc.record({
  stream: fc.nat(2),
  time: fc.integer({ min: 1, max: 12 }),
  start: fc.nat(12),
  value: fc.oneof(fc.bigInt(0n, 20n), fc.bigInt(2n ** 53n - 5n, 2n ** 53n + 5n), fc.bigInt(0n, 2n ** 63n - 1n)),
});
const batches = fc.array(fc.array(sent, { minLength: 1, maxLength: 8 }), { maxLength: 12 });

type Last = Pick<Sent, 'time' | 'value'>;

/** The output for one point: its value and start; undefined when it is dropped. */
function expected(known: Map<number, Last>, { stream, time, start, value }: Sent): string | undefined {
  const last = known.get(stream);
  if (last && time <= last.time) return undefined;
  known.set(stream, { time, value });
  if (!last || (start > last.time && start < time)) return `${stream} ${value} ${start}`;
  return `${stream} ${value < last.value ? value : value - last.value} ${last.time}`;
}

/** Points of one batch by their times, and what comes of them where they stood. */
function converted(known: Map<number, Last>, batch: readonly Sent[]): string[] {
  const results = new Map<Sent, string | undefined>();
  for (const point of batch.toSorted((a, b) => a.time - b.time)) results.set(point, expected(known, point));
  return batch.flatMap((point) => results.get(point) ?? []);
}

const starts = new Map(Array.from({ length: 13 }, (_, second) => [at(second), second]));

test('deltas are those of a map of the last points, whatever is late, begins anew or is lost', async () => {
  await fc.assert(
    fc.asyncProperty(batches, async (all) => {
      const world = heldWorld({ signal: 'metrics' });
      const sink = new PointSink();
      const processor = createCumulativeToDelta(config.parse({ initial_value: 'keep' }), world.context, sink);
      processor.start();
      const known = new Map<number, Last>();
      for (const batch of all) {
        const dataPoints: Json[] = batch.map(({ stream, time, start, value }) => ({
          ...{ asInt: String(value), timeUnixNano: at(time), startTimeUnixNano: at(start) },
          attributes: attributes({ stream: String(stream) }),
        }));
        const metric = { name: 'm', sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints } };
        await processor.consume(metricsBatch(resource({}, metric)), emptyContext);
        const out = sink.take().map(({ asInt, startTimeUnixNano, attributes: labels }) => {
          const [label] = labels as { value: { stringValue: string } }[];
          return `${label?.value.stringValue} ${String(asInt)} ${starts.get(String(startTimeUnixNano))}`;
        });
        expect(out).toEqual(converted(known, batch));
      }
      expect(world.books.balance).toBe(0);
      expect(world.metrics['kanmon_cumulative_to_delta_streams']).toBe(known.size);
      await processor.shutdown();
    }),
    { numRuns: 60 },
  );
});
