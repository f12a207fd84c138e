// npm start: builds what changed, and runs the quick start with further arguments of the command line.
import path from 'node:path';

// Before anything that takes time to load.
console.log(`Kanmon's quick start: both tiers in one process (examples/quickstart.yaml)
  send to      http://localhost:4318  OTLP over HTTP; http://localhost:4317 over gRPC
  look at      http://localhost:15679/debug/ledgerz  what became of every item
               http://localhost:15679/debug/servicez  what runs, and links to other pages
               http://localhost:8888/metrics         its metrics
               http://localhost:13133                its health
`);

const root = path.resolve(import.meta.dirname, '..');
const { build } = await import('./build.mjs');
if (!(await build(root, (text) => console.log(text)))) process.exit(1);
const main = path.join(root, 'dist/cli/main.js');
process.argv = [
  process.execPath,
  main,
  '--config',
  path.join(root, 'examples/quickstart.yaml'),
  ...process.argv.slice(2),
];
await import(main);
