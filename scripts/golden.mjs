// Replays the recorded answers of the real Collector: npm run golden [-- TOPIC...]. Folder: KANMON_GOLDEN, default ../shared/golden.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const baseTopic = 'config_without_attributes';
const root = path.resolve(import.meta.dirname, '..');
const folder = path.resolve(process.env.KANMON_GOLDEN ?? path.join(root, '../shared/golden'));
if (!fs.existsSync(path.join(folder, 'run.mjs'))) {
  console.error(`no recorded cases in ${folder}; set KANMON_GOLDEN to the folder that holds run.mjs`);
  // On a developer's machine the recordings are optional; in CI their absence would hide every difference.
  process.exit(process.env.CI ? 1 : 0);
}

const asked = process.argv.slice(2);
const differences = path.join(root, 'docs/differences.json');
const replay = (folder, topics) =>
  spawnSync(process.execPath, [path.join(folder, 'run.mjs'), '--differences', differences, ...topics], {
    stdio: 'inherit',
    env: { ...process.env, KANMON: `${process.execPath} ${path.join(root, 'dist/cli/main.js')}` },
  }).status ?? 1;

let status =
  asked.includes(baseTopic) && asked.length === 1
    ? 0
    : replay(
        folder,
        asked.filter((topic) => topic !== baseTopic),
      );
if (asked.length === 0 || asked.includes('config') || asked.includes(baseTopic)) {
  const second = replayBase();
  status ||= second;
}
process.exit(status);

// Most configuration cases merge onto base.yaml, which configures the attributes processor. Until that one is here they are
// replayed a second time, on a base.yaml without it, so that what they are about is held to the recordings all the same.
function replayBase() {
  const copy = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-golden-'));
  try {
    fs.cpSync(path.join(folder, 'run.mjs'), path.join(copy, 'run.mjs'));
    fs.cpSync(path.join(folder, 'config'), path.join(copy, baseTopic), { recursive: true });
    const base = path.join(copy, baseTopic, 'base.yaml');
    const text = fs.readFileSync(base, 'utf8');
    const without = text.replace(/ {2}attributes:\n(?: {4}.*\n)+/, '');
    if (text === without) throw new Error('base.yaml no longer configures the attributes processor: this second replay can go');
    fs.writeFileSync(base, without);
    return replay(copy, [baseTopic]);
  } finally {
    fs.rmSync(copy, { recursive: true, force: true });
  }
}
