import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pointWord } from '../../otlp/keys/point-kernel.js';
import { SeededHash } from '../../otlp/keys/seeded-hash.js';
import { Word64 } from '../../otlp/view/word64.js';
import { Point } from './point.js';
import { StreamKey } from './stream-key.js';
import { marks } from './stream-row.js';
import { Streams } from './streams.js';

const runs = Number(process.env['KANMON_FUZZ_RUNS'] ?? 60);
const service = Buffer.alloc(16);

const metric: Buffer = Buffer.alloc(16, 7);
const point = new Point();

/** The key of a stream of the metric whose attributes have a hash. */
function keyOf(number: number, { seeded }: Streams, of = metric): StreamKey {
  const key = new StreamKey();
  key.enterMetric(of, seeded);
  point.words[pointWord.hash] = Math.imul(number, 0x9e3779b1);
  point.words[pointWord.hash + 1] = number;
  key.enterPoint(point);
  return key;
}

test('one million streams take at most 120 bytes each, all buffers together', () => {
  const streams = new Streams(1 << 30);
  for (let i = 0; i < 1_000_000; i++) streams.enter(keyOf(i, streams), service, i, Infinity);
  expect(streams.count).toBe(1_000_000);
  expect(streams.reservedBytes / 1_000_000).toBeLessThanOrEqual(120);
  expect(streams.bound.used / 1_000_000).toBeLessThanOrEqual(120);
  expect(streams.reservedBytes).toBeLessThan(streams.bound.used * 1.2);
});

test('metrics whose keys collide under one seed are spread by another, and are different streams under both', () => {
  const known = new SeededHash([1, 2]);
  const secret = new SeededHash([3, 4]);
  const colliding: Buffer[] = [];
  for (let i = 0; colliding.length < 300; i++) {
    const key = Buffer.alloc(16);
    key.writeUInt32LE(i, 0);
    if ((known.of(key, 0, 16) & 1023) === 0) colliding.push(key);
  }
  const slots = new Map<number, number>();
  for (const each of colliding) {
    const slot = secret.of(each, 0, 16) & 1023;
    slots.set(slot, (slots.get(slot) ?? 0) + 1);
  }
  expect(Math.max(...slots.values())).toBeLessThan(10);
  for (const seed of [[1, 2], [3, 4], undefined] as const) {
    const streams = new Streams(1 << 20, seed);
    for (const each of colliding) expect(streams.enter(keyOf(0, streams, each), service, 0, Infinity)).toBe(true);
    expect(streams.count).toBe(colliding.length);
    for (const each of colliding) expect(streams.find(keyOf(0, streams, each))).toBe(true);
    expect(streams.find(keyOf(1, streams, colliding[0]))).toBe(false);
  }
});

test('streams that were not used are forgotten, and their rows are used again', () => {
  const streams = new Streams(1 << 20);
  for (let i = 0; i < 3000; i++) streams.enter(keyOf(i, streams), service, i % 2 === 0 ? 10 : 20, Infinity);
  const { reservedBytes } = streams;
  while (streams.expire(15, 100));
  expect(streams.count).toBe(1500);
  expect(streams.find(keyOf(0, streams))).toBe(false);
  expect(streams.find(keyOf(1, streams))).toBe(true);
  for (let i = 0; i < 3000; i += 2) {
    streams.enter(keyOf(i, streams), service, 30, Infinity);
    expect([streams.isNew, streams.owner, streams.get(marks.quiet)]).toEqual([true, 0, 0]);
  }
  expect(streams.reservedBytes).toBe(reservedBytes);
  while (streams.expire(40, 100));
  expect([streams.count, streams.bound.used]).toEqual([0, 0]);
});

test('streams are found in any order, and those that are forgotten are not', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 40 }), { maxLength: 60 }), fc.nat({ max: 40 }), (order, before) => {
      const streams = new Streams(1 << 20);
      for (let i = 0; i <= 40; i++) {
        streams.enter(keyOf(i, streams), service, i, Infinity);
        streams.setOwner(i + 1, 0);
      }
      streams.expire(before, 100);
      for (const i of order) {
        expect(streams.find(keyOf(i, streams))).toBe(i > before);
        if (i > before) expect(streams.owner).toBe(i + 1);
      }
    }),
    { numRuns: runs },
  );
});

test('each number of a stream is kept by itself', () => {
  const words = fc.record({ low: fc.nat({ max: 0xffff_ffff }), high: fc.nat({ max: 0xffff_ffff }) });
  const all = Object.values(marks);
  fc.assert(
    fc.property(
      fc.array(words, { minLength: 4, maxLength: 4 }),
      fc.array(fc.nat({ max: 300 }), { minLength: 10, maxLength: 10 }),
      (numbers, small) => {
        const streams = new Streams(1 << 20);
        streams.enter(keyOf(1, streams), service, 5, Infinity);
        const [start, time, value, earlier] = numbers.map((each) => Object.assign(new Word64(), each));
        streams.setStart(start!);
        streams.setTime(time!);
        streams.setValue(value!);
        streams.setEarlier(earlier!, -5);
        streams.setOwner(12, 4_000_000_000);
        streams.setRival(13, 1_700_000_000_123.5);
        all.forEach((each, i) => streams.set(each, small[i] ?? 0));
        const into = new Word64();
        expect({ ...streams.start(into) }).toEqual({ ...start });
        expect({ ...streams.time(into) }).toEqual({ ...time });
        expect({ ...streams.value(into) }).toEqual({ ...value });
        expect({ ...streams.earlierTime(into) }).toEqual({ ...earlier });
        expect([streams.earlierValue, streams.owner, streams.since, streams.rival]).toEqual([
          ...[-5, 12, 4_000_000_000, 13],
        ]);
        expect(streams.isBehindRival(1_700_000_000_124)).toBe(true);
        expect(streams.isBehindRival(1_700_000_000_123)).toBe(false);
        expect(all.map((each) => streams.get(each))).toEqual(all.map(({ most }, i) => Math.min(most, small[i] ?? 0)));
      },
    ),
    { numRuns: runs },
  );
});
