// Writes the option table of every component's README.md from its schema, and those of the operators of log receivers
// into docs/log-operators.md; with --check only says which are not up to date.
import fs from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const { discoverComponents, sections } = await import(path.join(root, 'dist/config/components.js'));
const { kinds } = await import(path.join(root, 'dist/component/schema/schema.js'));
const { operatorTypes } = await import(path.join(root, 'dist/entries/operator-types.js'));
const check = process.argv.includes('--check');

const types = {
  text: 'text',
  secret: 'secret',
  flag: 'bool',
  int: 'int',
  float: 'number',
  duration: 'duration',
  any: 'any',
  headers: 'headers',
  map: 'map',
};

/** A group that stands in several places, as the sections of a policy do in its members, is listed once. */
function rowsOf(schema, prefix, listed = new Set()) {
  const kind = kinds.get(schema);
  if (kind?.kind === 'group' && prefix.includes('[]')) {
    if (listed.has(schema)) return [];
    listed.add(schema);
  }
  if (kind?.kind === 'section') return rowsOf(kind.element, prefix, listed);
  if (kind?.kind !== 'group') return [];
  if (kind.alike) return rowsOf(Object.values(kind.shape)[0], `${prefix}::${kind.alike}`, listed);
  const neighbours = new Set();
  return Object.entries(kind.shape).flatMap(([key, inner]) => {
    const name = prefix === '' ? key : `${prefix}::${key}`;
    const own = kinds.get(inner) ?? { kind: 'any' };
    const about = own.docs ? `${own.docs.about}${own.docs.unit ? ` (${own.docs.unit})` : ''}` : '';
    if (own.kind === 'group' && own.docs?.folded) return [[name, 'switches', '', about]];
    if (own.kind === 'group') return rowsOf(inner, name, listed);
    if (own.kind === 'section') {
      // Neighbours with the same options, such as `include` and `exclude`, list them once.
      const rows = neighbours.has(own.element) ? [] : rowsOf(own.element, name, listed);
      neighbours.add(own.element);
      return [[name, 'section', own.absent, about], ...rows];
    }
    const element = own.kind === 'list' ? kinds.get(own.element) : undefined;
    const nested = element?.kind === 'group' ? rowsOf(own.element, `${name}[]`, listed) : [];
    return [
      [
        name,
        own.kind === 'choice'
          ? own.values.map((v) => JSON.stringify(v)).join(' ')
          : own.kind === 'list'
            ? 'list'
            : types[own.kind],
        shown(own),
        about,
      ],
      ...nested,
    ];
  });
}

function shown({ default: value }) {
  if (value === undefined || value === '') return '';
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

function table(schema) {
  return tableOf(rowsOf(schema, ''));
}

function tableOf(rows) {
  if (rows.length === 0) return 'It has no options.\n';
  const cell = (text) => String(text).replaceAll('|', '\\|');
  return [
    '| Option | Type | Default | What it does |',
    '|---|---|---|---|',
    ...rows.map(
      ([name, type, value, about]) => `| \`${cell(name)}\` | ${cell(type)} | ${cell(value)} | ${cell(about)} |`,
    ),
    '',
  ].join('\n');
}

/** The options of every operator, those of every parser beside them, and the own ones of each type. */
function operatorTables() {
  const rows = (type) => rowsOf(operatorTypes.get(type).config, '');
  const nameOf = ([name]) => name;
  const common = rows('noop').filter((row) => nameOf(row) !== 'type');
  const shared = rows('json_array_parser').filter((row) => nameOf(row) !== 'header');
  const blocks = shared.filter((row) => !common.some((each) => nameOf(each) === nameOf(row)) && nameOf(row) !== 'type');
  const known = new Set([...common, ...blocks].map(nameOf).concat('type'));
  const tables = new Map([
    ['all', tableOf(common)],
    ['parsers', tableOf(blocks)],
  ]);
  for (const type of operatorTypes.keys()) {
    const isParser = rows(type).some((row) => nameOf(row) === 'parse_to');
    const own = rows(type).filter(
      (row) =>
        !(isParser
          ? known.has(nameOf(row))
          : common.some((each) => nameOf(each) === nameOf(row)) || nameOf(row) === 'type'),
    );
    tables.set(type, own.length === 0 ? 'No options of its own.\n' : tableOf(own));
  }
  return tables;
}

const stale = [];

function update(file, next, text) {
  if (next === text) return;
  if (check) stale.push(path.relative(root, file));
  else fs.writeFileSync(file, next);
}

const operatorsFile = path.join(root, 'docs/log-operators.md');
const operatorsText = fs.readFileSync(operatorsFile, 'utf8');
let operatorsNext = operatorsText;
for (const [type, rows] of operatorTables()) {
  const part = new RegExp(`<!-- options ${type} -->[\\s\\S]*?<!-- /options ${type} -->`);
  if (!part.test(operatorsNext)) stale.push(`docs/log-operators.md (no place for ${type})`);
  operatorsNext = operatorsNext.replace(part, () => `<!-- options ${type} -->\n\n${rows}\n<!-- /options ${type} -->`);
}
update(operatorsFile, operatorsNext, operatorsText);

const components = await discoverComponents();
for (const section of sections) {
  for (const definition of components[section].values()) {
    const file = path.join(root, 'src', section, definition.type, 'README.md');
    const text = fs.readFileSync(file, 'utf8');
    const next = text.replace(
      /<!-- options -->[\s\S]*<!-- \/options -->/,
      () => `<!-- options -->\n\n${table(definition.config)}\n<!-- /options -->`,
    );
    update(file, next, text);
  }
}
if (stale.length > 0) {
  console.error(`option tables are not up to date (npm run docs): ${stale.join(', ')}`);
  process.exit(1);
}
