import { expect, test } from 'vitest';
import { HeldClock } from '../../../test/support/held-world.js';
import { PeerQueue } from './peer-queue.js';

interface Check {
  readonly peer: string;
  readonly name: string;
}

function queued(clock: HeldClock, places: number, ...names: readonly string[]): PeerQueue<Check> {
  const queue = new PeerQueue<Check>(places, clock);
  for (const name of names) queue.add(of(name));
  return queue;
}

/** `a2` is a check of the peer `a`. */
const of = (name: string): Check => ({ name, peer: name.slice(0, 1) });

function drain(queue: PeerQueue<Check>): string {
  const names: string[] = [];
  for (let check = queue.next(); check; check = queue.next()) names.push(check.name);
  return names.join(' ');
}

test('peers take turns', () => {
  expect(drain(queued(new HeldClock(), 100, 'a1', 'a2', 'a3', 'a4', 'b1', 'c1', 'c2'))).toBe('a1 b1 c1 a2 c2 a3 a4');
});

test('a peer whose check was wrong comes after the others, for a minute', async () => {
  const clock = new HeldClock();
  const queue = queued(clock, 100, 'a1', 'a2', 'b1', 'c1');
  queue.doubt('a');
  queue.doubt('d');
  queue.add(of('d1'));
  queue.add(of('b2'));
  expect(drain(queue)).toBe('b1 c1 b2 a1 d1 a2');
  await clock.pass(60_001);
  for (const name of ['a1', 'a2', 'b1']) queue.add(of(name));
  expect(drain(queue)).toBe('a1 b1 a2');
});

test('when all places are taken, the newest check of the peer with the most makes room', () => {
  const queue = queued(new HeldClock(), 4, 'a1', 'a2', 'a3', 'b1');
  expect(queue.add(of('c1'))?.name).toBe('a3');
  // `a` has two, and in its place `b` would.
  expect(queue.add(of('b2'))?.name).toBe('b2');
  expect(queue.add(of('d1'))?.name).toBe('a2');
  expect(queue.add(of('e1'))?.name).toBe('e1');
  expect(drain(queue)).toBe('a1 b1 c1 d1');
});

test('a peer whose check was wrong makes room for any other, and never takes room from one', () => {
  const queue = queued(new HeldClock(), 3, 'a1', 'b1', 'b2');
  queue.doubt('a');
  expect(queue.add(of('b3'))?.name).toBe('a1');
  queue.doubt('d');
  expect(queue.add(of('d1'))?.name).toBe('d1');
  expect(drain(queue)).toBe('b1 b2 b3');
});

test('checks that need no turn any more are taken out wherever they wait', () => {
  const queue = queued(new HeldClock(), 4, 'a1', 'a2', 'b1', 'c2');
  queue.doubt('b');
  expect(queue.takeAll(({ name }) => name.endsWith('1')).map(({ name }) => name)).toEqual(['a1', 'b1']);
  // Their places are free.
  for (const name of ['d1', 'd2']) expect(queue.add(of(name))).toBeUndefined();
  expect(drain(queue)).toBe('a2 c2 d1 d2');
});

test('doubts about any number of peers are forgotten, the oldest first', () => {
  const queue = queued(new HeldClock(), 100);
  for (const peer of ['a', 'b', ...Array.from({ length: 9_999 }, (_, i) => `peer${i}`)]) queue.doubt(peer);
  for (const name of ['b1', 'a1', 'c1']) queue.add(of(name));
  expect(drain(queue)).toBe('a1 c1 b1');
});
