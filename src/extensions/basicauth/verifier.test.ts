import { expect, test } from 'vitest';
import { DeliveryError } from '../../component/delivery-error.js';
import { HeldClock } from '../../../test/support/held-world.js';
import { Verifier } from './verifier.js';

interface Held {
  readonly verifier: Verifier;
  /** The passwords whose hash was begun, in order. */
  readonly hashed: string[];
  /** Lets the next hash end. */
  next(): Promise<void>;
}

/** A costly hash of a password, for the tests. */
const hashOf = (password: string): string => `$2b$${password}`;

function hashesOf(passwords: Readonly<Record<string, string>>): Map<string, string> {
  return new Map(Object.entries(passwords).map(([user, password]) => [user, hashOf(password)]));
}

/** A verifier whose hashes end when the test lets them. */
function held(users: Map<string, string>): Held {
  const hashed: string[] = [];
  const waiting: (() => void)[] = [];
  const matches = async (password: string, hash: string): Promise<boolean> => {
    hashed.push(password);
    await new Promise<void>((resolve) => waiting.push(resolve));
    return hashOf(password) === hash;
  };
  const verifier = new Verifier(() => users, matches, new HeldClock());
  const next = async (): Promise<void> => {
    while (waiting.length === 0) await Promise.resolve();
    waiting.shift()?.();
    for (let i = 0; i < 10; i++) await Promise.resolve();
  };
  return { verifier, hashed, next };
}

const tooMany = 'too many credentials are being checked';
const peer = '192.0.2.1:4000';
const other = '192.0.2.2:4000';

/** Notes how each of `count` guesses ends, in order. */
function guess(verifier: Verifier, count: number, from: (i: number) => string, notes: string[], round = 1): void {
  for (let i = 0; i < count; i++)
    verifier.verify(`user${i}`, `guess ${round}.${i}`, from(i)).then(
      (right) => notes.push(`${right}`),
      (error: Error) => notes.push(error.message),
    );
}

test.each([
  ['1,024 bytes', 'x'.repeat(1024), 1],
  ['1,025 bytes', 'x'.repeat(1025), 0],
  ['1,025 bytes in fewer characters', `x${'\u00fc'.repeat(512)}`, 0],
  ['700 kB', 'x'.repeat(700_000), 0],
])('a password of %s: %#', async (_what, password, hashes) => {
  const { verifier, hashed, next } = held(hashesOf({ a: password }));
  const right = verifier.verify('a', password, peer);
  if (hashes > 0) await next();
  expect(await right).toBe(hashes > 0);
  expect(hashed).toHaveLength(hashes);
});

test('a hash that is quick to compare waits for no other', async () => {
  const { verifier, hashed } = held(new Map([...hashesOf({ a: 'x' }), ['b', 'plain']]));
  const notes: string[] = [];
  guess(verifier, 150, () => peer, notes);
  expect(await verifier.verify('b', 'plain', peer)).toBe(true);
  expect(await verifier.verify('b', 'other', peer)).toBe(false);
  expect(hashed).toHaveLength(1);
});

test('of 150 guesses of one peer at different names 100 wait, and a known user is let in before them', async () => {
  const { verifier, hashed, next } = held(hashesOf({ a: 'right' }));
  const first = verifier.verify('a', 'right', peer);
  await next();
  expect(await first).toBe(true);
  const notes: string[] = [];
  guess(verifier, 150, () => peer, notes);
  expect(await verifier.verify('a', 'right', peer)).toBe(true);
  notes.push('known');
  for (let i = 0; i < 101; i++) await next();
  expect(notes).toHaveLength(151);
  expect(notes.filter((each) => each === tooMany)).toHaveLength(49);
  expect(notes.indexOf('known')).toBeLessThan(notes.indexOf('false'));
  expect(hashed).toHaveLength(102);
});

test('150 guesses of one peer delay another one by the hash that is being computed', async () => {
  const { verifier, hashed, next } = held(hashesOf({ a: 'right' }));
  const notes: string[] = [];
  guess(verifier, 150, () => peer, notes);
  const fresh = verifier.verify('a', 'right', other);
  await next();
  await next();
  expect(await fresh).toBe(true);
  expect(hashed.slice(0, 2)).toEqual(['guess 1.0', 'right']);
});

