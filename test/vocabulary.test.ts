import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-vocabulary-'));
afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

function check(file: string, lines: readonly string[]): { readonly status: number | null; readonly said: string } {
  const whole = path.join(root, 'src', file);
  fs.mkdirSync(path.dirname(whole), { recursive: true });
  fs.writeFileSync(whole, lines.join('\n'));
  const { status, stderr } = spawnSync(process.execPath, ['scripts/vocabulary.mjs', root], { encoding: 'utf8' });
  fs.rmSync(whole);
  return { status, said: stderr };
}

/** Names apart from their calls: for this file has no timer. */
const [timeout, interval, signal] = ['setTimeout', 'setInterval', 'AbortSignal.timeout'];

/** Each of them fires at once when it is asked for more than 2^31 ms. */
const bareTimers = [
  `${timeout}(run, ms);`,
  `const timer = ${interval}(run, ms);`,
  `globalThis.${timeout}(run, ms);`,
  `const wait = ${timeout};`,
  `const wait = promisify(${timeout});`,
  `import { ${timeout} } from 'node:timers';`,
  `import { ${timeout} as sleep } from 'node:timers/promises';`,
  `const signal = ${signal}(ms);`,
  `socket.${timeout}(ms);`,
  'server.headersTimeout = ms;',
  'const limits = { requestTimeout: ms };',
];

test.each(bareTimers)('check refuses the timer %s', (line) => {
  const { status, said } = check('delivery/some.ts', ['const a = 1;', line]);
  expect(status).toBe(1);
  expect(said).toMatch(/^src\/delivery\/some\.ts:2: .*src\/component\/clock\.ts/);
});

test('a timer of the clock, and a limit that Node is handed as it takes it, are not refused', () => {
  const good = [
    'clock.after(ms, run);',
    `socket.${timeout}(nodeTimeout(ms));`,
    'const limits = { requestTimeout: nodeTimeout(ms), headersTimeout: 0 };',
    'setImmediate(run);',
  ];
  expect(check('delivery/some.ts', good)).toEqual({ status: 0, said: '' });
  expect(check('component/clock.ts', [`const timer = ${timeout}(run, ms);`])).toEqual({ status: 0, said: '' });
});

test.each(["import { lookup } from 'node:dns';", "import { resolve4 } from 'node:dns/promises';"])(
  'check refuses the name look-up %s, which takes a thread of the pool',
  (line) => {
    expect(check('exporters/some.ts', [line])).toEqual({
      status: 1,
      said: expect.stringMatching(/^src\/exporters\/some\.ts:1: .*src\/net\/lookup\.ts/),
    });
  },
);
