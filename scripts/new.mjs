// npm run new -- <receiver|processor|exporter|connector|extension> <type>: a component folder that passes `npm run
// check` at once, made from scripts/scaffold/<kind>. In its files __type__ stands for the type and __Type__ for
// TheType.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const scaffolds = path.join(root, 'scripts/scaffold');
const kinds = fs.readdirSync(scaffolds);
const [kind, type] = process.argv.slice(2);
const fail = (message) => {
  console.error(message);
  process.exit(1);
};
if (!kinds.includes(kind) || !type) fail(`usage: npm run new -- <${kinds.join('|')}> <type>`);
if (!/^[a-z][a-z0-9_]{0,62}$/.test(type)) {
  fail(`"${type}" is no component type: snake_case, a letter first, at most 63 characters`);
}
const folder = path.join(root, 'src', `${kind}s`, type);
if (fs.existsSync(folder)) fail(`${path.relative(process.cwd(), folder)} exists already`);

const words = type.split('_').map((word) => word.slice(0, 1).toUpperCase() + word.slice(1));
const filled = (text) => text.replaceAll('__type__', type).replaceAll('__Type__', words.join(''));
fs.mkdirSync(folder, { recursive: true });
for (const template of fs.readdirSync(path.join(scaffolds, kind))) {
  const text = fs.readFileSync(path.join(scaffolds, kind, template), 'utf8');
  fs.writeFileSync(path.join(folder, filled(template.replace(/\.template$/, ''))), filled(text));
}

// Lines may become longer with the type, and the option table is generated.
spawnSync(path.join(root, 'node_modules/.bin/oxfmt'), [folder], { cwd: root, stdio: 'inherit' });
const docs = spawnSync('npm', ['run', '--silent', 'docs'], { cwd: root, stdio: 'inherit' });
if (docs.status !== 0) fail('the folder is there, but its option table could not be made; run `npm run docs`');
console.log(`src/${kind}s/${type} is ready: write ${type}.ts, then \`npm test\` and \`npm run check\`.`);
