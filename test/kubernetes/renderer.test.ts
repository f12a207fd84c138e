import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { ChartRenderer } from '../support/chart/chart-renderer.js';
import { isMap, type TemplateMap } from '../support/chart/template-functions.js';
import { parseTemplate, type Statement } from '../support/chart/template-parser.js';
import { testWith } from '../support/peers.js';

const root = path.resolve(import.meta.dirname, '../..');
const support = path.join(root, 'test/support/chart');
/** A chart that uses all of it, in cases that differ easily, and what Helm itself made of that chart. */
const functions = path.join(support, 'functions');
const recorded = path.join(support, 'functions.rendered.yaml');
const release = { name: 'release', namespace: 'place' };

function statementsOf(chart: string): readonly unknown[] {
  const folder = path.join(chart, 'templates');
  const defined = new Map<string, readonly Statement[]>();
  const files = fs.readdirSync(folder).filter((name) => /\.(yaml|tpl)$/.test(name));
  const statements = files.map((name) => parseTemplate(fs.readFileSync(path.join(folder, name), 'utf8'), defined));
  return [...statements, ...defined.values()];
}

/** The names of functions, and the constructs, that are anywhere in a parsed template. */
function usedIn(part: unknown, used: Set<string> = new Set()): Set<string> {
  if (Array.isArray(part)) for (const each of part) usedIn(each, used);
  else if (isMap(part)) {
    const { kind, name, otherwise } = part;
    if (typeof kind === 'string') used.add(kind === 'call' ? `the function ${String(name)}` : kind);
    if (Array.isArray(otherwise) && otherwise.length > 0) used.add(`else of ${String(kind)}`);
    usedIn(Object.values(part), used);
  }
  return used;
}

function documentsOf(text: string): TemplateMap[] {
  const objects = parseAllDocuments(text).map((each) => each.toJS() as TemplateMap | null);
  return objects.filter((each) => each !== null);
}

const byName = (objects: readonly TemplateMap[]): unknown[] =>
  objects
    .map((object): [string, TemplateMap] => [
      (object as unknown as { metadata: { name: string } }).metadata.name,
      object,
    ])
    .toSorted(([a], [b]) => (a < b ? -1 : 1));

describe("the renderer of the tests, which stands for Helm's own engine", () => {
  test('makes what Helm made of every construct and function that it knows', () => {
    const found = new ChartRenderer(functions).objects(release);
    expect(byName(found)).toEqual(byName(documentsOf(fs.readFileSync(recorded, 'utf8'))));
  });

  test('the chart uses nothing that this does not show but `fail`', () => {
    const shown = usedIn(statementsOf(functions));
    const used = [...usedIn(statementsOf(path.join(root, 'deploy/kubernetes/chart')))];
    expect(used.filter((each) => !shown.has(each))).toEqual(['the function fail']);
    expect(used.length).toBeGreaterThan(40);
  });
});

testWith('helm')('what was recorded is what Helm makes today', () => {
  const said = execFileSync('helm', ['template', release.name, functions, '-n', release.namespace], {
    encoding: 'utf8',
  });
  if (process.env['UPDATE_RENDERED'] === '1') {
    const version = execFileSync('helm', ['version', '--short'], { encoding: 'utf8' }).trim();
    const header = `# Made by Helm ${version}: UPDATE_RENDERED=1 npx vitest run test/kubernetes/renderer.test.ts\n`;
    fs.writeFileSync(recorded, header + said);
  }
  expect(documentsOf(fs.readFileSync(recorded, 'utf8'))).toEqual(documentsOf(said));
});
