import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batchOf, unknownField } from '../../test/support/plain-spans.js';
import { Frames } from '../otlp/parts/frames.js';
import { RunLists } from '../otlp/parts/run-lists.js';
import { ownFrame, SharedFrames } from './frames.js';

/** Few of them, and such that one and its neighbour may be the same bytes as another pair. */
const surroundings = fc
  .array(fc.nat(2), { maxLength: 3 })
  .map((fields) => fields.map((size) => unknownField(Buffer.alloc(size, size))).join(''));

const step = fc.record({
  resource: surroundings,
  scope: surroundings,
  /** The trace that has a span with the frame, and ticks that pass before. */
  trace: fc.nat(9),
  ticks: fc.constantFrom(0, 0, 0, 1, 2),
  leaves: fc.option(fc.nat(9), { freq: 2 }),
});

test('a frame is shared by all spans that have it, within the bound, as long as a trace needs it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 3000 }), fc.array(step, { maxLength: 60 }), (limit, steps) => {
      const frames = new SharedFrames(limit);
      let tick = 0;
      const traces = new Map<number, { arrival: number; frames: Map<number, string> }>();
      for (const { resource, scope, trace, ticks, leaves } of steps) {
        tick += ticks;
        if (leaves !== null) traces.delete(leaves);
        frames.dropBefore(Math.min(tick, ...[...traces.values()].map(({ arrival }) => arrival)));
        const batch = batchOf([{ resource, scope, span: '1200' }]);
        const id = frames.idOf(new Frames(batch, new RunLists()), 0, 0, tick);
        expect(frames.latest.resource.toString('hex')).toBe(resource);
        expect(frames.latest.scope.toString('hex')).toBe(scope);
        expect(frames.sizeOf(id)).toBe((resource.length + scope.length) / 2);
        expect(frames.memory).toBeLessThanOrEqual(limit);
        const name = `${resource}/${scope}`;
        const known = [...traces.values()].flatMap((one) => [...one.frames]);
        const same = known.find(([, text]) => text === name);
        if (same) expect(id).toBe(same[0]);
        if (id === ownFrame) continue;
        expect(known.filter(([other, text]) => other === id && text !== name)).toEqual([]);
        const entry = traces.get(trace) ?? { arrival: tick, frames: new Map<number, string>() };
        traces.set(trace, entry);
        entry.frames.set(id, name);
        for (const one of traces.values())
          for (const [number, text] of one.frames) {
            const shared = frames.shared(number);
            expect(`${shared.resource.toString('hex')}/${shared.scope.toString('hex')}`).toBe(text);
          }
      }
      frames.dropBefore(tick + 1);
      expect(frames.memory).toBe(0);
    }),
    { numRuns: 300 },
  );
});
