import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-waits-'));
afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

function check(file: string, lines: readonly string[]): { readonly status: number | null; readonly said: string } {
  const whole = path.join(root, file);
  fs.mkdirSync(path.dirname(whole), { recursive: true });
  fs.writeFileSync(whole, lines.join('\n'));
  const { status, stderr } = spawnSync(process.execPath, ['scripts/waits.mjs', root], { encoding: 'utf8' });
  fs.rmSync(whole);
  return { status, said: stderr };
}

/** In pieces: the check reads this file, too. */
const [timer, sleep, clock, date, limit] = ['setTimeout', 'sleep', 'performance.now', 'Date.now', '{ timeout: '];

test.each([
  [`await new Promise((resolve) => ${timer}(resolve, 500));`, 'waits for a time'],
  [`import { ${timer} as sleep } from 'node:timers/promises';`, 'waits for a time'],
  [`await ${sleep}(systemClock, 500);`, 'waits for a time'],
  [`expect(${clock}() - began).toBeLessThan(500);`, 'decides by a real clock'],
  [`while (${date}() < end) await turn();`, 'decides by a real clock'],
  [`test('some', ${limit}5000 }, async () => {`, 'a time limit of 5000 ms'],
])('check refuses a test with: %s', (line, why) => {
  for (const file of ['src/delivery/some.test.ts', 'test/support/some.ts']) {
    const { status, said } = check(file, ['const a = 1;', line]);
    expect(status).toBe(1);
    expect(said).toContain(`${file}:2: ${why}`);
  }
});

test('a wait for a state, a reason for real time and a longer limit are not refused, nor the product', () => {
  const good = [
    "await until('some state', () => isThere);",
    '// real time: the socket is the system’s own.',
    `${timer}(run, 500);`,
    `test('some', ${limit}600_000 }, async () => {`,
  ];
  expect(check('test/e2e/some.test.ts', good)).toEqual({ status: 0, said: '' });
  expect(check('src/delivery/some.ts', [`${timer}(run, 500);`])).toEqual({ status: 0, said: '' });
});
