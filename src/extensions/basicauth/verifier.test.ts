import { expect, test } from 'vitest';
import { Verifier } from './verifier.js';

/** A verifier whose hashes end when the test lets them. */
function held(users: Map<string, string>): { verifier: Verifier; hashed: string[]; next: () => Promise<void> } {
  const hashed: string[] = [];
  const waiting: (() => void)[] = [];
  const verifier = new Verifier(
    () => users,
    async (password, hash) => {
      hashed.push(password);
      await new Promise<void>((resolve) => waiting.push(resolve));
      return password === hash;
    },
  );
  const next = async (): Promise<void> => {
    while (waiting.length === 0) await Promise.resolve();
    waiting.shift()?.();
  };
  return { verifier, hashed, next };
}

const tooMany = 'too many credentials are being checked';

test.each([
  ['1,024 bytes', 'x'.repeat(1024), 1],
  ['1,025 bytes', 'x'.repeat(1025), 0],
  ['1,025 bytes in fewer characters', `x${'\u00fc'.repeat(512)}`, 0],
  ['700 kB', 'x'.repeat(700_000), 0],
])('a password of %s: %#', async (_what, password, hashes) => {
  const { verifier, hashed, next } = held(new Map([['a', password]]));
  const right = verifier.verify('a', password);
  if (hashes > 0) await next();
  expect(await right).toBe(hashes > 0);
  expect(hashed).toHaveLength(hashes);
});

test('a known user is answered while 150 guesses wait or are refused', async () => {
  const { verifier, hashed, next } = held(new Map([['a', 'right']]));
  const first = verifier.verify('a', 'right');
  await next();
  expect(await first).toBe(true);
  const order: string[] = [];
  const guesses = Array.from({ length: 150 }, (_, i) =>
    verifier.verify(`user${i}`, 'guess').then(
      (right) => order.push(`${right}`),
      (error: Error) => order.push(error.message),
    ),
  );
  expect(await verifier.verify('a', 'right')).toBe(true);
  order.push('known');
  for (let i = 0; i < 100; i++) await next();
  await Promise.all(guesses);
  expect(order.filter((each) => each === tooMany)).toHaveLength(50);
  expect(order.indexOf('known')).toBeLessThan(order.indexOf('false'));
  expect(hashed).toHaveLength(101);
});

test('guesses at one name leave room for another', async () => {
  const { verifier, hashed, next } = held(
    new Map([
      ['a', 'one'],
      ['b', 'two'],
    ]),
  );
  const guesses = Promise.allSettled(Array.from({ length: 150 }, () => verifier.verify('a', 'guess')));
  const other = verifier.verify('b', 'two');
  for (let i = 0; i < 11; i++) await next();
  expect(await other).toBe(true);
  expect((await guesses).filter(({ status }) => status === 'rejected')).toHaveLength(140);
  expect(hashed).toHaveLength(11);
});

test('a new hash of a user ends what is remembered of that user only', async () => {
  const users = new Map([
    ['a', 'one'],
    ['b', 'two'],
  ]);
  const { verifier, hashed, next } = held(users);
  const check = async (user: string, password: string): Promise<boolean> => {
    const right = verifier.verify(user, password);
    await next();
    return right;
  };
  expect([await check('a', 'one'), await check('b', 'two')]).toEqual([true, true]);
  users.set('a', 'changed');
  expect(await check('a', 'one')).toBe(false);
  expect(await verifier.verify('b', 'two')).toBe(true);
  expect(hashed).toHaveLength(3);
});

test('of remembered credentials the oldest leave first', async () => {
  const users = new Map(Array.from({ length: 1001 }, (_, i) => [`u${i}`, `p${i}`]));
  let hashes = 0;
  const verifier = new Verifier(
    () => users,
    (password, hash) => Promise.resolve(++hashes > 0 && password === hash),
  );
  for (const [user, password] of users) await verifier.verify(user, password);
  await verifier.verify('u1', 'p1');
  await verifier.verify('u1000', 'p1000');
  expect(hashes).toBe(1001);
  await verifier.verify('u0', 'p0');
  expect(hashes).toBe(1002);
});
