import type { LookupAddress } from 'node:dns';
import { expect, test } from 'vitest';
import { HeldClock } from '../../test/support/held-world.js';
import { connectLookup, NameLookups, names } from './lookup.js';

const found: readonly LookupAddress[] = [{ address: '192.0.2.1', family: 4 }];

/** A system whose answers the test gives. */
function system(limit: number): {
  clock: HeldClock;
  lookups: NameLookups;
  asked: string[];
  answer(name: string): Promise<void>;
} {
  const clock = new HeldClock();
  const asked: string[] = [];
  const open = new Map<string, (answer: readonly LookupAddress[]) => void>();
  const lookups = new NameLookups({
    limit,
    clock,
    ask: (name) => {
      asked.push(name);
      return new Promise((resolve) => open.set(name, resolve));
    },
  });
  const answer = async (name: string): Promise<void> => {
    open.get(name)?.(found);
    await clock.pass(0);
  };
  return { clock, lookups, asked, answer };
}

const failure = (error: unknown): unknown => error;

test('eight names that hang take two places, and each asker waits no longer than it wants to', async () => {
  const { clock, lookups, asked } = system(2);
  const waiting = Array.from({ length: 8 }, (_, i) => lookups.find(`hangs-${i}`, 1000).catch(failure));
  await clock.pass(1000);
  for (const error of await Promise.all(waiting)) expect(error).toMatchObject({ code: 'ETIMEOUT' });
  expect(asked).toEqual(['hangs-0', 'hangs-1']);
  expect(lookups.running).toBe(2);
});

test('a name is looked up once for all who ask meanwhile', async () => {
  const { lookups, asked, answer } = system(2);
  const all = Promise.all(Array.from({ length: 100 }, () => lookups.find('one')));
  await answer('one');
  expect((await all).every((each) => each === found)).toBe(true);
  expect(asked).toEqual(['one']);
  expect(lookups.running).toBe(0);
});

test('names that hung before leave a place to those that did not', async () => {
  const { clock, lookups, asked, answer } = system(2);
  for (const name of ['slow-0', 'slow-1']) void lookups.find(name, 5000).catch(failure);
  await clock.pass(5000);
  await answer('slow-0');
  await answer('slow-1');
  asked.length = 0;
  for (const name of ['slow-0', 'slow-1']) void lookups.find(name, 5000).catch(failure);
  const healthy = lookups.find('healthy', 5000);
  expect(asked).toEqual(['slow-0', 'healthy']);
  await answer('healthy');
  expect(await healthy).toBe(found);
  // The other slow name still waits for its one place.
  expect(asked).toEqual(['slow-0', 'healthy']);
  await answer('slow-0');
  expect(asked).toEqual(['slow-0', 'healthy', 'slow-1']);
});

test('a name that nobody waits for any more is not asked for', async () => {
  const { clock, lookups, asked, answer } = system(1);
  const first = lookups.find('first', 5000);
  const second = lookups.find('second', 1000).catch(failure);
  await clock.pass(1000);
  expect(await second).toMatchObject({ code: 'ETIMEOUT' });
  await answer('first');
  await first;
  expect(asked).toEqual(['first']);
});

test('an address is its own answer, and takes no place', async () => {
  const { lookups, asked } = system(1);
  expect(await lookups.find('::1')).toEqual([{ address: '::1', family: 6 }]);
  expect(asked).toEqual([]);
});

test.each([
  [{ all: true }, [{ address: '127.0.0.1', family: 4 }]],
  [{ family: 4 }, '127.0.0.1'],
])('a connection looks up a name with %j', async (options, expected) => {
  const answer = await new Promise((resolve) =>
    connectLookup('127.0.0.1', options, (error, address) => resolve(error ?? address)),
  );
  expect(answer).toEqual(expected);
});

test('a name of another family, or none, is an error that says so', async () => {
  const code = (name: string, family: number): Promise<unknown> =>
    new Promise((resolve) => connectLookup(name, { family }, (error) => resolve(error?.code)));
  expect(await code('127.0.0.1', 6)).toBe('ENOTFOUND');
  expect(await code('no-such-host.invalid', 0)).toMatch(/^E/);
  // A system without an answer still looks when the time of the one who asked is over.
  await expect.poll(() => names.running).toBe(0);
});
