import { expect, test } from 'vitest';
import { Succession } from './succession.js';

test('what is left behind in a place is taken once, and not after it was withdrawn', () => {
  const succession = new Succession();
  const [one, two] = [{ n: 1 }, { n: 2 }];
  const withdraw = succession.leaveBehind('a', one);
  expect(succession.take('b')).toBeUndefined();
  expect(succession.take('a')).toBe(one);
  expect(succession.take('a')).toBeUndefined();
  expect(withdraw()).toBe(false);
  const withdrawFirst = succession.leaveBehind('a', one);
  const withdrawSecond = succession.leaveBehind('a', two);
  expect([withdrawFirst(), withdrawSecond()]).toEqual([false, true]);
  expect(succession.take('a')).toBeUndefined();
});
