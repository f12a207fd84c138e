import { expect, test } from 'vitest';
import { HeldClock } from '../../../test/support/held-world.js';
import { DeliveryError } from '../../component/delivery-error.js';
import { Levels, type LevelState } from './levels.js';

const why = new DeliveryError('refused', { class: 'retryable', reason: 'backend_refused' });

function three(): { levels: Levels; clock: HeldClock; changes: [LevelState['kind'], LevelState['kind'], boolean][] } {
  const clock = new HeldClock();
  const changes: [LevelState['kind'], LevelState['kind'], boolean][] = [];
  const levels = new Levels({
    ...{ count: 3, clock, retryMs: 60_000, downRetryMs: 5000 },
    changed: (from, to, error) => void changes.push([from.kind, to.kind, error !== undefined]),
  });
  return { levels, clock, changes };
}

test('at first everything goes to the first level, and nothing is tried elsewhere', async () => {
  const { levels, clock, changes } = three();
  await clock.pass(3_600_000);
  expect(levels.begin()).toEqual({ from: 0, probes: false });
  levels.accepted(0, levels.begin());
  expect([levels.active, levels.untilProbe, changes]).toEqual([0, 0, []]);
});

test('a level that fails hands over to the next one, and only the current level can', () => {
  const { levels, changes } = three();
  levels.failed(1, why);
  expect(levels.active).toBe(0);
  levels.failed(0, why);
  levels.failed(0, why);
  expect([levels.active, levels.peek()]).toEqual([1, { from: 1, probes: false }]);
  expect(changes).toEqual([['first', 'lower', true]]);
});

test('a payload that is under way passes over levels that have failed since it began', () => {
  const { levels } = three();
  const way = levels.begin();
  levels.failed(0, why);
  levels.failed(1, why);
  expect(levels.after(0, way)).toBe(2);
  expect(levels.after(2, way)).toBe(3);
});

test('after the interval one payload tries the levels above, from the first one on', async () => {
  const { levels, clock, changes } = three();
  levels.failed(0, why);
  levels.failed(1, why);
  await clock.pass(59_999);
  expect([levels.begin(), levels.untilProbe]).toEqual([{ from: 2, probes: false }, 1]);
  await clock.pass(1);
  const probe = levels.begin();
  expect(probe).toEqual({ from: 0, probes: true });
  expect(levels.begin()).toEqual({ from: 2, probes: false });
  levels.failed(0, why);
  expect(levels.after(0, probe)).toBe(1);
  levels.accepted(1, probe);
  levels.end(probe);
  expect([levels.active, levels.peek()]).toEqual([1, { from: 1, probes: false }]);
  expect(changes.at(-1)).toEqual(['lower', 'lower', false]);
  await clock.pass(60_000);
  const again = levels.begin();
  levels.accepted(0, again);
  levels.end(again);
  expect(levels.state).toEqual({ kind: 'first' });
});

test('a probe that finds nothing better is made again after the interval', async () => {
  const { levels, clock, changes } = three();
  levels.failed(0, why);
  await clock.pass(60_000);
  const probe = levels.begin();
  levels.accepted(1, probe);
  levels.end(probe);
  expect([levels.active, levels.peek().probes, changes.length]).toEqual([1, false, 1]);
  await clock.pass(60_000);
  expect(levels.peek()).toEqual({ from: 0, probes: true });
});

test('an interval that passes while a probe is under way does not make another one', async () => {
  const { levels, clock } = three();
  levels.failed(0, why);
  await clock.pass(60_000);
  const probe = levels.begin();
  await clock.pass(60_000);
  expect(levels.peek().probes).toBe(false);
  levels.end(probe);
  expect(levels.peek().probes).toBe(false);
  await clock.pass(60_000);
  expect(levels.peek().probes).toBe(true);
});

test('when all levels are down nothing is tried until the shorter interval has passed', async () => {
  const { levels, clock, changes } = three();
  for (const level of [0, 1, 2]) levels.failed(level, why);
  expect([levels.active, levels.untilProbe, levels.begin()]).toEqual([-1, 5000, { from: 3, probes: false }]);
  await clock.pass(5000);
  const probe = levels.begin();
  expect(probe).toEqual({ from: 0, probes: true });
  for (const level of [0, 1, 2]) levels.failed(level, why);
  levels.end(probe);
  expect([levels.active, levels.untilProbe]).toEqual([-1, 5000]);
  await clock.pass(5000);
  const second = levels.begin();
  levels.accepted(2, second);
  levels.end(second);
  expect([levels.active, levels.untilProbe]).toEqual([2, 60_000]);
  expect(changes.map(([, to]) => to)).toEqual(['lower', 'lower', 'down', 'lower']);
});

test('one level alone is down, and comes back', async () => {
  const clock = new HeldClock();
  const levels = new Levels({ count: 1, clock, retryMs: 1000, downRetryMs: 5000, changed: () => {} });
  levels.failed(0, why);
  expect([levels.active, levels.untilProbe]).toEqual([-1, 1000]);
  await clock.pass(1000);
  levels.accepted(0, levels.begin());
  expect(levels.state).toEqual({ kind: 'first' });
});

test('a level hangs when five payloads in a row are given up there', () => {
  const { levels } = three();
  for (let i = 0; i < 4; i++) levels.givenUp(0, why);
  levels.accepted(0, levels.begin());
  for (let i = 0; i < 4; i++) levels.givenUp(0, why);
  expect(levels.active).toBe(0);
  levels.givenUp(0, why);
  expect(levels.active).toBe(1);
});

test('after stop no timer is left', async () => {
  const { levels, clock } = three();
  levels.failed(0, why);
  levels.stop();
  await clock.pass(120_000);
  expect(levels.peek().probes).toBe(false);
});
