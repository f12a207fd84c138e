import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PointSink } from '../../../test/support/converted-points.js';
import { heldWorld, total } from '../../../test/support/held-world.js';
import { at, attributes, metricsBatch, resource } from '../../../test/support/metrics.js';
import { emptyContext } from '../../component/consumer.js';
import { config } from './config.js';
import { IntervalProcessor } from './interval.js';

interface Sent {
  readonly host: string;
  readonly metric: string;
  readonly stream: string;
  readonly time: number;
  readonly value: number;
  /** Text beside the value, so that points of a stream differ in their size. */
  readonly text: string;
}

const letter = fc.constantFrom('a', 'b');
const sent: fc.Arbitrary<Sent> = fc.record({
  ...{ host: letter, metric: letter, stream: letter },
  ...{ time: fc.nat(9), value: fc.nat(99), text: fc.constantFrom('', 'x'.repeat(10), 'x'.repeat(300)) },
});
/** Requests, and the ends of intervals between them. */
const steps = fc.array(fc.oneof(fc.array(sent, { minLength: 1, maxLength: 6 }), fc.constant('flush' as const)));

const keyOf = ({ host, metric, stream }: Sent): string => `${host} ${metric} ${stream}`;
const seenOf = ({ metric, time, value, text }: Sent): string => `${metric} ${at(time)} ${value} ${text.length}`;

test.each([0, 6000])('points are those of a map of the newest ones (max_bytes: %i)', async (maxBytes) => {
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const world = heldWorld({ signal: 'metrics' });
      const sink = new PointSink();
      const processor = new IntervalProcessor(config.parse({ max_bytes: maxBytes }), world.context, sink);
      processor.start();
      const newest = new Map<string, Sent>();
      const seen = (): string[] =>
        sink.take().map(({ metric, timeUnixNano, asDouble, exemplars }) => {
          const [exemplar] = (exemplars ?? []) as { filteredAttributes: { value: { stringValue: string } }[] }[];
          const text = exemplar?.filteredAttributes[0]?.value.stringValue ?? '';
          return `${metric} ${String(timeUnixNano)} ${String(asDouble)} ${text.length}`;
        });
      for (const step of [...all, 'flush' as const]) {
        if (step === 'flush') {
          await world.clock.pass(60_000);
          // A bounded one keeps fewer, but none that is not the newest.
          const left = seen().toSorted();
          const expected = [...newest.values()].map(seenOf).toSorted();
          if (maxBytes === 0) expect(left).toEqual(expected);
          else for (const one of left) expect(expected).toContain(one);
          newest.clear();
          continue;
        }
        for (const one of step) {
          const before = newest.get(keyOf(one));
          if (!before || one.time > before.time) newest.set(keyOf(one), one);
        }
        const resources = step.map(({ host, metric, stream, time, value, text }) => {
          const exemplars = text === '' ? [] : [{ asDouble: 1, filteredAttributes: attributes({ text }) }];
          const labels = attributes({ stream });
          const dataPoints = [{ asDouble: value, timeUnixNano: at(time), attributes: labels, exemplars }];
          return resource({ host }, { name: metric, gauge: { dataPoints } });
        });
        await processor.consume(metricsBatch(...resources), emptyContext);
        if (maxBytes === 0) expect(seen()).toEqual([]);
        // Points that have passed stand for those that were kept.
        else seen();
        expect(world.books.balance).toBe(0);
      }
      expect(total(world.books.heldItems)).toBe(0);
      await processor.shutdown(new AbortController().signal);
    }),
    { numRuns: 60 },
  );
});
