// Replays recorded answers of the real Collector: npm run golden [-- TOPIC...]. Folder: KANMON_GOLDEN, default
// test/recorded.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const withoutAttributes = 'config_without_attributes';
const root = path.resolve(import.meta.dirname, '..');
const recorded = path.join(root, 'test/recorded');
const folder = path.resolve(process.env.KANMON_GOLDEN ?? recorded);
const asked = process.argv.slice(2);
const others = asked.filter((topic) => topic !== withoutAttributes);

let status = asked.length > 0 && others.length === 0 ? 0 : replay(folder, others);
if (asked.length === 0 || asked.includes('config') || asked.includes(withoutAttributes))
  status = replayBase() || status;
process.exit(status);

function replay(from, topics) {
  const args = ['--folder', from, '--differences', path.join(recorded, 'differences.json'), ...topics];
  const result = spawnSync(process.execPath, [path.join(recorded, 'run.mjs'), ...args], {
    stdio: 'inherit',
    env: { ...process.env, KANMON: `${process.execPath} ${path.join(root, 'dist/cli/main.js')}` },
  });
  return result.status ?? 1;
}

// Most configuration cases merge onto base.yaml, which configures the attributes processor. Until Kanmon has that
// processor they are replayed a second time on a base.yaml without it, so that what they are about is compared all the
// same.
function replayBase() {
  const copy = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-golden-'));
  try {
    fs.cpSync(path.join(folder, 'config'), path.join(copy, withoutAttributes), { recursive: true });
    const base = path.join(copy, withoutAttributes, 'base.yaml');
    const text = fs.readFileSync(base, 'utf8');
    const without = text.replace(/ {2}attributes:\n(?: {4}.*\n)+/, '');
    if (text === without)
      throw new Error('base.yaml no longer configures the attributes processor: this second replay can go');
    fs.writeFileSync(base, without);
    return replay(copy, [withoutAttributes]);
  } finally {
    fs.rmSync(copy, { recursive: true, force: true });
  }
}
