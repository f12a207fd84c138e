import fc from 'fast-check';
import { expect, test } from 'vitest';
import { heldWorld } from '../../../test/support/held-world.js';
import { batchOf, delimited, plainSpans, unknownField, type PlainSpan } from '../../../test/support/plain-spans.js';
import { emptyContext } from '../../component/consumer.js';
import type { Batch } from '../../otlp/batch.js';
import { validate } from '../../otlp/wire/validate.js';
import { config } from './config.js';
import { GroupByTrace } from './group-by-trace.js';

const tickMs = 10;
const waitTicks = 8;

const place = fc.record({ trace: fc.nat(4), resource: fc.nat(2), scope: fc.nat(2) });
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ send: fc.array(place, { minLength: 1, maxLength: 6 }) }) },
  { weight: 2, arbitrary: fc.record({ pass: fc.integer({ min: 1, max: 60 }) }) },
);

interface Group {
  readonly tick: number;
  readonly spans: PlainSpan[];
}

test('every span leaves once, byte for byte, beside the others of its trace, in time', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const { clock, context, books } = heldWorld();
      const began = clock.now();
      const tick = (): number => Math.floor((clock.now() - began) / tickMs);
      /** The groups that must leave, and those that have left, by trace. */
      const expected = new Map<string, Group[]>();
      const left = new Map<string, Group[]>();
      const next = {
        async consume(batch: Batch): Promise<void> {
          expect(validate('traces', batch.bytes).itemCount).toBe(batch.itemCount);
          const spans = plainSpans(batch.bytes);
          const seen = new Set<string>();
          for (let i = 0; i < spans.length;) {
            const { trace } = spans[i]!;
            // The spans of a trace are neighbours.
            expect(seen).not.toContain(trace);
            seen.add(trace);
            const group: Group = { tick: tick(), spans: [] };
            while (spans[i]?.trace === trace) group.spans.push(spans[i++]!);
            left.set(trace, [...(left.get(trace) ?? []), group]);
          }
        },
      };
      const processor = new GroupByTrace(config.parse({ wait_duration: '80ms' }), context, next);
      processor.start();
      let written = 0;
      const spanAt = ({ trace, resource, scope }: { trace: number; resource: number; scope: number }): PlainSpan => {
        const id = Buffer.alloc(16, trace + 1);
        const name = Buffer.alloc(4);
        name.writeUInt32BE(written++);
        return {
          resource: unknownField(Buffer.alloc(resource, 1)),
          scope: unknownField(Buffer.alloc(scope, 2)),
          span: delimited(0x12, delimited(0x0a, id), delimited(0x2a, name)).toString('hex'),
          trace: id.toString('hex'),
        };
      };
      for (const action of steps)
        if ('pass' in action) await clock.pass(action.pass);
        else {
          const spans = action.send.map(spanAt);
          for (const span of spans) {
            const groups = expected.get(span.trace) ?? [];
            expected.set(span.trace, groups);
            const last = groups.at(-1);
            if (last && last.tick > tick()) last.spans.push(span);
            else groups.push({ tick: tick() + 1 + waitTicks, spans: [span] });
          }
          const batch = batchOf(spans);
          await processor.consume(batch, emptyContext);
          // The memory is its sender's again.
          batch.bytes.fill(0xff);
        }
      await clock.pass((waitTicks + 1) * tickMs);
      expect(left).toEqual(expected);
      await processor.shutdown(new AbortController().signal);
      expect(books).toMatchObject({ inItems: written, outItems: written, balance: 0 });
    }),
    { numRuns: 100 },
  );
});
