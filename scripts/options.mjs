// Writes the option table of every component's README.md from its schema; with --check only says which are not up to
// date.
import fs from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const { discoverComponents, sections } = await import(path.join(root, 'dist/config/components.js'));
const { kinds } = await import(path.join(root, 'dist/component/schema/schema.js'));
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
  return Object.entries(kind.shape).flatMap(([key, inner]) => {
    const name = prefix === '' ? key : `${prefix}::${key}`;
    const own = kinds.get(inner) ?? { kind: 'any' };
    const about = own.docs ? `${own.docs.about}${own.docs.unit ? ` (${own.docs.unit})` : ''}` : '';
    if (own.kind === 'group') return rowsOf(inner, name, listed);
    if (own.kind === 'section') return [[name, 'section', own.absent, about], ...rowsOf(own.element, name, listed)];
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
  const rows = rowsOf(schema, '');
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

const stale = [];
const components = await discoverComponents();
for (const section of sections) {
  for (const definition of components[section].values()) {
    const file = path.join(root, 'src', section, definition.type, 'README.md');
    const text = fs.readFileSync(file, 'utf8');
    const next = text.replace(
      /<!-- options -->[\s\S]*<!-- \/options -->/,
      () => `<!-- options -->\n\n${table(definition.config)}\n<!-- /options -->`,
    );
    if (next === text) continue;
    if (check) stale.push(path.relative(root, file));
    else fs.writeFileSync(file, next);
  }
}
if (stale.length > 0) {
  console.error(`option tables are not up to date (npm run docs): ${stale.join(', ')}`);
  process.exit(1);
}
