import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Batch } from '../batch.js';
import type { Signal } from '../signal.js';
import { collectorSize } from './collector-size.js';
import { partition } from './partition.js';
import { splitByBytes } from './split-by-bytes.js';
import { validate } from '../wire/validate.js';

const varint = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]);
const field = (number: number, body: readonly number[]): number[] => [
  ...varint(number * 8 + 2),
  ...varint(body.length),
  ...body,
];
const fill = (length: number): number[] => new Array<number>(length).fill(97);

// Nothing is empty: what stands empty beside items stays where it is, and counts in no part.
// An item: how much text it has, which of its ids are there; for metrics its points.
const item = fc.record({
  text: fc.integer({ min: 0, max: 300 }),
  ids: fc.integer({ min: 0, max: 7 }),
  points: fc.array(fc.integer({ min: 0, max: 90 }), { minLength: 1, maxLength: 4 }),
});
const shape = fc.array(
  fc.record({
    frame: fc.integer({ min: 0, max: 140 }),
    scopes: fc.array(
      fc.record({ frame: fc.integer({ min: 0, max: 140 }), items: fc.array(item, { minLength: 1, maxLength: 5 }) }),
      {
        minLength: 1,
        maxLength: 3,
      },
    ),
  }),
  { minLength: 1, maxLength: 4 },
);
type Item = typeof item extends fc.Arbitrary<infer T> ? T : never;

/** Encodes one item; the numbers of its units go into a fixed64 so that they can be distinguished. */
function encode(signal: Signal, { text, ids, points }: Item, serial: () => number): number[] {
  const mark = (number: number): number[] => {
    const value = serial();
    return [number * 8 + 1, value & 255, value >> 8, ...new Array<number>(6).fill(238)];
  };
  const id = (bit: number, number: number, length: number): number[] => (ids & bit ? field(number, fill(length)) : []);
  if (signal === 'logs') return [...mark(1), ...field(3, fill(text)), ...id(1, 9, 16), ...id(2, 10, 8)];
  if (signal === 'traces')
    return [...id(1, 1, 16), ...id(2, 2, 8), ...id(4, 4, 8), ...field(5, fill(text)), ...mark(7)];
  const encoded = points.flatMap((size) => field(1, [...mark(3), ...field(7, field(1, fill(size)))]));
  return [...field(1, fill(text)), ...field(5, encoded)];
}

function build(
  signal: Signal,
  resources: readonly { frame: number; scopes: readonly { frame: number; items: readonly Item[] }[] }[],
): Batch {
  let next = 1;
  const bytes = resources.flatMap((resource) =>
    field(1, [
      ...resource.scopes.flatMap((scope) =>
        field(2, [
          ...field(3, fill(scope.frame)),
          ...scope.items.flatMap((one) =>
            field(
              2,
              encode(signal, one, () => next++),
            ),
          ),
        ]),
      ),
      ...field(3, fill(resource.frame)),
    ]),
  );
  return validate(signal, Uint8Array.from(bytes));
}

/** The marks of all units in order. */
function marks(batch: Batch): number[] {
  const found: number[] = [];
  const tag = { logs: 9, traces: 57, metrics: 25, profiles: -1 }[batch.signal];
  const { bytes } = batch;
  for (let at = 0; at < bytes.length - 8; at++) {
    if (bytes[at] === tag && bytes.subarray(at + 3, at + 9).every((byte) => byte === 238))
      found.push((bytes[at + 1] as number) + (bytes[at + 2] as number) * 256);
  }
  return found;
}

test.each<Signal>(['traces', 'logs', 'metrics'])(
  '%s: parts keep to their size, fill it, and lose nothing',
  (signal) => {
    fc.assert(
      fc.property(
        shape,
        fc.integer({ min: 1, max: 900 }),
        fc.integer({ min: 60, max: 900 }),
        (resources, first, max) => {
          const batch = build(signal, resources);
          const firstMax = Math.min(first, max);
          const { parts, tooLarge } = splitByBytes(batch, firstMax, max);
          const alone = (unit: number): Batch =>
            partition(
              batch,
              Int32Array.from({ length: batch.itemCount }, (_, i) => (i === unit ? 0 : -1)),
              1,
            )[0] as Batch;
          const all = marks(batch);
          expect(all).toHaveLength(batch.itemCount);
          const large = all.filter((_, unit) => collectorSize(alone(unit)) > max);
          expect(tooLarge ? marks(tooLarge) : []).toEqual(large);
          expect(parts.flatMap(marks)).toEqual(all.filter((mark) => !large.includes(mark)));
          parts.forEach((part, i) => {
            expect(validate(signal, part.bytes).itemCount).toBe(part.itemCount);
            const size = collectorSize(part);
            expect(size).toBeLessThanOrEqual(max);
            const following = parts[i + 1];
            if (i === 0 && size > firstMax)
              expect(collectorSize(alone(all.indexOf(marks(part)[0] as number)))).toBeGreaterThan(firstMax);
            if (!following) return;
            const units = [...marks(part), marks(following)[0] as number];
            const joined = partition(
              batch,
              Int32Array.from(all, (mark) => (units.includes(mark) ? 0 : -1)),
              1,
            )[0] as Batch;
            expect(collectorSize(joined)).toBeGreaterThan(i === 0 && size <= firstMax ? firstMax : max);
          });
        },
      ),
      { numRuns: 400 },
    );
  },
);

test('ids that are absent count two bytes each, with the lengths around them', () => {
  const sizes = (signal: Signal, ids: number, text: number): number =>
    collectorSize(build(signal, [{ frame: 0, scopes: [{ frame: 0, items: [{ text, ids, points: [] }] }] }])) -
    build(signal, [{ frame: 0, scopes: [{ frame: 0, items: [{ text, ids, points: [] }] }] }]).bytes.length;
  expect(sizes('logs', 0, 10)).toBe(4);
  expect(sizes('logs', 3, 10)).toBe(0);
  expect(sizes('traces', 3, 10)).toBe(2);
  expect(sizes('traces', 0, 10)).toBe(6);
  // 4 more bytes take the record from 126 to 130, which needs a longer length.
  expect(sizes('logs', 0, 126 - 9 - 2)).toBe(4 + 1);
});
