import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { telemetry } from '../../src/processors/tail_sampling/telemetry.js';
import { blockBytes } from '../../src/sampling/blocks.js';
import { perDecision } from '../../src/sampling/decisions.js';
import { readSeries, type LedgerRow } from '../support/ledger.js';
import { freePorts, runCommand, startProgram, until, type Program } from '../support/program.js';

const root = path.resolve(import.meta.dirname, '../..');
const read = (file: string): string => fs.readFileSync(path.join(root, file), 'utf8');
const document = read('docs/tail-sampling.md');
const blocks = Array.from(document.matchAll(/^```\n(.*?)^```/gms), ([, text = '']) => text);
const folder = 'examples/tail-sampling';

/** Names of options and sections that the JSON Schema of the configuration has, and of components. */
async function namesOfConfiguration(): Promise<Set<string>> {
  const { stdout } = await runCommand(['print-schema'], root);
  const names = new Set(Array.from(stdout.matchAll(/"(\w+)":/g), ([, name = '']) => name));
  for (const kind of ['processors', 'exporters'])
    for (const type of fs.readdirSync(path.join(root, 'src', kind))) names.add(type);
  return names;
}

test('every option, reason and policy that the document names exists', async () => {
  const known = await namesOfConfiguration();
  for (const reason of Object.keys(telemetry.reasons)) known.add(reason);
  for (const { name } of telemetry.metrics) known.add(name);
  const text = document.replaceAll(/^```\n.*?^```/gms, '');
  const named = Array.from(text.matchAll(/`([^`]+)`/g), ([, code = '']) => code)
    // Labels and PromQL have a test of their own, and so have the commands.
    .filter((code) => !/[({]|^kanmon\.|^processor\.|\.yaml$/.test(code))
    .flatMap((code) => code.split(/::|: .*|[ =]/))
    .filter((word) => /^[a-z]+(_[a-z]+)+$/.test(word));
  expect(named.length).toBeGreaterThan(50);
  expect([...new Set(named)].filter((word) => !known.has(word))).toEqual([]);
});

test('the document shows each example, and the sizes of the store', () => {
  for (const file of fs.readdirSync(path.join(root, folder))) expect(document).toContain(`../${folder}/${file}`);
  expect(document).toContain(`blocks of ${blockBytes} bytes`);
  expect(document).toContain(`| remembered decision | ${perDecision} |`);
});

async function started(
  file: string,
  args: readonly string[] = [],
): Promise<Program & { http: number; metrics: number }> {
  const [http = 0, grpc = 0, metrics = 0] = await freePorts(3);
  const env = { HTTP_PORT: String(http), GRPC_PORT: String(grpc), METRICS_PORT: String(metrics), DECISION_WAIT: '1s' };
  return { ...(await startProgram(read(`${folder}/${file}`), { env, args })), http, metrics };
}

async function send(port: number, body: string): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`http://localhost:${port}/v1/traces`, { method: 'POST', headers, body });
  expect(response.status).toBe(200);
}

const decisions = async (metrics: number): Promise<number> =>
  (await readSeries(metrics, 'kanmon_tail_sampling_decisions')).reduce((sum, { value }) => sum + value, 0);

test('the first try ends as the document says', async () => {
  const body = /-d '(.*)'/s.exec(blocks.find((text) => text.startsWith('curl')) ?? '')?.[1] ?? '';
  const shown = (blocks.find((text) => text.startsWith('failed ')) ?? '').replaceAll('\n  ', ' ');
  const program = await started('errors-and-slow.yaml');
  try {
    await send(program.http, body);
    await until('both decisions', async () => (await decisions(program.metrics)) === 2);
  } finally {
    expect(await program.stop()).toBe(0);
  }
  expect(program.output()).toContain(`\n${shown}`);
  expect(program.output()).not.toContain('fine ');
});

/** The series that a PromQL expression asks for. */
interface Selector {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Labels that it sums by. */
  readonly by: readonly string[];
}

function selectorsOf(query: string): Selector[] {
  const by = (/\bby \(([^)]*)\)/.exec(query)?.[1] ?? '').split(', ').filter(Boolean);
  return Array.from(query.matchAll(/\b((?:kanmon|otelcol)_\w+)(?:\{([^}]*)\})?/g), ([, name = '', matchers = '']) => ({
    name,
    labels: Object.fromEntries(
      Array.from(matchers.matchAll(/(\w+)="(\w+)"/g), ([, label = '', value = '']) => [label, value]),
    ),
    by,
  }));
}

const isFound = ({ name, labels, by }: Selector, series: readonly LedgerRow[]): boolean =>
  series.some(
    (row) =>
      row.name === name &&
      Object.entries(labels).every(([label, value]) => row.labels[label] === value) &&
      by.every((label) => label in row.labels),
  );

test('every series that the document asks for is there', async () => {
  const program = await started('errors-and-slow.yaml', [
    ...['--set', 'processors.tail_sampling.num_traces=2'],
    ...['--set', 'processors.tail_sampling.maximum_trace_size_bytes=1000'],
    ...['--set', 'processors.tail_sampling.decision_cache.sampled_cache_size=100'],
  ]);
  try {
    const trace = (id: number, status: number, name = 'span'): object => ({
      traceId: id.toString(16).padStart(32, '0'),
      spanId: '051581bf3cb55c13',
      name,
      status: { code: status },
    });
    const body = (...spans: object[]): string => JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
    // Two are decided early for the third, and one is too large.
    await send(program.http, body(trace(1, 2), trace(2, 0), trace(3, 2), trace(4, 0), trace(5, 0, 'x'.repeat(2000))));
    await until('the decisions', async () => (await decisions(program.metrics)) === 4);
    // Late spans.
    await send(program.http, body(trace(1, 0), trace(2, 0)));
    const series = await readSeries(program.metrics, '');
    const queries = Array.from(
      document.matchAll(/^\|[^|]*\| `([^`]*(?:kanmon|otelcol)_[^`]*)` \|$/gm),
      ([, q = '']) => q,
    );
    expect(queries.length).toBeGreaterThan(10);
    const selectors = queries.flatMap(selectorsOf);
    expect(selectors.filter((selector) => !isFound(selector, series))).toEqual([]);
    const named = Array.from(document.matchAll(/\b(?:kanmon|otelcol)_\w+/g), ([name]) => name);
    expect(named.filter((name) => !series.some((row) => row.name === name))).toEqual([]);
  } finally {
    expect(await program.stop()).toBe(0);
  }
});
