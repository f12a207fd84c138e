// Writes the tables of metrics in the READMEs of host_metrics and kubelet_stats from their definitions; --check fails
// when they are not up to date.
import fs from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const { hostScrapers } = await import(path.join(root, 'dist/receivers/host_metrics/scrapers/all.js'));
const { metricTables } = await import(path.join(root, 'dist/receivers/kubelet_stats/metrics/tables.js'));
/** Of each receiver: the word of its marks in the README, and its tables by their headings. */
const receivers = [
  ['host_metrics', 'host', hostScrapers.map(({ name, table }) => [name, table])],
  ['kubelet_stats', 'kubelet', Object.entries(metricTables)],
];

const kinds = { gauge: 'gauge', sum: 'sum', counter: 'sum, grows' };
const list = (names) => names.map((name) => `\`${name}\``).join(', ');
const attributes = ({ attributes: all, usual }) =>
  usual === undefined ? list(all) : `${list(usual)}; on request ${list(all.filter((name) => !usual.includes(name)))}`;
const row = (facts) =>
  `| \`${facts.name}\` | ${facts.unit} | ${kinds[facts.kind]} | ${facts.number} | ${attributes(facts)} | ` +
  `${facts.elsewhere ? `${facts.elsewhere} only` : facts.on ? 'on' : 'off'} |`;
const shown = (tables) =>
  tables
    .map(([name, table]) =>
      [
        `### ${name}`,
        '',
        '| Metric | Unit | Kind | Number | Attributes | Default |',
        '|---|---|---|---|---|---|',
        ...table.map(row),
      ].join('\n'),
    )
    .join('\n\n');

for (const [type, word, tables] of receivers) {
  const file = path.join(root, 'src/receivers', type, 'README.md');
  const before = fs.readFileSync(file, 'utf8');
  const [begin, end] = [`<!-- ${word} metrics -->`, `<!-- /${word} metrics -->`];
  const after =
    before.slice(0, before.indexOf(begin)) +
    `${begin}\n\n${shown(tables)}\n\n${end}` +
    before.slice(before.indexOf(end) + end.length);
  if (after === before) continue;
  if (process.argv.includes('--check')) {
    console.error(`the tables of metrics of ${type} are not up to date (npm run docs)`);
    process.exitCode = 1;
  } else fs.writeFileSync(file, after);
}
