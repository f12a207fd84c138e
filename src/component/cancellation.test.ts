import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { abortSignal, Cancellation, type CancelSignal } from './cancellation.js';

/** What a listener and a reader see of a signal in the course of one life. */
function life(signal: CancelSignal, abort: (reason: unknown) => void): unknown[] {
  const seen: unknown[] = [];
  const first = (): void => void seen.push('first', signal.aborted, (signal.reason as Error).message);
  const removed = (): void => void seen.push('removed');
  const never = (): void => void seen.push('never');
  const second = (): void => {
    seen.push('second');
    signal.removeEventListener('abort', never);
  };
  const last = (): void => void seen.push('last');
  seen.push(signal.aborted, signal.reason);
  signal.addEventListener('abort', first);
  signal.addEventListener('abort', removed);
  signal.addEventListener('abort', second);
  signal.addEventListener('abort', second);
  signal.addEventListener('abort', never);
  signal.addEventListener('abort', last);
  signal.removeEventListener('abort', removed);
  signal.removeEventListener('abort', removed);
  abort(new Error('one'));
  abort(new Error('two'));
  signal.addEventListener('abort', last);
  signal.removeEventListener('abort', first);
  seen.push(signal.aborted, (signal.reason as Error).message);
  return seen;
}

test('a cancellation is to its listeners what an AbortSignal is', () => {
  const cancellation = new Cancellation();
  const controller = new AbortController();
  const expected = life(controller.signal, (reason) => controller.abort(reason));
  expect(life(cancellation, (reason) => cancellation.abort(reason))).toEqual(expected);
  expect(expected).toEqual([false, undefined, 'first', true, 'one', 'second', 'last', true, 'one']);
});

test('an AbortSignal follows a cancellation, before and after it is cancelled', async () => {
  const cancellation = new Cancellation();
  const waiting = sleep(60_000, undefined, { signal: abortSignal(cancellation) });
  const reason = new Error('the sender has gone');
  cancellation.abort(reason);
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError', cause: reason });
  expect(abortSignal(cancellation)).toMatchObject({ aborted: true, reason });
  const real = new AbortController().signal;
  expect(abortSignal(real)).toBe(real);
});
