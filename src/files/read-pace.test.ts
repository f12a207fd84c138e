import { expect, test } from 'vitest';
import { ReadPace } from './read-pace.js';

/** How many reads the thread pool gets until one is made in the turn again. */
function pooledReads(pace: ReadPace): number {
  let reads = 0;
  for (; !pace.isQuick; reads++) pace.pooled();
  return reads;
}

test('reads stay in the turn while they are quick', () => {
  const pace = new ReadPace();
  for (let i = 0; i < 100; i++) pace.took(0.1);
  expect(pace.isQuick).toBe(true);
});

test('behind slow reads ever more go to the thread pool, up to a bound', () => {
  const pace = new ReadPace();
  const pooled = Array.from({ length: 9 }, () => {
    pace.took(30);
    return pooledReads(pace);
  });
  expect(pooled).toEqual([8, 16, 32, 64, 128, 256, 512, 1024, 1024]);
});

test('quick reads earn trust again', () => {
  const pace = new ReadPace();
  pace.took(30);
  pooledReads(pace);
  for (let i = 0; i < 100; i++) pace.took(0.1);
  pace.took(30);
  expect(pooledReads(pace)).toBe(8);
});
