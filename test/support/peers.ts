import { spawnSync } from 'node:child_process';
import { test } from 'vitest';

/** `test`, or in everyday runs a skipped one that says which program it needs. In CI a missing program fails. */
export function testWith(program: string): typeof test | typeof test.skip {
  if (process.env['CI'] || spawnSync('sh', ['-c', `command -v ${program}`]).status === 0) return test;
  console.log(`skipped: needs ${program}`);
  return test.skip;
}
