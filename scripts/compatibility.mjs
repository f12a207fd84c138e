// Writes the table of component types in docs/compatibility.md from the configurations of test/corpus; with --check it
// only says whether the page is up to date.
import fs from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

const root = path.resolve(import.meta.dirname, '..');
const { discoverComponents, findComponent, kindOf, sections } = await import(
  path.join(root, 'dist/config/components.js')
);
const { lackingType } = await import(path.join(root, 'dist/config/types/unknown-type.js'));
const components = await discoverComponents();

/** Older forms that are rewritten before types are looked up (src/config/older). */
const takenOver = new Map([
  ['exporters logging', 'It is read as `debug`, with a warning that shows the new block.'],
  ['extensions memory_ballast', 'It is left out with a warning: nothing needs it.'],
]);
const states = {
  planned: 'planned',
  lacking: 'missing',
  removed: 'missing, as in the Collector today',
  vendor: "missing; only a vendor's distribution has it",
};

const folder = path.join(root, 'test/corpus');
const files = fs
  .readdirSync(folder, { recursive: true })
  .map(String)
  .filter((name) => name.endsWith('.yaml'));
/** The configurations that define each type, and the spellings they use, by section and current spelling. */
const users = new Map(sections.map((section) => [section, new Map()]));
for (const file of files) {
  const config = parse(fs.readFileSync(path.join(folder, file), 'utf8'), { merge: true });
  for (const section of sections)
    for (const id of Object.keys(config[section] ?? {})) {
      const [spelling] = id.split('/');
      const type = currentType(section, spelling);
      const known = users.get(section).get(type) ?? { files: new Set(), spellings: new Set() };
      users.get(section).set(type, known);
      known.files.add(file);
      known.spellings.add(spelling);
    }
}

function currentType(section, type) {
  return findComponent(components[section], type)?.type ?? lackingType(section, type)?.type ?? type;
}

function cells(section, type, spellings) {
  const used = [...spellings].toSorted().map((spelling) => `\`${spelling}\``);
  const older = used.filter((spelling) => spelling !== `\`${type}\``);
  if (components[section].has(type)) {
    const link = `[\`${type}\`](../src/${section}/${type}/README.md)`;
    return [older.length > 0 ? `${link} (${older.join(', ')})` : link, 'there', ''];
  }
  const form = takenOver.get(`${section} ${type}`);
  if (form) return [used.join(', '), 'taken over', form];
  const lacking = lackingType(section, type);
  if (!lacking)
    throw new Error(`${section}: ${type} of test/corpus is neither there nor in src/config/types/lacking.ts`);
  return [used.join(', '), states[lacking.absence], lacking.instead];
}

const rows = sections.flatMap((section) =>
  [...users.get(section)]
    .map(([type, use]) => [kindOf(section), use.files.size, type, cells(section, type, use.spellings)])
    .toSorted(([, a, x], [, b, y]) => b - a || (x < y ? -1 : 1)),
);
/** The answer of `validate` for each, from the answers that a test compares (test/corpus/corpus.test.ts). */
const answers = files.map((name) => {
  const expected = path.join(folder, name.replace(/\.yaml$/, '.expected'));
  return fs.existsSync(expected) ? fs.readFileSync(expected, 'utf8').split('\n').filter(Boolean) : [];
});
const isFault = (line) => line.startsWith('fault ');
const clean = answers.filter((lines) => lines.length === 0).length;
const warned = answers.filter((lines) => lines.length > 0 && !lines.some(isFault)).length;
const faulty = answers.filter((lines) => lines.some(isFault));
const onlyPlanned = faulty.filter((lines) =>
  lines.filter(isFault).every((line) => line.includes('is planned, and not there yet')),
).length;
const withState = (wanted) => rows.filter(([, , , [, state]]) => state === wanted).length;
const summary =
  `${clean} of ${files.length} configurations are valid as they stand, and ${warned} more with warnings. The other ` +
  `${faulty.length} have faults, ${onlyPlanned} of them only for types that are planned. All together use ` +
  `${rows.length} types: ${withState('there')} are there, ${withState('planned')} planned.`;
const table = [
  // As the formatter breaks lines.
  summary.replace(/(.{1,120})(?: |$)/g, '$1\n').trimEnd(),
  '',
  '| Kind | Type | Configurations | State | What to do instead |',
  '|---|---|---|---|---|',
  ...rows.map(([kind, count, , [name, state, instead]]) => `| ${kind} | ${name} | ${count} | ${state} | ${instead} |`),
].join('\n');

const file = path.join(root, 'docs/compatibility.md');
const text = fs.readFileSync(file, 'utf8');
const next = text.replace(
  /<!-- types -->[\s\S]*<!-- \/types -->/,
  () => `<!-- types -->\n\n${table}\n\n<!-- /types -->`,
);
if (next !== text && process.argv.includes('--check')) {
  console.error('docs/compatibility.md is not up to date (npm run docs)');
  process.exit(1);
}
if (next !== text) fs.writeFileSync(file, next);
