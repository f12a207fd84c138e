// Writes docs/differences.md from docs/differences.json; with --check only says whether it is up to date.
import fs from 'node:fs';
import path from 'node:path';

const docs = path.resolve(import.meta.dirname, '..', 'docs');
const differences = JSON.parse(fs.readFileSync(path.join(docs, 'differences.json'), 'utf8'));
const lines = [
  '# Where Kanmon answers otherwise than the Collector',
  '',
  'Each line stands for recorded cases of the Collector (`npm run golden`) in which Kanmon differs on purpose. Written by `npm run docs` from differences.json; a line whose cases have become equal fails the check.',
];
for (const [topic, entries] of Object.entries(differences)) {
  lines.push('', `## ${topic}`, '', '| Case | Why |', '|---|---|');
  for (const [name, reason] of Object.entries(entries))
    lines.push(`| \`${name.replaceAll('|', '\\|')}\` | ${reason.replaceAll('|', '\\|')} |`);
}
const text = `${lines.join('\n')}\n`;
const file = path.join(docs, 'differences.md');
if (process.argv.includes('--check')) {
  if (!fs.existsSync(file) || fs.readFileSync(file, 'utf8') !== text) {
    console.error('docs/differences.md is not up to date: npm run docs');
    process.exit(1);
  }
} else fs.writeFileSync(file, text);
