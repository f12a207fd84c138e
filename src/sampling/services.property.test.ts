import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SeededHash } from '../otlp/keys/seeded-hash.js';
import { Largest } from './largest.js';
import { Services } from './services.js';

/** Numbers there are, 0 included. */
const most = 4096;

/** Names with different hashes: of two that have the same one, under the seed of this process, one has number 0. */
function distinctNames(count: number): readonly Buffer[] {
  const hash = new SeededHash();
  const names = new Map<number, Buffer>();
  for (let i = 0; names.size < count; i++) {
    const name = Buffer.from(`service ${i}`);
    names.set(hash.of(name, 0, name.length), name);
  }
  return [...names.values()];
}

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ comes: fc.nat(5999), count: fc.constantFrom(1, 1, 10, 3000, 5000) }) },
  { weight: 2, arbitrary: fc.record({ goes: fc.nat(5999), count: fc.constantFrom(1, 10, 3000) }) },
  { weight: 2, arbitrary: fc.record({ grows: fc.nat(5999), blocks: fc.integer({ min: 1, max: 9 }) }) },
);

test('services with traces are told apart, up to 4,095 of them, and the largest is known', () => {
  const names = distinctNames(6000);
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const services = new Services();
      /** By name: the number of its traces, each with one number. */
      const numbers = new Map<number, number>();
      const traces = new Int32Array(most);
      const blocks = new Int32Array(most);
      const live = (): number => traces.subarray(1).reduce((sum, count) => sum + Math.min(1, count), 0);
      for (const action of steps) {
        if ('comes' in action)
          for (let name = action.comes; name < Math.min(6000, action.comes + action.count); name++) {
            const before = numbers.get(name);
            const number = services.numberOf(names[name]!, 0, names[name]!.length);
            if (before !== undefined) {
              if (before !== 0) expect(number).toBe(before);
              continue;
            }
            // Only a number that nobody has is given to another one.
            if (number > 0) expect(traces[number]).toBe(0);
            else expect(live()).toBe(most - 1);
            numbers.set(name, number);
            services.countTrace(number, 1);
            services.countBlocks(number, 1);
            traces[number]!++;
            blocks[number]!++;
          }
        else if ('goes' in action)
          for (let name = action.goes; name < Math.min(6000, action.goes + action.count); name++) {
            const number = numbers.get(name);
            if (number === undefined) continue;
            numbers.delete(name);
            const gone = traces[number] === 1 ? blocks[number]! : 1;
            services.countBlocks(number, -gone);
            services.countTrace(number, -1);
            traces[number]!--;
            blocks[number]! -= gone;
          }
        else {
          const number = numbers.get(action.grows);
          if (number === undefined) continue;
          services.countBlocks(number, action.blocks);
          blocks[number]! += action.blocks;
        }
        const { largest } = services;
        const greatest = Math.max(-1, ...blocks.filter((_, number) => traces[number]! > 0));
        if (greatest < 0) expect(largest).toBe(-1);
        else expect([traces[largest]! > 0, blocks[largest]]).toEqual([true, greatest]);
      }
    }),
    { numRuns: 60 },
  );
});

test('a service without a name, or with the name of none that has a number, is number 0', () => {
  const services = new Services();
  expect(services.numberOf(Buffer.alloc(0), 0, 0)).toBe(0);
  const name = Buffer.from('one');
  expect(services.numberOf(name, 0, 3)).toBe(1);
  expect(services.numberOf(Buffer.from(' one '), 1, 4)).toBe(1);
  expect(services.largest).toBe(-1);
});

test('the largest of many numbers is found, whatever they become', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.array(fc.tuple(fc.nat(39), fc.nat(5))), (places, changes) => {
      const largest = new Largest();
      const model = Array.from({ length: places }, () => 0);
      for (const [place, value] of changes) {
        if (place >= places) continue;
        largest.set(place, value);
        model[place] = value;
        const most = Math.max(...model);
        expect(largest.first).toBe(most === 0 ? -1 : model.indexOf(most));
      }
    }),
    { numRuns: 5000 },
  );
});

test.each([1, 2])('a place has the largest number once the first one, which had %i, has nothing', (value) => {
  const largest = new Largest();
  largest.set(0, value);
  largest.set(6, 1);
  largest.set(0, 0);
  expect(largest.first).toBe(6);
});
