// npm run build: makes dist/ of src/ and wasm/. Only what changed is made again, and nothing when nothing changed.
import { spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { compileModules } from './wasm.mjs';

/** The files beside the sources that decide how these are compiled. */
const settings = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json', 'scripts/build.mjs', 'scripts/wasm.mjs'];

/**
 * Builds the clone in `root`, and says with `say` what it does. Returns whether it succeeded; the compiler's errors are
 * on stdout.
 */
export async function build(root, say) {
  const stamp = path.join(root, '.build/stamp.json');
  const compilerState = path.join(root, '.build/tsc.tsbuildinfo');
  const inputs = sourcesOf(root);
  const before = readStamp(stamp);
  const changed = changes(before?.inputs ?? {}, inputs);
  // The compiler does not look at what it made: whatever is missing there or was changed by others is made anew.
  const intact = before !== undefined && same(before.outputs, outputsOf(root));
  if (intact && changed.length === 0 && !before.failed) {
    say('The build is up to date.');
    return true;
  }
  say(intact ? `Building: ${summary(changed)} ...` : 'Building all of it ...');
  const began = performance.now();
  fs.rmSync(stamp, { force: true });
  if (!intact || changed.some((file) => settings.includes(file))) {
    fs.rmSync(compilerState, { force: true });
    fs.rmSync(path.join(root, 'dist'), { recursive: true, force: true });
  }
  await compileModules(root);
  const { status } = spawnSync(
    process.execPath,
    [
      path.join(root, 'node_modules/typescript/bin/tsc'),
      ...['-p', 'tsconfig.build.json', '--incremental', '--tsBuildInfoFile', compilerState],
    ],
    { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  removeLeftOver(root, Object.keys(inputs));
  const failed = status !== 0;
  fs.writeFileSync(stamp, JSON.stringify({ failed, inputs, outputs: outputsOf(root) }));
  say(failed ? 'The build failed.' : `Built in ${((performance.now() - began) / 1000).toFixed(1)} s.`);
  return !failed;
}

/** The files that a build reads, with a hash of their content: a checkout changes times of files that are the same. */
function sourcesOf(root) {
  const files = ['src', 'wasm'].flatMap((folder) =>
    filesBelow(root, folder).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts')),
  );
  const hashes = {};
  for (const file of [...files, ...settings]) {
    const at = path.join(root, file);
    if (fs.existsSync(at)) hashes[file] = crypto.createHash('sha1').update(fs.readFileSync(at)).digest('base64');
  }
  return hashes;
}

/** The files in dist/, with size and time of change. */
function outputsOf(root) {
  const states = {};
  for (const file of filesBelow(root, 'dist')) {
    const { size, mtimeMs } = fs.statSync(path.join(root, file));
    states[file] = `${size} ${mtimeMs}`;
  }
  return states;
}

function filesBelow(root, folder) {
  const at = path.join(root, folder);
  if (!fs.existsSync(at)) return [];
  return fs
    .readdirSync(at, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .toSorted();
}

/** Removes the outputs of sources that are gone. */
function removeLeftOver(root, sources) {
  const expected = new Set();
  for (const source of sources) {
    const [, stem] = /^src\/(.*)\.ts$/.exec(source) ?? [];
    const [, module] = /^wasm\/(.*)\/index\.ts$/.exec(source) ?? [];
    if (stem !== undefined) for (const ending of ['js', 'd.ts']) expected.add(`dist/${stem}.${ending}`);
    if (module !== undefined) expected.add(`dist/wasm/${module}.wasm`);
  }
  for (const file of filesBelow(root, 'dist')) if (!expected.has(file)) fs.rmSync(path.join(root, file));
  const folders = fs
    .readdirSync(path.join(root, 'dist'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => path.join(entry.parentPath, entry.name));
  // The deepest ones first, which may leave the ones above them empty.
  for (const folder of folders.toSorted().toReversed()) if (fs.readdirSync(folder).length === 0) fs.rmdirSync(folder);
}

function readStamp(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function changes(before, after) {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((file) => before[file] !== after[file]);
}

function same(one, other) {
  return changes(one, other).length === 0;
}

function summary(changed) {
  if (changed.length === 0) return 'again after a failure';
  if (changed.length <= 3) return `${changed.join(', ')} changed`;
  return `${changed.slice(0, 2).join(', ')} and ${changed.length - 2} other files changed`;
}

if (process.argv[1] === import.meta.filename) {
  const root = path.resolve(import.meta.dirname, '..');
  if (!(await build(root, (text) => console.error(text)))) process.exit(1);
}
