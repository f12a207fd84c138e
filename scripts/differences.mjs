// Checks docs/differences.md against test/recorded/differences.json: every recorded case that differs names a row, by
// its anchor, and every row that is marked as recorded is named by a case. That listed cases still differ is checked by
// `npm run golden`.
import fs from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const document = 'docs/differences.md';
const list = 'test/recorded/differences.json';
const faults = [];

/** Rows by anchor, and whether the last cell says that answers of the Collector are kept for it. */
const rows = new Map();
for (const line of fs.readFileSync(path.join(root, document), 'utf8').split('\n')) {
  const anchor = /^\| <a id="([a-z0-9-]+)"><\/a>/.exec(line)?.[1];
  if (anchor === undefined) continue;
  if (rows.has(anchor)) faults.push(`${document}: two rows have the anchor ${anchor}`);
  const cells = line.split(/(?<!\\)\|/).slice(1, -1);
  if (cells.length !== 4) faults.push(`${document}: the row ${anchor} has ${cells.length} cells instead of 4`);
  rows.set(anchor, cells.at(-1).trim() === 'yes');
}

const named = new Set();
for (const [topic, cases] of Object.entries(JSON.parse(fs.readFileSync(path.join(root, list), 'utf8')))) {
  for (const [start, anchor] of Object.entries(cases)) {
    named.add(anchor);
    if (!rows.has(anchor)) faults.push(`${list}: ${topic}: ${start}: ${document} has no row with the anchor ${anchor}`);
  }
}
for (const [anchor, recorded] of rows) {
  if (recorded && !named.has(anchor))
    faults.push(`${document}: the row ${anchor} is marked as recorded, but no case in ${list} names it`);
  if (!recorded && named.has(anchor))
    faults.push(`${document}: the row ${anchor} is named in ${list}: mark it as recorded`);
}

for (const fault of faults) console.error(fault);
process.exit(faults.length > 0 ? 1 : 0);
