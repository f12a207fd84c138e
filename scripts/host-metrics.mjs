// Writes the tables of metrics in the README of host_metrics from its definitions; --check fails when they are not up
// to date.
import fs from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const file = path.join(root, 'src/receivers/host_metrics/README.md');
const { hostScrapers } = await import(path.join(root, 'dist/receivers/host_metrics/scrapers/all.js'));

const kinds = { gauge: 'gauge', sum: 'sum', counter: 'sum, grows' };
const list = (names) => names.map((name) => `\`${name}\``).join(', ');
const attributes = ({ attributes: all, usual }) =>
  usual === undefined ? list(all) : `${list(usual)}; on request ${list(all.filter((name) => !usual.includes(name)))}`;
const row = (facts) =>
  `| \`${facts.name}\` | ${facts.unit} | ${kinds[facts.kind]} | ${facts.number} | ${attributes(facts)} | ` +
  `${facts.elsewhere ? `${facts.elsewhere} only` : facts.on ? 'on' : 'off'} |`;
const generated = hostScrapers
  .map(({ name, table }) =>
    [
      `### ${name}`,
      '',
      '| Metric | Unit | Kind | Number | Attributes | Default |',
      '|---|---|---|---|---|---|',
      ...table.map(row),
    ].join('\n'),
  )
  .join('\n\n');

const before = fs.readFileSync(file, 'utf8');
const after = before.replace(
  /<!-- host metrics -->[\s\S]*<!-- \/host metrics -->/,
  () => `<!-- host metrics -->\n\n${generated}\n\n<!-- /host metrics -->`,
);
if (after === before) process.exit(0);
if (process.argv.includes('--check')) {
  console.error('the tables of metrics of host_metrics are not up to date (npm run docs)');
  process.exit(1);
}
fs.writeFileSync(file, after);
