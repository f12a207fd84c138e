import { spawnSync } from 'node:child_process';
import { test } from 'vitest';

/** `test`, or in everyday runs a skipped one that says which programs it needs. In CI a missing program fails. */
export function testWith(...programs: readonly string[]): typeof test | typeof test.skip {
  const missing = programs.filter((program) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0);
  if (process.env['CI'] || missing.length === 0) return test;
  console.log(`skipped: needs ${missing.join(', ')}`);
  return test.skip;
}
