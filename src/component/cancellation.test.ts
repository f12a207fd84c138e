import { EventEmitter, once } from 'node:events';
import { expect, test } from 'vitest';
import { abortSignal, Cancellation, cancelStatus, type CancelReason, type CancelSignal } from './cancellation.js';

/** The events that listeners and readers see over the life of one signal. */
function life(
  signal: Pick<CancelSignal, 'aborted' | 'addEventListener' | 'removeEventListener'>,
  abort: () => void,
): unknown[] {
  const seen: unknown[] = [];
  const first = (): void => void seen.push('first', signal.aborted);
  const removed = (): void => void seen.push('removed');
  const never = (): void => void seen.push('never');
  const second = (): void => {
    seen.push('second');
    signal.removeEventListener('abort', never);
  };
  const last = (): void => void seen.push('last');
  seen.push(signal.aborted);
  signal.addEventListener('abort', first);
  signal.addEventListener('abort', first);
  signal.addEventListener('abort', removed);
  signal.addEventListener('abort', second);
  signal.addEventListener('abort', second);
  signal.addEventListener('abort', never);
  signal.addEventListener('abort', last);
  signal.removeEventListener('abort', removed);
  signal.removeEventListener('abort', removed);
  abort();
  abort();
  signal.addEventListener('abort', last);
  signal.removeEventListener('abort', first);
  seen.push(signal.aborted);
  return seen;
}

test('a cancellation is to its listeners what an AbortSignal is', () => {
  const cancellation = new Cancellation();
  const controller = new AbortController();
  const expected = life(controller.signal, () => controller.abort());
  expect(life(cancellation, () => cancellation.abort('sender'))).toEqual(expected);
  expect(expected).toEqual([false, 'first', true, 'second', 'last', true]);
});

test('a single listener that was removed is not called', () => {
  const cancellation = new Cancellation();
  const seen: string[] = [];
  const one = (): void => void seen.push('one');
  cancellation.addEventListener('abort', one);
  cancellation.removeEventListener('abort', one);
  cancellation.abort('sender');
  expect(seen).toEqual([]);
});

test('the first reason stays, and becomes the status that the reason stands for', () => {
  const cancellation = new Cancellation();
  expect(cancellation.cancelledBy).toBeUndefined();
  cancellation.abort('deadline');
  cancellation.abort('sender');
  expect(cancellation.cancelledBy).toBe('deadline');
  const status = (reason: CancelReason): unknown => ({ ...cancelStatus(reason), details: undefined });
  expect(status('deadline')).toEqual({ code: 4, message: 'context deadline exceeded' });
  expect(status('sender')).toEqual({ code: 1, message: 'context canceled' });
  expect(status('drain')).toEqual({ code: 1, message: 'context canceled' });
});

test('an AbortSignal follows a cancellation, before and after it is cancelled', async () => {
  const cancellation = new Cancellation();
  const waiting = once(new EventEmitter(), 'never', { signal: abortSignal(cancellation) });
  cancellation.abort('deadline');
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError', cause: { message: 'context deadline exceeded' } });
  expect(abortSignal(cancellation)).toMatchObject({ aborted: true, reason: { message: 'context deadline exceeded' } });
});
