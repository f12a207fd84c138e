// Writes the tables of functions in docs/ottl.md from their declarations; --check fails when they are not up to date.
import fs from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const file = path.join(root, 'docs/ottl.md');
const load = (name) => import(path.join(root, 'dist/ottl/functions', name));
const { standardFunctions } = await load('standard.js');
const { logFormatFunctions } = await load('log-format/table.js');
const { metricEditors, dataPointEditors } = await load('metrics/table.js');
const { metricConverters } = await load('metrics/has-attribute.js');
const { isRootSpan } = await load('span/is-root-span.js');
const { setSemconvSpanName } = await load('span/set-semconv-span-name.js');

const called = ({ name, parameters }) => {
  const list = Object.entries(parameters).map(([key, { isOptional }]) => (isOptional ? `[${key}]` : key));
  return `\`${name}(${list.join(', ')})\``;
};
const types = ({ parameters }) =>
  Object.entries(parameters)
    .map(([key, { type }]) => `${key}: ${type}`)
    .join('; ');
const table = (functions) => [
  '| Function | Arguments |',
  '|---|---|',
  ...functions.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map((one) => `| ${called(one)} | ${types(one)} |`),
];
const editors = standardFunctions.filter(({ kind }) => kind === 'editor');
const converters = standardFunctions.filter(({ kind }) => kind === 'converter');
const generated = [
  '### Editors',
  ...table(editors),
  '### Converters',
  ...table(converters),
  '### Of one context',
  'In `transform`, unless another component is named.',
  ...['| Context | Functions |', '|---|---|'],
  `| span | ${[isRootSpan, setSemconvSpanName].map(called).join(', ')} |`,
  `| span, in \`filter\` and \`tail_sampling\` | ${called(isRootSpan)} |`,
  `| log | ${logFormatFunctions.map(called).join(', ')} |`,
  `| metric | ${metricEditors.map(called).join(', ')} |`,
  `| metric, in \`filter\` | ${metricConverters.map(called).join(', ')} |`,
  `| datapoint | ${dataPointEditors.map(called).join(', ')} |`,
].reduce((text, line) => {
  const isTable = (one) => one.startsWith('|');
  const last = text.split('\n').at(-1) ?? '';
  return isTable(line) && isTable(last) ? `${text}\n${line}` : `${text}\n\n${line}`;
}, '');

const before = fs.readFileSync(file, 'utf8');
const after = before.replace(
  /<!-- functions -->[\s\S]*<!-- \/functions -->/,
  () => `<!-- functions -->${generated}\n\n<!-- /functions -->`,
);
if (after === before) process.exit(0);
if (process.argv.includes('--check')) {
  console.error('docs/ottl.md is not up to date (npm run docs)');
  process.exit(1);
}
fs.writeFileSync(file, after);
