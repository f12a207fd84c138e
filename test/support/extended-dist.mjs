// node test/support/extended-dist.mjs FOLDER: a copy of dist in FOLDER with the components of test/support/components
// added.
import fs from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

const root = path.resolve(import.meta.dirname, '../..');
const [target] = process.argv.slice(2);
if (target === undefined) throw new Error('which folder?');

fs.mkdirSync(target, { recursive: true });
fs.cpSync(path.join(root, 'dist'), path.join(target, 'dist'), { recursive: true });
fs.copyFileSync(path.join(root, 'package.json'), path.join(target, 'package.json'));
fs.symlinkSync(path.join(root, 'node_modules'), path.join(target, 'node_modules'));

const from = path.join(import.meta.dirname, 'components');
for (const file of fs.readdirSync(from, { recursive: true })) {
  if (!file.endsWith('.ts')) continue;
  const source = fs.readFileSync(path.join(from, file), 'utf8').replaceAll(/'(?:\.\.\/)+src\//g, "'../../");
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true },
  });
  const to = path.join(target, 'dist', file.replace(/\.ts$/, '.js'));
  fs.mkdirSync(path.dirname(to), { recursive: true });
  fs.writeFileSync(to, outputText);
}
