import { Ajv2020 } from 'ajv/dist/2020.js';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { recordedConfigurations } from '../../test/support/recorded-configurations.js';
import { caseJsonSchema } from '../testing/case-json-schema.js';
import { discoverComponents, findComponent, sections } from './components.js';
import { jsonSchema } from './json-schema.js';
import { loadConfig } from './load.js';
import { printConfig } from './print.js';

const root = path.resolve(import.meta.dirname, '../..');
const components = await discoverComponents();
const ajv = new Ajv2020({ allErrors: true, strictTypes: false, allowMatchingProperties: true });
const configuration = ajv.compile(jsonSchema(components));
const cases = ajv.compile(caseJsonSchema());

function files(folder: string): string[] {
  return fs
    .readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml') && !name.endsWith('compose.yaml'))
    .map((name) => `${folder}/${name}`);
}

/** As an editor reads a file. */
const read = (text: string): unknown => parse(text, { merge: true, logLevel: 'silent' });
const contentOf = (file: string): string => fs.readFileSync(path.join(root, file), 'utf8');

function faults(validate: typeof configuration, text: string): readonly string[] {
  return validate(read(text)) ? [] : (validate.errors ?? []).map((error) => `${error.instancePath}: ${error.message}`);
}

// deploy/prometheus has files of Prometheus, deploy/kubernetes objects and templates of Kubernetes.
const shipped = [...files('examples'), ...files('deploy'), ...files('src')].filter(
  (file) => !/^deploy\/(?:prometheus|kubernetes)\//.test(file),
);
const configurations = shipped.filter((file) => !file.endsWith('.test.yaml'));

test.each(configurations)('the schema accepts %s', (file) => {
  expect(faults(configuration, contentOf(file))).toEqual([]);
});

test.each(shipped.filter((file) => file.endsWith('.test.yaml')))('the schema of tests accepts %s', (file) => {
  expect(faults(cases, contentOf(file))).toEqual([]);
});

test.each(configurations)('the schema accepts what print-config makes of %s', async (file) => {
  const environment = { env: { ...process.env, METRICS_PORT: '8888' }, fetch };
  const before = process.cwd();
  process.chdir(root);
  try {
    const config = await loadConfig({ uris: [file], sets: [], gates: [] }, { components, environment });
    expect(faults(configuration, printConfig(config, { format: 'yaml', redacted: true }))).toEqual([]);
  } finally {
    process.chdir(before);
  }
});

/** Configurations in published shapes of which `validate` names no fault; warnings may be. */
const published = files('test/corpus').filter((file) => {
  const answers = path.join(root, file.replace(/\.yaml$/, '.expected'));
  return !fs.existsSync(answers) || !fs.readFileSync(answers, 'utf8').includes('fault ');
});

test('there are published shapes that are valid', () => expect(published.length).toBeGreaterThan(50));

test.each(published)('the schema accepts %s', (file) => {
  expect(faults(configuration, contentOf(file))).toEqual([]);
});

interface Recorded {
  readonly id: string;
  readonly args: readonly string[];
  readonly files?: Readonly<Record<string, unknown>>;
  readonly exit?: number;
}

/** Kanmon refuses some of what the Collector accepts. */
const { config: different } = JSON.parse(contentOf('test/recorded/differences.json')) as {
  readonly config: Readonly<Record<string, string>>;
};

/** The sources of a recorded case that the command line names. */
function sourcesOf({ args, files: written = {} }: Recorded): string[] {
  const named = args.flatMap((arg) => /^--config=(?:file:)?(.*)$/.exec(arg)?.[1] ?? []);
  return named.map((name) => written[name]).filter((text) => typeof text === 'string');
}

/** Every type in it exists here. */
function hasComponents(value: unknown): boolean {
  const config = (value ?? {}) as Readonly<Record<string, Readonly<Record<string, unknown>> | null | undefined>>;
  return sections.every((section) =>
    Object.keys(typeof config[section] === 'object' ? (config[section] ?? {}) : {}).every(
      (id) =>
        findComponent(components[section] as ReadonlyMap<string, never>, id.replace(/\/.*/, '').trim()) !== undefined,
    ),
  );
}

const recorded = ['valid', 'expand', 'start', 'defaults']
  .flatMap((name) => contentOf(`test/recorded/config/${name}.jsonl`).trim().split('\n'))
  .map((line) => JSON.parse(line) as Recorded)
  .filter(({ id, exit = 0 }) => exit === 0 && !(id in different))
  .flatMap((each) => sourcesOf(each).map((text) => ({ id: each.id, text })))
  .filter(({ text }) => hasComponents(read(text)));

test('there are recorded configurations that are valid', () => expect(recorded.length).toBeGreaterThan(150));

test.each(recorded)('the schema accepts the recorded configuration $id', ({ text }) => {
  expect(faults(configuration, text)).toEqual([]);
});

const ofComponents = recordedConfigurations();
const topics = [...new Set(ofComponents.map(({ id }) => id.replace(/\/.*/, '')))];

test('there are configurations of every recorded topic that has some', () => {
  expect(topics.length).toBeGreaterThan(12);
});

test.each(topics)('what the schema refuses of the recorded topic %s is not valid', async (topic) => {
  const environment = { env: process.env, fetch };
  const wrong: string[] = [];
  let accepted = 0;
  for (const { id, config } of ofComponents.filter((each) => each.id.startsWith(`${topic}/`))) {
    if (configuration(config)) {
      accepted++;
      continue;
    }
    const errors = configuration.errors?.map((error) => `${error.instancePath}: ${error.message}`).join(', ');
    const uris = [`yaml:${JSON.stringify(config)}`];
    await loadConfig({ uris, sets: [], gates: [] }, { components, environment }).then(
      () => wrong.push(`${id}: ${errors}`),
      () => {},
    );
  }
  expect(wrong).toEqual([]);
  expect(accepted).toBeGreaterThan(10);
});

test.each([
  ['a port as a number', 'exporters: {load_balancing: {resolver: {dns: {hostname: a, port: 4317}}}}'],
  ['a port as text', 'exporters: {load_balancing: {resolver: {dns: {hostname: a, port: "4317"}}}}'],
  ['a level in upper case', 'service: {telemetry: {metrics: {level: DETAILED}}}'],
  ['nested keys', 'exporters::debug::verbosity: detailed'],
  ['what a variable holds', 'exporters: ${env:EXPORTERS}'],
  ['no content', ''],
])('the schema accepts %s', (_name, text) => expect(faults(configuration, text)).toEqual([]));

test.each([
  ['a mistyped key', 'exporters: {debug: {verbosty: detailed}}'],
  ['an unknown section', 'reciever: {}'],
  ['a number for a flag', 'exporters: {debug: {use_internal_logger: 3}}'],
  ['a duration without a unit', 'exporters: {otlp_grpc: {timeout: "5"}}'],
  ['a value that is no choice', 'exporters: {debug: {verbosity: loud}}'],
])('the schema refuses %s', (_name, text) => expect(faults(configuration, text)).not.toEqual([]));
