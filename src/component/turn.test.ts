import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, expect, test } from 'vitest';
import { pieceBytes } from '../otlp/work.js';
import { inTurns, perTurn, resultInTurns, turnFor } from './turn.js';

beforeEach(async () => {
  await nextTurn();
  await nextTurn();
});

test('small work does not wait behind large work, nor large work for ever behind small', async () => {
  const order: string[] = [];
  const large = Array.from({ length: 20 }, (_, i) => turnFor(pieceBytes)?.then(() => order.push(`large ${i}`)));
  expect(large.filter((turn) => turn === undefined).length).toBeLessThan(5);
  expect(turnFor(1000)).toBeUndefined();
  const small = Array.from({ length: 20 }, (_, i) => turnFor(100_000)?.then(() => order.push(`small ${i}`)));
  await Promise.all([...small, ...large]);
  expect(order.filter((name) => name.startsWith('small')).length).toBeGreaterThan(10);
  // Each turn has some of both.
  expect(order.findIndex((name) => name.startsWith('large'))).toBeLessThan(order.indexOf('small 19'));
  expect(order.indexOf('small 19')).toBeLessThan(order.indexOf('large 19'));
});

test('small work has a whole turn while there is no large work', () => {
  let granted = 0;
  while (turnFor(100_000) === undefined) granted += 100_000;
  expect(granted).toBeGreaterThan(perTurn * 0.8);
});

test('work of any size is done, and its error comes out', async () => {
  await turnFor(10 * perTurn);
  let steps = 0;
  await inTurns({ step: () => ++steps < 30 });
  expect(steps).toBe(30);
  const counted = function* (): Generator<void, number, undefined> {
    for (let i = 0; i < 30; i++) yield;
    return 7;
  };
  expect(await resultInTurns(counted())).toBe(7);
  const failing = function* (): Generator<void, number, undefined> {
    yield;
    throw new Error('broken');
  };
  await expect(resultInTurns(failing())).rejects.toThrow('broken');
});
