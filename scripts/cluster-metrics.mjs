// Writes the tables of metrics and of resource attributes in the README of k8s_cluster from its definitions; --check
// fails when they are not up to date.
import fs from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const file = path.join(root, 'src/receivers/k8s_cluster/README.md');
const folder = path.join(root, 'dist/receivers/k8s_cluster');
const { clusterKinds } = await import(path.join(folder, 'kinds/all.js'));
const { clusterAttributes } = await import(path.join(folder, 'resource-attributes.js'));

const switched = (isOn) => (isOn ? 'on' : 'off');
const list = (names) => names.map((name) => `\`${name}\``).join(', ');
const metrics = clusterKinds
  .flatMap(({ resource, metrics: all }) => all.map((facts) => ({ ...facts, of: resource.plural })))
  .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  .map(
    ({ name, unit, kind, number, attributes, on, of }) =>
      `| \`${name}\` | ${of} | ${unit} | ${kind} | ${number} | ${list(attributes)} | ${switched(on)} |`,
  );
const attributes = Object.entries(clusterAttributes).map(([name, isOn]) => `| \`${name}\` | ${switched(isOn)} |`);

const tables = {
  'table metrics': [
    '| Metric | Read of | Unit | Kind | Number | Attributes | Default |',
    '|---|---|---|---|---|---|---|',
    ...metrics,
  ],
  'resource attributes': ['| Attribute | Default |', '|---|---|', ...attributes],
};
const before = fs.readFileSync(file, 'utf8');
const after = Object.entries(tables).reduce((text, [name, lines]) => {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [head = '', rest = ''] = text.split(begin);
  return `${head}${begin}\n\n${lines.join('\n')}\n\n${end}${rest.split(end)[1]}`;
}, before);
if (after === before) process.exit(0);
if (process.argv.includes('--check')) {
  console.error('the tables of metrics of k8s_cluster are not up to date (npm run docs)');
  process.exit(1);
}
fs.writeFileSync(file, after);
