import { expect, test } from 'vitest';
import { growthPercent } from './heap-growth.js';

const mib = 2 ** 20;

test('a small heap may fill the room, a large one grows as V8 lets it, none is collected at small steps', () => {
  expect(growthPercent(64 * mib, 16 * mib)).toBe(300);
  expect(growthPercent(64 * mib, 1 * mib)).toBe(800);
  for (const alive of [43, 50, 63, 64, 65, 500]) expect(growthPercent(64 * mib, alive * mib)).toBe(0);
});
