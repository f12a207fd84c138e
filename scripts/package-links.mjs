// Checks that every relative link of the Markdown files in the npm package leads to what the package contains. Links to
// the rest of the repository are addresses of GitHub; scripts/citations.mjs checks those.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const packed = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root, encoding: 'utf8' });
if (packed.status !== 0) throw new Error(packed.stderr);
const files = JSON.parse(packed.stdout)[0].files.map(({ path: file }) => file);
/** Files and their folders. */
const contained = new Set(files.flatMap((file) => [file, ...foldersOf(file)]));

function foldersOf(file) {
  const names = file.split('/').slice(0, -1);
  return names.map((_name, i) => names.slice(0, i + 1).join('/'));
}

const faults = [];
for (const file of files.filter((one) => one.endsWith('.md'))) {
  let fenced = false;
  for (const [at, text] of fs.readFileSync(path.join(root, file), 'utf8').split('\n').entries()) {
    if (text.startsWith('```')) fenced = !fenced;
    if (fenced) continue;
    for (const [, link] of text.replaceAll(/`[^`]*`/g, '').matchAll(/(?:\]\(|^\[[^\]]+\]: )([^)\s]+)/g)) {
      if (/^[a-z]+:|^#/.test(link)) continue;
      const target = path.posix.join(path.posix.dirname(file), link.split('#')[0]).replace(/\/$/, '');
      if (!contained.has(target))
        faults.push(`${file}:${at + 1}: ${target} is not in the package: add it (package.json), or link to GitHub`);
    }
  }
}

for (const fault of faults) console.error(fault);
process.exit(faults.length > 0 ? 1 : 0);
