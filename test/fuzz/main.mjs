// npm run fuzz [-- SECONDS]: the property tests over arbitrary and mutated bytes, with fresh seeds, until the time is
// up (default 60 s). npm run fuzz -- --inputs N: N mutated inputs for the parts of the transport; what ends in a new
// way is kept in test/fuzz/corpus.
import { spawnSync } from 'node:child_process';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');
const at = process.argv.indexOf('--inputs');
if (at > 0) {
  const { status } = spawnSync(path.join(root, 'node_modules/.bin/vitest'), ['run', 'test/fuzz/transport'], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, KANMON_FUZZ_INPUTS: process.argv[at + 1] ?? '100000' },
  });
  process.exit(status ?? 1);
}
const seconds = Number(process.argv[2] ?? 60);
const end = Date.now() + seconds * 1000;
for (let round = 1; Date.now() < end; round++) {
  const started = Date.now();
  const result = spawnSync(
    path.join(root, 'node_modules/.bin/vitest'),
    ['run', 'property', '--testTimeout=600000', '--reporter=dot'],
    {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, KANMON_FUZZ_RUNS: process.env.KANMON_FUZZ_RUNS ?? '2000' },
    },
  );
  if (result.status !== 0) {
    console.log(result.stdout);
    console.error(result.stderr);
    console.error(`round ${round} found something: the seed and the counterexample stand above`);
    process.exit(1);
  }
  console.log(`round ${round}: nothing found in ${((Date.now() - started) / 1000).toFixed(0)} s`);
}
