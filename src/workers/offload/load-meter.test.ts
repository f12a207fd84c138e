import { expect, test } from 'vitest';
import { loadMeter, type Readings } from './load-meter.js';

test.each([
  ['works all the time', { now: 100, active: 100, cpu: 100 }, 1],
  ['has helpers in other threads', { now: 100, active: 100, cpu: 180 }, 1],
  ['has work half of the time', { now: 100, active: 50, cpu: 60 }, 0.5],
  ['waits for a core, because the machine is crowded', { now: 100, active: 100, cpu: 30 }, 0.3],
  ['only waits for others', { now: 100, active: 0, cpu: 0 }, 0],
])('a worker that %s', (_what, { now, active, cpu }: Readings, load) => {
  const readings: Readings[] = [0, 1, 2].map((n) => ({ now: 7 + n * now, active: 5 + n * active, cpu: 3 + n * cpu }));
  const measure = loadMeter(() => readings.shift() as Readings);
  expect([measure(), measure()]).toEqual([load, load]);
});

test('this process is measured', () => {
  const measure = loadMeter();
  for (const from = process.cpuUsage(); process.cpuUsage(from).user < 5000;);
  expect(measure()).toBeGreaterThan(0);
});
