import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, afterEach, expect, test } from 'vitest';
import { heldWorld, type HeldWorld } from '../../../test/support/held-world.js';
import { HashAside } from './hash-aside.js';

/** As it is built: a thread does not read TypeScript. */
const built = new URL('../../../dist/extensions/basicauth/hash-thread.js', import.meta.url);
const bcrypt = '$2y$05$Qvf7ZQLzwUNGIS.qqZOU6.J3hgPfZxyMBLx.D8.vPqzSIpwdEJug.';
const apr1 = '$apr1$saltsalt$yAAkm4libquA.ZWLHbSBq/';

const folder = mkdtempSync(path.join(tmpdir(), 'kanmon-thread-'));
const open: HashAside[] = [];
afterEach(() => {
  for (const aside of open.splice(0)) aside.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function started(file: URL): HeldWorld & { readonly aside: HashAside } {
  const world = heldWorld();
  const aside = new HashAside(world.clock, world.context.logger, file);
  open.push(aside);
  return { ...world, aside };
}

/** A thread that runs `body` for each question. */
function threadOf(body: string): URL {
  const source = `import fs from 'node:fs';
    import { parentPort, threadId } from 'node:worker_threads';
    parentPort.on('message', ({ password }) => { ${body} });`;
  return new URL(`data:text/javascript,${encodeURIComponent(source)}`);
}

test.each([
  ['bcrypt', bcrypt, 'password', true],
  ['bcrypt', bcrypt, 'passwort', false],
  ['the hash of Apache', apr1, 'password', true],
  ['the hash of Apache', apr1, 'passwort', false],
  ['a hash that cannot be computed', '$2y$99$x', 'password', false],
])('%s', async (_name, hash, password, right) => {
  expect(await started(built).aside.matches(password, hash)).toBe(right);
});

test('the event loop turns while a hash is computed', async () => {
  const { aside } = started(built);
  await aside.matches('password', bcrypt);
  let turns = 0;
  let done = false;
  // A cost of 2^11 rounds takes more than 100 ms.
  const checked = aside.matches('guess', bcrypt.replace('$05$', '$11$')).finally(() => (done = true));
  while (!done) {
    await turn();
    turns++;
  }
  expect(await checked).toBe(false);
  // On the loop it would be as many as the library gives it, one in 100 ms.
  expect(turns).toBeGreaterThan(100);
});

test('one thread computes all hashes, until there were none for a minute', async () => {
  const { aside, clock } = started(threadOf('parentPort.postMessage(threadId)'));
  const first = await aside.matches('', bcrypt);
  await clock.pass(59_000);
  expect(await aside.matches('', bcrypt)).toBe(first);
  await clock.pass(59_000);
  expect(await aside.matches('', bcrypt)).toBe(first);
  await clock.pass(60_000);
  expect(await aside.matches('', bcrypt)).not.toBe(first);
});

test('a question under which the thread ends is asked again of another one', async () => {
  const mark = path.join(folder, 'mark');
  const end = `process.exit(fs.writeFileSync(password, '') ?? 3)`;
  const { aside, lines } = started(threadOf(`if (fs.existsSync(password)) parentPort.postMessage(true); else ${end}`));
  expect(await aside.matches(mark, bcrypt)).toBe(true);
  expect(lines).toEqual([
    { level: 'error', message: 'The thread that checks passwords failed', fields: { error: 'it ended with code 3' } },
  ]);
});

test('a question under which two threads end is given up, and the next one has a thread', async () => {
  const { aside, lines } = started(
    threadOf(`if (password === '') throw new Error('no'); parentPort.postMessage(true)`),
  );
  await expect(aside.matches('', bcrypt)).rejects.toThrow('no');
  expect(lines.map(({ fields }) => fields)).toEqual([{ error: 'no' }, { error: 'no' }]);
  expect(await aside.matches('x', bcrypt)).toBe(true);
});

test('an end of the gateway ends the thread and what it was asked', async () => {
  const log = path.join(folder, 'log');
  writeFileSync(log, '');
  const { aside, lines } = started(threadOf(`fs.appendFileSync(password, '.'); for (;;);`));
  const asked = expect(aside.matches(log, bcrypt)).rejects.toThrow('the gateway stops');
  while (readFileSync(log, 'utf8') === '') await turn();
  aside.close();
  await asked;
  await expect(aside.matches(log, bcrypt)).rejects.toThrow('the gateway stops');
  expect([readFileSync(log, 'utf8'), lines]).toEqual(['.', []]);
});
