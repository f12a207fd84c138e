import { expect, test } from 'vitest';
import { HeldClock } from '../../test/support/held-world.js';
import { FailureStatus } from './failure-status.js';
import {
  mergedStatus,
  stateAfter,
  type ComponentState,
  type ComponentStatus,
  type InstanceEvent,
  type StatusName,
} from './status.js';
import { StatusParts } from './status-parts.js';

const event = (status: InstanceEvent['status'], error = 'broken'): InstanceEvent =>
  status === 'recoverable_error' || status === 'permanent_error' || status === 'fatal_error'
    ? { status, error: new Error(error) }
    : { status };
const state = (status: StatusName): ComponentState => {
  if (status === 'none') return { status };
  return status === 'recoverable_error' || status === 'permanent_error' || status === 'fatal_error'
    ? { status, sinceMs: 1, error: 'before' }
    : { status, sinceMs: 1 };
};

// The table of docs/spec/core.md#component-status.
const follows: Readonly<Record<StatusName, readonly InstanceEvent['status'][]>> = {
  none: ['starting'],
  starting: ['ok', 'recoverable_error', 'permanent_error', 'fatal_error', 'stopping'],
  ok: ['ok', 'recoverable_error', 'permanent_error', 'fatal_error', 'stopping'],
  recoverable_error: ['ok', 'recoverable_error', 'permanent_error', 'fatal_error', 'stopping'],
  permanent_error: ['stopping'],
  fatal_error: [],
  stopping: ['recoverable_error', 'permanent_error', 'fatal_error', 'stopped'],
  stopped: [],
};
const events: readonly InstanceEvent['status'][] = [
  ...(['starting', 'ok', 'recoverable_error', 'permanent_error', 'fatal_error', 'stopping', 'stopped'] as const),
];

test.each(Object.keys(follows) as StatusName[])('after %s only what may come is taken', (before) => {
  for (const next of events) {
    const after = stateAfter(state(before), event(next), 2);
    if (!follows[before].includes(next)) expect(after, next).toBeUndefined();
    else expect(after, next).toMatchObject({ status: next, sinceMs: next === before ? 1 : 2 });
  }
});

test('a failure is an error at once, and it is over when nothing has failed for a second', async () => {
  const clock = new HeldClock();
  const seen: string[] = [];
  const status = new FailureStatus(clock, (each) => seen.push('error' in each ? each.error.message : each.status));
  status.succeeded();
  status.failed(new Error('a'));
  status.succeeded();
  await clock.pass(900);
  status.succeeded();
  status.failed(new Error('b'));
  await clock.pass(5000);
  expect(seen).toEqual(['a', 'b']);
  status.succeeded();
  status.succeeded();
  await clock.pass(1000);
  await clock.pass(5000);
  expect(seen).toEqual(['a', 'b', 'ok']);
});

test('a component has an error while any of its parts has one, in each of its instances', () => {
  const seen: string[] = [];
  const late: string[] = [];
  const parts = new StatusParts();
  const words = (each: InstanceEvent): string =>
    'error' in each ? `${each.status} ${each.error.message}` : each.status;
  parts.attach((each) => seen.push(words(each)));
  const [a, b] = [parts.part('a'), parts.part('b')];
  a({ status: 'ok' });
  a({ status: 'recoverable_error', error: new Error('1') });
  a({ status: 'recoverable_error', error: new Error('1') });
  b({ status: 'recoverable_error', error: new Error('2') });
  parts.attach((each) => late.push(words(each)));
  a({ status: 'ok' });
  parts.remove('b');
  parts.remove('b');
  b({ status: 'fatal_error', error: new Error('3') });
  const end = ['recoverable_error b: 2', 'ok', 'fatal_error 3'];
  expect(seen).toEqual(['recoverable_error a: 1', 'recoverable_error a: 1 (and 1 more)', ...end]);
  expect(late).toEqual(['recoverable_error a: 1 (and 1 more)', ...end]);
});

test('of several workers each component is shown once, in its worst state', () => {
  const of = (id: string, each: ComponentState): ComponentStatus => ({
    kind: 'exporter',
    id,
    pipelines: ['traces'],
    state: each,
  });
  const own: ComponentStatus = { kind: 'extension', id: 'zpages', pipelines: [], state: state('ok') };
  const merged = mergedStatus(
    [own],
    new Map([
      [
        1,
        [
          of('a', state('ok')),
          of('b', state('recoverable_error')),
          of('c', { status: 'recoverable_error', sinceMs: 9, error: 'new' }),
        ],
      ],
      [
        2,
        [
          of('a', state('starting')),
          of('b', { status: 'permanent_error', sinceMs: 1, error: 'gone' }),
          of('c', { status: 'recoverable_error', sinceMs: 8, error: 'old' }),
        ],
      ],
    ]),
  );
  expect(merged).toEqual([
    own,
    of('a', state('starting')),
    of('b', { status: 'permanent_error', sinceMs: 1, error: 'worker 2: gone' }),
    of('c', { status: 'recoverable_error', sinceMs: 8, error: 'worker 2: old' }),
  ]);
});
