// The cost of loading in a process that has done nothing else: CPU milliseconds and resident memory, and the size on
// disk with its dependencies.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const modules = path.resolve(import.meta.dirname, '../../node_modules');
const sets = {
  nothing: [],
  'api, core, propagator-b3': ['api', 'core', 'propagator-b3'],
  'sdk-trace-base': ['api', 'sdk-trace-base'],
  'sdk-metrics, exporter-prometheus': ['api', 'sdk-metrics', 'exporter-prometheus'],
  resources: ['resources'],
  'exporter-metrics-otlp-proto': ['exporter-metrics-otlp-proto'],
  'exporter-metrics-otlp-grpc': ['exporter-metrics-otlp-grpc'],
  'sdk-node': ['sdk-node'],
};

export function run() {
  const { dependencies } = JSON.parse(fs.readFileSync(path.join(modules, '../package.json'), 'utf8'));
  const others = [...closure(Object.keys(dependencies).filter((name) => !name.startsWith('@opentelemetry/')))];
  console.log(`all other runtime dependencies: ${disk(others)} MB on disk, ${others.length} packages`);
  const rounds = 9;
  const results = Object.entries(sets).map(([name, packages]) => ({ name, packages, ms: [], rss: [] }));
  for (let round = 0; round < rounds; round++) for (const result of results) once(result);
  const base = results[0];
  for (const { name, packages, ms, rss } of results) {
    const installed = [...closure(packages.map((one) => `@opentelemetry/${one}`))];
    const scripts = installed.filter((one) =>
      ['preinstall', 'install', 'postinstall'].some((step) => manifest(one).scripts?.[step]),
    );
    console.log(
      `${name.padEnd(34)} +${(median(ms) - median(base.ms)).toFixed(0).padStart(4)} ms  ` +
        `+${((median(rss) - median(base.rss)) / 1e6).toFixed(1).padStart(5)} MB resident` +
        `  ${disk(installed).padStart(5)} MB on disk, ${installed.length} packages` +
        `, install scripts: ${scripts.join(' ') || 'none'}`,
    );
  }
}

function once({ packages, ms, rss }) {
  const imports = packages.map((name) => `await import('@opentelemetry/${name}');`).join('');
  const code =
    `${imports} const { user, system } = process.cpuUsage(); globalThis.gc(); ` +
    `console.log(JSON.stringify([(user + system) / 1000, process.memoryUsage.rss()]))`;
  const child = spawnSync(process.execPath, ['--expose-gc', '--input-type=module', '-e', code], {
    encoding: 'utf8',
    cwd: import.meta.dirname,
  });
  const [took, resident] = JSON.parse(child.stdout);
  ms.push(took);
  rss.push(resident);
}

function manifest(name) {
  return JSON.parse(fs.readFileSync(path.join(modules, name, 'package.json'), 'utf8'));
}

function closure(names, found = new Set()) {
  for (const name of names) {
    if (found.has(name)) continue;
    found.add(name);
    // Optional ones may be missing.
    if (fs.existsSync(path.join(modules, name))) closure(Object.keys(manifest(name).dependencies ?? {}), found);
    else found.delete(name);
  }
  return found;
}

function disk(names) {
  return (names.reduce((sum, name) => sum + size(path.join(modules, name)), 0) / 1e6).toFixed(1);
}

function size(folder) {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + fs.statSync(path.join(entry.parentPath, entry.name)).size, 0);
}

function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}
