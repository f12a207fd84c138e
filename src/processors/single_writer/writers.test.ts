import { expect, test } from 'vitest';
import { Writers } from './writers.js';

test('connections of one identity are different writers with the same identity', () => {
  const writers = new Writers();
  const one = writers.enter('10.0.0.1:1', '10.0.0.1', 0);
  const two = writers.enter('10.0.0.1:2', '10.0.0.1', 0);
  const other = writers.enter('10.0.0.2:1', '10.0.0.2', 0);
  expect(writers.enter('10.0.0.1:1', '10.0.0.1', 5)).toBe(one);
  expect(one.identity).toBe(two.identity);
  expect(new Set([one.id, two.id, other.id]).size).toBe(3);
  expect(other.identity).not.toBe(one.identity);
  expect(one.name).toBe('10.0.0.1:1');
});

test('no more are known than there may be, and an ID is never that of a later one', () => {
  const writers = new Writers(10);
  const first = writers.enter('h:0', 'h', 0);
  const kept = writers.enter('h:1', 'h', 0);
  const ids = new Set<number>();
  for (let i = 2; i < 100; i++) {
    ids.add(writers.enter(`h:${i}`, `identity ${i}`, i).id);
    writers.enter('h:1', 'h', i);
  }
  expect(ids.size).toBe(98);
  expect(writers.count).toBe(10);
  expect(writers.find(first.id)).toBeUndefined();
  expect(writers.find(kept.id)).toBe(kept);
  expect(writers.find(0)).toBeUndefined();
});

test('the skew of two clocks is the difference of their least delays', () => {
  const writers = new Writers();
  const a = writers.enter('a:1', 'a', 0);
  const b = writers.enter('b:1', 'b', 0);
  expect(writers.skewMs(a, b, 3)).toBe(0);
  for (const delay of [-29_950, -30_000, 60_000]) writers.noteDelay(a, delay, 1000);
  for (const delay of [90_000, 40, 200]) writers.noteDelay(b, delay, 1000);
  expect(writers.skewMs(a, b, 500)).toBe(30_040);
  expect(writers.skewMs(b, a, 0)).toBe(-30_040);
  // The delays of an hour ago say nothing of now.
  writers.noteDelay(a, 10, 3_600_000);
  expect(writers.skewMs(a, b, 500)).toBe(30);
});
