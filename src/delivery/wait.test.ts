import { expect, test } from 'vitest';
import { HeldClock } from '../../test/support/held-world.js';
import { Cancellation, type CancelReason } from '../component/cancellation.js';
import { Drain } from './drain.js';
import { waitFor, whenCancelled, type WaitEnd } from './wait.js';

/** A wait with everything that can end it. `listening` is the number of registrations for its event. */
function wait(deadlineMs = 100): {
  clock: HeldClock;
  sender: Cancellation;
  drain: Drain;
  patience: AbortController;
  end: Promise<WaitEnd<string>>;
  event(value: string): void;
  listening(): number;
} {
  const clock = new HeldClock();
  const sender = new Cancellation();
  const drain = new Drain();
  const patience = new AbortController();
  drain.begin(patience.signal);
  const events = new Set<(value: string) => void>();
  const end = waitFor<string>({ clock, deadline: clock.now() + deadlineMs, signal: sender, drain }, (event) => {
    events.add(event);
    return () => events.delete(event);
  });
  const event = (value: string): void => events.forEach((run) => run(value));
  return { clock, sender, drain, patience, end, event, listening: () => events.size };
}

type Wait = ReturnType<typeof wait>;
const ends: [string, (wait: Wait) => unknown, WaitEnd<string>][] = [
  ['its event', ({ event }) => event('room'), { by: 'event', value: 'room' }],
  ['the deadline', ({ clock }) => clock.pass(100), { by: 'deadline' }],
  ['the sender', ({ sender }) => sender.abort('sender'), { by: 'sender' }],
  ['what cancelled the sender', ({ sender }) => sender.abort('deadline'), { by: 'deadline' }],
  ['the drain', ({ patience }) => patience.abort(), { by: 'drain' }],
];

test.each(ends)('a wait is ended by %s, and nothing after it changes that', async (_name, cause, expected) => {
  const waiting = wait();
  await cause(waiting);
  expect(waiting.listening()).toBe(0);
  for (const [, other] of ends) await other(waiting);
  expect(await waiting.end).toEqual(expected);
});

test('a wait that is cancelled before it begins never listens', async () => {
  const sender = new Cancellation();
  sender.abort('sender');
  let listened = false;
  const end = await waitFor({ clock: new HeldClock(), signal: sender }, () => {
    listened = true;
    return () => {};
  });
  expect({ end, listened }).toEqual({ end: { by: 'sender' }, listened: false });
});

test('an event that comes while it is being registered ends the wait and is withdrawn', async () => {
  let withdrawn = false;
  const end = await waitFor<number>({ clock: new HeldClock() }, (event) => {
    event(7);
    return () => (withdrawn = true);
  });
  expect({ end, withdrawn }).toEqual({ end: { by: 'event', value: 7 }, withdrawn: true });
});

test('watching ends when it is stopped, and the first reason is the only one', async () => {
  const clock = new HeldClock();
  const sender = new Cancellation();
  const reasons: CancelReason[] = [];
  const limits = { clock, deadline: clock.now() + 50, signal: sender };
  const stop = whenCancelled(limits, (reason) => reasons.push(reason));
  stop();
  whenCancelled(limits, (reason) => reasons.push(reason));
  await clock.pass(50);
  sender.abort('sender');
  expect(reasons).toEqual(['deadline']);
});
