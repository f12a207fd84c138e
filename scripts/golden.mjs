// Replays recorded answers of the real Collector: npm run golden [-- TOPIC...]. Folder: KANMON_GOLDEN, default
// test/recorded.
import { spawnSync } from 'node:child_process';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const recorded = path.join(root, 'test/recorded');
const folder = path.resolve(process.env.KANMON_GOLDEN ?? recorded);
const args = ['--folder', folder, '--differences', path.join(recorded, 'differences.json'), ...process.argv.slice(2)];
const result = spawnSync(process.execPath, [path.join(recorded, 'run.mjs'), ...args], {
  stdio: 'inherit',
  env: { ...process.env, KANMON: `${process.execPath} ${path.join(root, 'dist/cli/main.js')}` },
});
process.exit(result.status ?? 1);
