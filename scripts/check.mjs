// Everything that must hold besides the tests: types, lint, format, import law, dead code, generated docs. Runs all,
// then says which failed.
import { spawnSync } from 'node:child_process';

const bin = (name) => `node_modules/.bin/${name}`;
const steps = [
  ['types', bin('tsc'), ['-p', '.', '--incremental', '--tsBuildInfoFile', '.build/types.tsbuildinfo']],
  ['lint', bin('oxlint'), ['--type-aware', '--deny-warnings', 'src', 'test']],
  // Plain JavaScript has no types to be aware of.
  ['lint of scripts', bin('oxlint'), ['--deny-warnings', 'scripts', 'bench']],
  ['format', bin('oxfmt'), ['--check', '.']],
  ['layers', bin('depcruise'), ['--config', '.dependency-cruiser.cjs', '--output-type', 'err', 'src']],
  ['dead code', bin('knip'), ['--no-progress']],
  ['folders', process.execPath, ['scripts/folders.mjs']],
  ['vocabulary', process.execPath, ['scripts/vocabulary.mjs']],
  ['waits of tests', process.execPath, ['scripts/waits.mjs']],
  ['patterns', process.execPath, ['scripts/patterns.mjs']],
  ['option tables', process.execPath, ['scripts/options.mjs', '--check']],
  ['line lengths', process.execPath, ['scripts/lines.mjs']],
  ['table of metrics', process.execPath, ['scripts/own-metrics.mjs', '--check']],
  ['metrics of hosts', process.execPath, ['scripts/host-metrics.mjs', '--check']],
  ['metrics of clusters', process.execPath, ['scripts/cluster-metrics.mjs', '--check']],
  ['functions of OTTL', process.execPath, ['scripts/ottl-functions.mjs', '--check']],
  ['compatibility', process.execPath, ['scripts/compatibility.mjs', '--check']],
  ['citations', process.execPath, ['scripts/citations.mjs']],
  ['links of the package', process.execPath, ['scripts/package-links.mjs']],
  ['differences', process.execPath, ['scripts/differences.mjs']],
];

const failed = [];
for (const [name, command, args] of steps) {
  const started = Date.now();
  const result = spawnSync(command, args, { encoding: 'utf8' });
  const good = result.status === 0;
  console.log(`${good ? 'ok  ' : 'FAIL'} ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  if (!good) {
    console.log(`${result.stdout ?? ''}${result.stderr ?? ''}${result.error ?? ''}`.trimEnd());
    failed.push(name);
  }
}
if (failed.length > 0) {
  console.error(`check failed: ${failed.join(', ')}`);
  process.exit(1);
}
