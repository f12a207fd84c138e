// Replays the recorded answers of the real Collector: npm run golden [-- TOPIC...]. Folder: KANMON_GOLDEN, default ../shared/golden.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const folder = path.resolve(process.env.KANMON_GOLDEN ?? path.join(root, '../shared/golden'));
if (!fs.existsSync(path.join(folder, 'run.mjs'))) {
  console.error(`no recorded cases in ${folder}; set KANMON_GOLDEN to the folder that holds run.mjs`);
  // On a developer's machine the recordings are optional; in CI their absence would hide every difference.
  process.exit(process.env.CI ? 1 : 0);
}

const asked = process.argv.slice(2);
const differences = path.join(root, 'docs/differences.json');
const result = spawnSync(process.execPath, [path.join(folder, 'run.mjs'), '--differences', differences, ...asked], {
  stdio: 'inherit',
  env: { ...process.env, KANMON: `${process.execPath} ${path.join(root, 'dist/cli/main.js')}` },
});
process.exit(result.status ?? 1);
