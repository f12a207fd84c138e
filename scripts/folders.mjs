// Holds every component folder to the same shape, and every source file to its length.
import fs from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const kinds = ['receivers', 'processors', 'exporters', 'connectors', 'extensions'];
const required = ['index.ts', 'config.ts', 'telemetry.ts', 'README.md', 'example.yaml'];
const faults = [];

for (const kind of kinds) {
  const folder = path.join(root, 'src', kind);
  if (!fs.existsSync(folder)) continue;
  for (const type of fs.readdirSync(folder)) {
    const here = path.join(folder, type);
    if (!fs.statSync(here).isDirectory()) {
      faults.push(`src/${kind}/${type}: only component folders belong here`);
      continue;
    }
    if (!/^[a-z][a-z0-9_]{0,62}$/.test(type)) faults.push(`src/${kind}/${type}: a folder is named as its YAML type`);
    for (const file of required)
      if (!fs.existsSync(path.join(here, file))) faults.push(`src/${kind}/${type}: ${file} is missing`);
    if (!fs.readdirSync(here, { recursive: true }).some((file) => String(file).endsWith('.test.ts'))) {
      faults.push(`src/${kind}/${type}: no test`);
    }
  }
}

const limit = 600;
const walk = (folder) => {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) walk(file);
    else if (entry.name.endsWith('.ts')) {
      const lines = fs.readFileSync(file, 'utf8').split('\n').length - 1;
      if (lines > limit) faults.push(`${path.relative(root, file)}: ${lines} lines, over ${limit}`);
    }
  }
};
walk(path.join(root, 'src'));

for (const fault of faults) console.error(fault);
process.exit(faults.length > 0 ? 1 : 0);