test('150 peers that guess again and again delay a new one by the hash that is being computed', async () => {
  const { verifier, hashed, next } = held(hashesOf({ a: 'right' }));
  const notes: string[] = [];
  const network = (i: number): string => `[2001:db8:0:${i.toString(16)}::1]:4000`;
  // The first guesses come a few at a time, so that all of them are checked.
  for (let from = 0; from < 150; from += 50) {
    guess(verifier, 50, (i) => network(from + i), notes, from);
    for (let i = 0; i < 50; i++) await next();
  }
  expect(notes).toEqual(Array.from({ length: 150 }, () => 'false'));
  guess(verifier, 150, network, notes, 150);
  const before = hashed.length;
  const fresh = verifier.verify('a', 'right', other);
  await next();
  await next();
  expect(await fresh).toBe(true);
  expect(hashed.slice(before)).toEqual(['right', 'guess 150.1']);
});

test('guesses at the name of a user take no place that its own sender needs', async () => {
  const { verifier, next } = held(hashesOf({ a: 'right' }));
  const guesses = Promise.allSettled(
    Array.from({ length: 150 }, (_, i) => verifier.verify('a', `guess ${i}`, `[2001:db8::${i.toString(16)}]:4000`)),
  );
  const own = verifier.verify('a', 'right', '[2001:db8:1::1]:4000');
  for (let i = 0; i < 101; i++) await next();
  expect(await own).toBe(true);
  const ended = await guesses;
  expect(ended.filter(({ status }) => status === 'fulfilled')).toHaveLength(100);
});

test('requests with the same credentials need one hash, of one sender and of many', async () => {
  const { verifier, hashed, next } = held(hashesOf({ a: 'right', b: 'other' }));
  const all = Array.from({ length: 300 }, (_, i) => verifier.verify('a', 'right', `192.0.2.${i % 90}:${4000 + i}`));
  await next();
  expect(await Promise.all(all)).toEqual(all.map(() => true));
  expect(hashed).toEqual(['right']);
  const wrong = [verifier.verify('b', 'guess', peer), verifier.verify('b', 'guess', peer)];
  await next();
  expect(await Promise.all(wrong)).toEqual([false, false]);
  expect(hashed).toEqual(['right', 'guess']);
});

test('another user of the file is no way in for one that is not there', async () => {
  const { verifier, hashed, next } = held(hashesOf({ a: 'right' }));
  for (let i = 0; i < 2; i++) {
    const right = verifier.verify('nobody', 'right', peer);
    await next();
    expect(await right).toBe(false);
  }
  expect(hashed).toEqual(['right', 'right']);
});

test('a new hash of a user ends what is remembered of that user only', async () => {
  const users = hashesOf({ a: 'one', b: 'two' });
  const { verifier, hashed, next } = held(users);
  const check = async (user: string, password: string): Promise<boolean> => {
    const right = verifier.verify(user, password, peer);
    await next();
    return right;
  };
  expect([await check('a', 'one'), await check('b', 'two')]).toEqual([true, true]);
  users.set('a', hashOf('changed'));
  expect(await check('a', 'one')).toBe(false);
  expect(await verifier.verify('b', 'two', peer)).toBe(true);
  expect(hashed).toHaveLength(3);
});

test('every user of the file is remembered, and none that left it', async () => {
  const users = hashesOf(Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`u${i}`, `p${i}`])));
  let hashes = 0;
  const matches = (password: string, hash: string): Promise<boolean> =>
    Promise.resolve(++hashes > 0 && hashOf(password) === hash);
  const verifier = new Verifier(() => users, matches, new HeldClock());
  for (let round = 0; round < 2; round++)
    for (let i = 0; i < 2000; i++) expect(await verifier.verify(`u${i}`, `p${i}`, peer)).toBe(true);
  expect(hashes).toBe(2000);
  users.delete('u0');
  users.set('new', hashOf('new'));
  users.delete('u1');
  expect(await verifier.verify('new', 'new', peer)).toBe(true);
  users.set('u0', hashOf('p0'));
  expect(await verifier.verify('u0', 'p0', peer)).toBe(true);
  expect(hashes).toBe(2002);
});

test('a sender whose credentials cannot be checked is asked to come back, and the next one is checked', async () => {
  const users = hashesOf({ a: 'right' });
  let broken = true;
  const matches = (): Promise<boolean> => (broken ? Promise.reject(new Error('no thread')) : Promise.resolve(true));
  const verifier = new Verifier(() => users, matches, new HeldClock());
  const error: unknown = await verifier.verify('a', 'right', peer).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(DeliveryError);
  expect(error).toMatchObject({ local: true, class: 'retryable', message: 'credentials cannot be checked now' });
  broken = false;
  expect(await verifier.verify('a', 'right', peer)).toBe(true);
});
