// Checks that lines have at most 120 columns. The formatter breaks code; this finds comments, texts and Markdown, which
// it leaves alone.
import fs from 'node:fs';
import path from 'node:path';

const limit = 120;
const root = path.resolve(import.meta.dirname, '..');
/** Folders and files that are checked; recorded data and rows of tables keep their length. */
const checked = [
  'src',
  'test',
  'bench',
  'scripts',
  'wasm',
  'docs',
  'deploy',
  'ARCHITECTURE.md',
  'README.md',
  'README.ja.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
];
const faults = [];

function check(file) {
  const stat = fs.statSync(file);
  if (stat.isDirectory()) {
    for (const entry of fs.readdirSync(file)) check(path.join(file, entry));
    return;
  }
  if (!/\.(?:ts|mjs|md)$/.test(file)) return;
  for (const [at, line] of fs.readFileSync(file, 'utf8').split('\n').entries()) {
    // Nor can an address be broken.
    if (line.length > limit && !(file.endsWith('.md') && /^\||^\[[^\]]+\]: \S+$/.test(line))) {
      faults.push(`${path.relative(root, file)}:${at + 1}: ${line.length} columns, over ${limit}`);
    }
  }
}

for (const name of checked) check(path.join(root, name));
for (const fault of faults) console.error(fault);
process.exit(faults.length > 0 ? 1 : 0);
