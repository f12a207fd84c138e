import { afterEach, expect, test, vi } from 'vitest';
import { deadline } from '../runtime/signals.js';
import { abortAfter, afterLong, every, nodeTimeout, sleep, systemClock } from './clock.js';

afterEach(() => vi.useRealTimers());

const node = 2 ** 31 - 1;
const hour = 3_600_000;

/** Resolves after a timer of one millisecond has come several times, which is when Node runs one that is too long. */
async function someTimers(): Promise<void> {
  // real time: the timers of Node are what is tested.
  for (let i = 0; i < 5; i++) await sleep(systemClock, 1);
}

test.each([node + 1, 1000 * hour, 99_999_999 * hour, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY])(
  'a timer of %d ms does not fire at once, in any of its forms',
  async (ms) => {
    const fired: string[] = [];
    const cancels = [
      systemClock.after(ms, () => fired.push('after')),
      every(systemClock, ms, () => fired.push('every')),
    ];
    const leave = new AbortController();
    // real time: as above.
    const asleep = sleep(systemClock, ms, leave.signal).then(() => fired.push('sleep'));
    const signals = [abortAfter(systemClock, ms), deadline(ms)];
    await someTimers();
    expect(fired).toEqual([]);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, false]);
    leave.abort();
    await asleep;
    for (const cancel of cancels) cancel();
  },
);

test('a timer longer than the longest is made of several, and can be cancelled between them', () => {
  vi.useFakeTimers();
  const fired: string[] = [];
  const cancel = afterLong(9, () => fired.push('cancelled'), 2);
  afterLong(15, () => fired.push('kept'), 2);
  vi.advanceTimersByTime(4);
  cancel();
  vi.advanceTimersByTime(10);
  expect(fired).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(fired).toEqual(['kept']);
});

test('a deadline with a fraction of a millisecond is one', async () => {
  const signal = deadline(0.5);
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
  expect((signal.reason as Error).name).toBe('TimeoutError');
});

test('what is handed to Node is a whole number that it takes', () => {
  expect([0, 0.2, 1000, node, node + 1, 1000 * hour, Number.POSITIVE_INFINITY].map(nodeTimeout)).toEqual([
    0,
    1,
    1000,
    node,
    node,
    node,
    node,
  ]);
});
