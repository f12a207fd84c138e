import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Decisions } from './decisions.js';
import { idBytes } from './trace-ids.js';

const step = fc.record({ what: fc.constantFrom('add', 'add', 'find'), id: fc.nat(15) });

test('of more decisions than there is room for, the one that was needed longest ago is forgotten', () => {
  fc.assert(
    fc.property(fc.nat(8), fc.array(step, { maxLength: 100 }), (limit, steps) => {
      const decisions = new Decisions(limit);
      const bytes = new Uint8Array(16 * idBytes);
      for (let id = 0; id < 16; id++) bytes.fill(id, id * idBytes, (id + 1) * idBytes);
      // A Map keeps the order in which its keys came.
      const model = new Map<number, readonly [outcome: number, tick: number]>();
      const use = (id: number, value: readonly [number, number]): void => {
        model.delete(id);
        model.set(id, value);
      };
      for (const [i, { what, id }] of steps.entries()) {
        const at = id === 0 ? -1 : id * idBytes;
        // Few hashes, so that many IDs share one.
        const hash = id % 3;
        if (what === 'add') {
          decisions.add(bytes, at, hash, i % 7, i);
          use(id, [i % 7, i]);
          if (model.size > limit) model.delete(model.keys().next().value!);
        } else {
          const number = decisions.find(bytes, at, hash);
          const expected = model.get(id);
          if (expected) use(id, expected);
          expect(number < 0 ? undefined : [decisions.outcome(number), decisions.tick(number)]).toEqual(expected);
        }
        expect(decisions.count).toBe(model.size);
      }
      for (const [id, expected] of model) {
        const number = decisions.find(bytes, id === 0 ? -1 : id * idBytes, id % 3);
        expect([decisions.outcome(number), decisions.tick(number)]).toEqual(expected);
      }
    }),
    { numRuns: 300 },
  );
});
