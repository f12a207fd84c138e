// Writes the tables of own metrics from their data: shared ones in docs/own-telemetry.md, those of one component in its
// README.md. With --check it only names the files that are out of date.
import fs from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const load = (module) => import(path.join(root, 'dist', module));
const { discoverComponents, sections } = await load('config/components.js');
const { deliveryMetrics } = await load('delivery/metrics.js');
const { receiverMetrics } = await load('intake/metrics.js');
const { scraperMetrics } = await load('intake/scrape/metrics.js');
const { rpcClientDuration, rpcServerDuration } = await load('net/grpc/watch-calls.js');
const { httpClientMetrics, httpServerMetrics } = await load('net/http/watch-requests.js');
const { processorMetrics } = await load('pipeline/observed-processor.js');
const { ledgerMetrics } = await load('telemetry/ledger-metrics.js');
const { processMetrics } = await load('telemetry/process.js');
const { lostLines } = await load('telemetry/output/metrics.js');
const { offloadedBatches, incompleteBooks, exchangedItems } = await load('workers/metrics.js');

const shared = [
  ['the process', Object.values(processMetrics)],
  ['the ledger', Object.values(ledgerMetrics)],
  ['the log', [lostLines]],
  ['receivers', receiverMetrics],
  ['receivers that collect', scraperMetrics],
  ['processors', Object.values(processorMetrics)],
  ['exporters', deliveryMetrics],
  ['gRPC servers', [rpcServerDuration]],
  ['gRPC clients', [rpcClientDuration]],
  ['HTTP servers', httpServerMetrics],
  ['HTTP clients', httpClientMetrics],
  ['`--workers`', [offloadedBatches, incompleteBooks, exchangedItems]],
];
const types = { counter: 'counter', updown: 'up-down counter', gauge: 'gauge', histogram: 'histogram' };
const check = process.argv.includes('--check');
const stale = [];

write(
  'docs/own-telemetry.md',
  shared.flatMap(([source, specs]) => specs.map((spec) => [spec, source])),
  ['Metric', 'Type', 'Unit', 'Level', 'Of', 'Description'],
);
const names = new Set(shared.flatMap(([, specs]) => specs.map(({ name }) => name)));
const components = await discoverComponents();
for (const section of sections)
  for (const { type, telemetry } of components[section].values()) {
    const own = telemetry.metrics.filter(({ name }) => !names.has(name));
    const rows = own.map((spec) => [spec]);
    write(path.join('src', section, type, 'README.md'), rows, ['Metric', 'Type', 'Unit', 'Level', 'Description']);
  }
if (stale.length > 0) {
  console.error(`tables of metrics are out of date (npm run docs): ${stale.join(', ')}`);
  process.exit(1);
}

function write(name, specs, head) {
  const cell = (text) => text.replaceAll('|', '\\|');
  const rows = specs
    .sort(([a], [b]) => (a.name < b.name ? -1 : 1))
    .map(([{ name, kind, unit, level, description }, ...source]) => [
      `\`${name}\``,
      types[kind],
      `\`${unit}\``,
      level,
      ...source,
      cell(description),
    ]);
  const lines = [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`);
  const table = rows.length === 0 ? 'None of its own.' : lines.join('\n');
  const file = path.join(root, name);
  const text = fs.readFileSync(file, 'utf8');
  const marks = /<!-- metrics -->[\s\S]*<!-- \/metrics -->/;
  if (!marks.test(text)) {
    if (rows.length === 0) return;
    console.error(`${name} has no place for its table of metrics: add <!-- metrics --> and <!-- /metrics -->`);
    process.exit(1);
  }
  const next = text.replace(marks, () => `<!-- metrics -->\n\n${table}\n\n<!-- /metrics -->`);
  if (next === text) return;
  if (check) stale.push(name);
  else fs.writeFileSync(file, next);
}
