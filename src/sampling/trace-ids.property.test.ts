import fc from 'fast-check';
import { expect, test } from 'vitest';
import { requestOf } from '../../test/support/colliding-traces.js';
import { validate } from '../otlp/wire/validate.js';
import { idBytes, TraceIds } from './trace-ids.js';

const limit = 12;

/** The hash is a parameter, so that a test can choose which IDs meet in the table, also at its end. */
const ids = fc.uniqueArray(
  fc.record({ id: fc.nat(255), hash: fc.constantFrom(0, 1, 2, 30, 31, 32, -1, -2, 7 << 27) }),
  {
    minLength: 1,
    maxLength: 24,
    selector: ({ id }) => id,
  },
);
const step = fc.record({ what: fc.constantFrom('add', 'add', 'forget', 'giveBack', 'find'), which: fc.nat() });

test('IDs are found by their number until they are forgotten, and numbers are given anew once they are back', () => {
  fc.assert(
    fc.property(ids, fc.array(step, { maxLength: 120 }), (all, steps) => {
      const table = new TraceIds(limit);
      const bytes = new Uint8Array(256 * idBytes);
      for (let id = 0; id < 256; id++) bytes.fill(id, id * idBytes, (id + 1) * idBytes);
      /** The ID of zeros is also the one that is not there. */
      const at = (id: number): number => (id === 0 ? -1 : id * idBytes);
      const known = new Map<number, number>();
      const forgotten: number[] = [];
      for (const { what, which } of steps) {
        const { id, hash } = all[which % all.length]!;
        const number = known.get(id);
        if (what === 'add' && number === undefined) {
          const given = table.add(bytes, at(id), hash);
          const inUse = [...known.values(), ...forgotten];
          if (inUse.length === limit) expect(given).toBe(-1);
          else {
            expect(given).toBeGreaterThanOrEqual(0);
            expect(given).toBeLessThan(limit);
            expect(inUse).not.toContain(given);
            known.set(id, given);
          }
        } else if (what === 'forget' && number !== undefined) {
          table.forget(number);
          expect(table.hashOfNumber(number)).toBe(hash);
          known.delete(id);
          forgotten.push(number);
        } else if (what === 'giveBack' && forgotten.length > 0)
          table.giveBack(forgotten.splice(which % forgotten.length, 1)[0]!);
        for (const each of all) expect(table.find(bytes, at(each.id), each.hash)).toBe(known.get(each.id) ?? -1);
        expect(table.count).toBe(known.size + forgotten.length);
        for (const [each, given] of known)
          expect([...table.bytes.subarray(given * idBytes, (given + 1) * idBytes)]).toEqual(
            Array.from({ length: idBytes }, () => each),
          );
      }
    }),
    { numRuns: 300 },
  );
});

test('the hash depends on the seed, so that IDs made to collide under another hash do not', () => {
  const count = 20_000;
  const { bytes, index } = validate('traces', new Uint8Array(requestOf(count, 'colliding')));
  for (const seed of [undefined, [1, 2], [-7, 0x7fffffff]] as const) {
    const table = new TraceIds(count, seed);
    const perSlot = new Map<number, number>();
    for (let i = 0; i < count; i++) {
      const hash = table.hashOf(bytes, index.traceIdAt(i));
      const slot = hash & 65_535;
      perSlot.set(slot, (perSlot.get(slot) ?? 0) + 1);
      if (table.find(bytes, index.traceIdAt(i), hash) < 0) table.add(bytes, index.traceIdAt(i), hash);
    }
    expect(table.count).toBe(count);
    // By chance a slot of 65,536 has more than a dozen of 20,000 IDs less than once in a billion runs.
    expect(Math.max(...perSlot.values())).toBeLessThan(13);
  }
});
