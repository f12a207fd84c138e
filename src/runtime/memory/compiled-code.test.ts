import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { HeldClock } from '../../testing/held-clock.js';
import { keepCompiledCode } from './compiled-code.js';

test('behind the start V8 no longer drops compiled code in a pause', async () => {
  const clock = new HeldClock();
  const flags: string[] = [];
  keepCompiledCode(clock, (flag) => flags.push(flag));
  await clock.pass(29_000);
  expect(flags).toEqual([]);
  await clock.pass(1000);
  expect(flags).toEqual(['--no-memory-reducer']);
});

test('this version of V8 has the flags that are set', () => {
  const known = execFileSync(process.execPath, ['--v8-options'], { encoding: 'utf8', maxBuffer: 2 ** 24 });
  for (const flag of ['memory-reducer', 'semi-space-growth-factor', 'heap-growing-percent', 'expose-gc'])
    expect(known).toContain(`--${flag} `);
});
