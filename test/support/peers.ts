import { spawnSync } from 'node:child_process';
import { test } from 'vitest';

/** Programs, by name, that `.ci/run` could not have from npm. */
const lacking: readonly string[] = process.env['KANMON_LACKING']?.split(',') ?? [];

/**
 * `test`, or in everyday runs a skipped one that says which programs it needs. In CI a missing program fails, unless
 * it is one of those that cannot be had everywhere.
 */
export function testWith(...programs: readonly string[]): typeof test | typeof test.skip {
  const missing = programs.filter((program) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0);
  if (missing.every((program) => process.env['CI'] && !lacking.includes(program))) return test;
  console.log(`skipped: needs ${missing.join(', ')}`);
  return test.skip;
}
