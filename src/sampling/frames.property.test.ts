import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batchOf, unknownField } from '../../test/support/plain-spans.js';
import { SeededHash } from '../otlp/keys/seeded-hash.js';
import { Frames } from '../otlp/parts/frames.js';
import { RunLists } from '../otlp/parts/run-lists.js';
import { noFrame, ownFrame, SharedFrames } from './frames.js';

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
        frames.dropBefore(Math.min(tick, ...[...traces.values()].map(({ arrival }) => arrival)), 1 + (tick % 5));
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
      while (frames.dropBefore(tick + 1, 3));
      expect(frames.memory).toBe(0);
    }),
    { numRuns: 300 },
  );
});

test('resources of one hash are told apart, also after one of them was dropped', () => {
  const hash = new SeededHash();
  const byHash = new Map<number, number>();
  const name = (i: number): string => unknownField(Buffer.from(`resource ${i}`));
  const colliding: number[] = [];
  // Of so many names about twenty pairs have the same hash of 32 bits.
  for (let i = 0; i < 400_000; i++) {
    const bytes = Buffer.from(name(i), 'hex');
    const h = hash.of(bytes, 0, bytes.length);
    const other = byHash.get(h);
    if (other !== undefined && !colliding.includes(other)) colliding.push(other, i);
    byHash.set(h, i);
  }
  expect(colliding.length).toBeGreaterThan(0);
  const frames = new SharedFrames(1 << 20);
  const idOf = (i: number, tick: number): number =>
    frames.idOf(new Frames(batchOf([{ resource: name(i), scope: '', span: '1200' }]), new RunLists()), 0, 0, tick);
  const ids = colliding.map((i) => idOf(i, 1));
  expect(new Set(ids).size).toBe(colliding.length);
  const check = (): void =>
    colliding.forEach((i, at) => expect(frames.shared(ids[at]!).resource.toString('hex')).toBe(name(i)));
  check();
  // The first of each pair is used on, the other one is dropped and comes anew.
  for (let at = 0; at < colliding.length; at += 2) expect(idOf(colliding[at]!, 2)).toBe(ids[at]);
  while (frames.dropBefore(2, 1));
  for (let at = 1; at < colliding.length; at += 2) ids[at] = idOf(colliding[at]!, 3);
  expect(new Set(ids).size).toBe(colliding.length);
  check();
});

test('a frame that is too long to stand before each span waits for room, unless it can never have any', () => {
  const frames = new SharedFrames(200 << 10);
  const batches = new Map<number, Frames>();
  const idOf = (bytes: number, fill: number, tick: number): number => {
    const resource = unknownField(Buffer.alloc(bytes, fill));
    const batch = batches.get(fill) ?? new Frames(batchOf([{ resource, scope: '', span: '1200' }]), new RunLists());
    batches.set(fill, batch);
    return frames.idOf(batch, 0, 0, tick);
  };
  expect(idOf(100 << 10, 1, 1)).toBeGreaterThanOrEqual(0);
  expect(idOf(120 << 10, 2, 1)).toBe(noFrame);
  expect(frames.fitsEver(frames.sizeOf(noFrame))).toBe(true);
  expect(idOf(120 << 10, 2, 2)).toBe(noFrame);
  expect(frames.dropBefore(2, 100)).toBe(false);
  expect(idOf(120 << 10, 2, 2)).toBeGreaterThanOrEqual(0);
  expect(idOf(60 << 10, 3, 2)).toBeGreaterThanOrEqual(0);
  expect(idOf(60 << 10, 4, 2)).toBe(ownFrame);
  expect(idOf(300 << 10, 5, 2)).toBe(noFrame);
  expect(frames.fitsEver(frames.sizeOf(noFrame))).toBe(false);
});
