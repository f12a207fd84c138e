// Compiles each wasm/<name>/index.ts (AssemblyScript) to dist/wasm/<name>.wasm. Modules that did not change
// are not compiled again.
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

const options = ['--runtime', 'stub', '--noAssert', '-O3', '--converge', '--enable', 'simd', '--use', 'abort='];
/** Pages of 64 KiB: the memory of a module is bounded, whatever is asked of it. */
const memory = ['--initialMemory', '32', '--maximumMemory', '128'];

/** Compiles the modules of the clone in `root`. Returns the files that it made. */
export async function compileModules(root) {
  const folder = path.join(root, 'wasm');
  const sources = fs
    .readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith('.ts'))
    .toSorted();
  const { version } = JSON.parse(fs.readFileSync(path.join(root, 'node_modules/assemblyscript/package.json'), 'utf8'));
  const hash = crypto.createHash('sha256').update([version, ...options, ...memory].join(' '));
  for (const file of sources) hash.update(file).update(fs.readFileSync(path.join(folder, file)));
  const state = hash.digest('hex').slice(0, 16);

  const made = [];
  for (const entry of sources.filter((file) => path.basename(file) === 'index.ts')) {
    const name = path.dirname(entry);
    const cached = path.join(root, '.build/wasm', `${name}-${state}.wasm`);
    if (!fs.existsSync(cached)) await compile(root, path.join(folder, entry), cached);
    const to = path.join(root, 'dist/wasm', `${name}.wasm`);
    fs.mkdirSync(path.dirname(to), { recursive: true });
    fs.copyFileSync(cached, to);
    made.push(to);
  }
  return made;
}

async function compile(root, entry, to) {
  const { default: asc } = await import('assemblyscript/asc');
  fs.mkdirSync(path.dirname(to), { recursive: true });
  // Two builds at a time must not see each other's half.
  const half = `${to}.${process.pid}`;
  const args = [path.relative(root, entry), '--baseDir', root, '-o', path.relative(root, half), ...options, ...memory];
  const { error, stderr } = await asc.main(args);
  if (error) throw new Error(`${entry} does not compile: ${error.message}\n${stderr.toString()}`);
  fs.renameSync(half, to);
}
