import { expect, test } from 'vitest';
import type { CheckedConfig } from '../checked.js';
import { discoverComponents, sections, spellings } from '../components.js';
import { loadConfig } from '../load.js';
import { shownWarnings } from '../warning.js';
import { allLackingTypes, lackingType } from './unknown-type.js';

function load(parts: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CheckedConfig> {
  const environment = { env: { ...env, CONFIG: parts.join('\n') }, fetch };
  return loadConfig({ uris: ['env:CONFIG'], sets: [], gates: [] }, { environment });
}

/** The message of `validate` for some components, of which a pipeline uses all that `used` names. */
async function said(components: string, used: { receivers?: string; processors?: string; exporters?: string } = {}) {
  const { receivers = 'nop', processors = '', exporters = 'nop' } = used;
  const pipeline = `{receivers: [${receivers}], processors: [${processors}], exporters: [${exporters}]}`;
  const yaml = [components, `service: {pipelines: {traces: ${pipeline}}}`];
  return load(yaml).then(
    (config) => shownWarnings(config.warnings),
    (error: unknown) => (error as Error).message,
  );
}

test('a type that nothing uses is left out with a warning, in either spelling', async () => {
  const line = 'receivers: {nop: , awsxray/a: , aws_xray: , jaeger: }';
  expect(await said(`${line}\nexporters: {nop: }`)).toBe(
    ['awsxray/a', 'aws_xray', 'jaeger']
      .map((id) => {
        const column = line.indexOf(`${id}:`) + 1;
        return [
          `Warning: env:CONFIG:1:${column}: receivers::${id}: unknown type: "${id.split('/')[0]}" for id: "${id}": ` +
            'the Collector has this receiver, Kanmon does not; nothing uses it: it is left out',
          `  1 | ${line}`,
          `    | ${' '.repeat(column - 1)}${'^'.repeat(id.length)}`,
          '  Let the applications send OTLP, or run a Collector with this receiver that exports OTLP to Kanmon.',
          '\n',
        ].join('\n');
      })
      .join(''),
  );
});

test.each([
  [
    'a planned one',
    'exporters: {nop: , kafka: }',
    { exporters: 'kafka' },
    'exporters::kafka: ' +
      'unknown type: "kafka" for id: "kafka": ' +
      'this exporter is planned, and not there yet (used in traces)',
    'Until it is there, e',
  ],
  [
    'one of the Collector',
    'exporters: {nop: , datadog: }',
    { exporters: 'datadog' },
    'exporters::datadog: ' +
      'unknown type: "datadog" for id: "datadog": the Collector has this exporter, Kanmon does not (used in traces)',
    'The Datadog Agent takes OTLP: export to it with `otlp_grpc`, port 4317.',
  ],
  [
    'one of older versions',
    'exporters: {nop: , loki: }',
    { exporters: 'loki' },
    'exporters::loki: ' +
      'unknown type: "loki" for id: "loki": only older versions of the Collector have this exporter (used in traces)',
    'Loki takes OTLP: export with `otlp_http` to the endpoint `http://HOST:3100/otlp`.',
  ],
  [
    'a slip',
    'exporters: {nop: , debgu: }',
    { exporters: 'debgu' },
    'exporters::debgu: unknown type: "debgu" for id: "debgu" (valid values: [debug file',
    'Did you mean "debug"?',
  ],
  [
    'a slip for a planned one',
    'receivers: {nop: , kafkaa: }',
    {},
    'receivers::kafkaa: unknown type: "kafkaa" for id: "kafkaa" (valid values: [',
    'Did you mean "kafka"? It is not there yet.',
  ],
  [
    'one of another section',
    'processors: {spanmetrics/a: , forward: }',
    {},
    'processors::forward: unknown type: "forward" for id: "forward" (valid values: [attributes',
    'There is a connector of this type: configure it under `connectors`.',
  ],
])('%s that is used, or that no one has, is a fault', async (_what, components, used, message, hint) => {
  const both = components.startsWith('receivers') ? '' : 'receivers: {nop: }\n';
  const end = components.startsWith('exporters') ? '' : '\nexporters: {nop: }';
  const answer = await said(both + components + end, used);
  expect(answer).toContain(message);
  expect(answer).toContain(`\n  ${hint}`);
});

test('all pipelines that use it are named, and an extension by the list of extensions', async () => {
  const config = load([
    'receivers: {nop: , otlp: {protocols: {http: }}, zipkin: }',
    'exporters: {nop: }',
    'extensions: {opamp: , oidc: }',
    'service:',
    '  extensions: [opamp]',
    '  pipelines:',
    '    traces: {receivers: [nop, zipkin], exporters: [nop]}',
    '    logs: {receivers: [nop], exporters: [nop]}',
    '    traces/2: {receivers: [zipkin], exporters: [nop]}',
  ]);
  await expect(config).rejects.toThrow('(used in traces, traces/2)');
  await expect(config).rejects.toThrow('(used in service::extensions)');
  await expect(config).rejects.toThrow('the configuration has 2 faults');
});

test('components that nothing uses are said once, and one that is used is not', async () => {
  const many = Array.from({ length: 25 }, (_, i) => `debug/${i}: `).join(', ');
  const config = await load([
    'receivers: {nop: }',
    `exporters: {nop: , ${many}}`,
    'connectors: {forward: , forward/idle: }',
    'extensions: {zpages: }',
    'service:',
    '  pipelines:',
    '    traces: {receivers: [nop], exporters: [forward]}',
    '    traces/2: {receivers: [forward], exporters: [nop]}',
  ]);
  const [warning, ...more] = config.warnings;
  expect(more).toEqual([]);
  expect(warning?.message).toBe('Components are configured that nothing uses');
  expect(warning?.fields?.['components']).toHaveLength(20);
  const names = Array.from({ length: 20 }, (_, i) => `exporters::debug/${i}`).join(', ');
  expect(shownWarnings(config.warnings)).toBe(
    `Warning: Components are configured that nothing uses: ${names} and 7 more\n\n`,
  );
});

test('a configuration in which all is used says nothing', async () => {
  expect(await said('receivers: {nop: }\nexporters: {nop: }')).toBe('');
});

test('each lacking type is listed once, and none that there is', async () => {
  const available = await discoverComponents();
  for (const section of sections) {
    const known = spellings(available[section]);
    expect(known.filter((type) => lackingType(section, type))).toEqual([]);
    const names = allLackingTypes(section).map(({ type }) => type);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9_]{0,62}$/);
    for (const { instead } of allLackingTypes(section)) expect(instead).toMatch(/^[A-Z][^\n]{5,200}\.$/);
  }
});

test.each([
  ['exporters: {otlp_grpc: {endpoint: "${env:NOPE}"}}', 'exporters::otlp_grpc', '(${env:NOPE} is not set)'],
  ['exporters: {otlp_grpc: {endpoint: "${env:NOPE}:x"}}', 'otlp_grpc::endpoint', '(${env:NOPE} is not set)'],
  [
    'exporters: {otlp_http: {endpoint: "${env:A}", headers: {k: "${B}"}}}',
    'exporters::otlp_http',
    '(${env:A} is not set)',
  ],
  // Another variable that is not set has nothing to do with the fault.
  [
    'exporters: {otlp_grpc: {authority: "${env:A}", endpoint: "${env:B}"}}',
    'exporters::otlp_grpc',
    'requires a non-empty "endpoint" (${env:B} is not set)',
  ],
  ['exporters: {debug: {verbosity: "${NOPE}"}}', 'debug::verbosity', 'came from ${NOPE}, which is not set)'],
  ['exporters: {debug: {verbosity: "x${env:A}${env:B}"}}', 'debug::verbosity', '(${env:A} and ${env:B} are not set)'],
  ['exporters: {debug: {verbosity: "${env:SET}"}}', 'debug::verbosity', '(the value came from ${env:SET})\n'],
  ['exporters: {debug: {verbosity: "${env:NOPE:-a}"}}', 'debug::verbosity', '(the value came from ${env:NOPE:-a})\n'],
])('the fault that follows from %s names the variable', async (exporters, path, note) => {
  const [, id = ''] = /\{(\w+):/.exec(exporters) ?? [];
  const config = load(
    ['receivers: {nop: }', exporters, `service: {pipelines: {traces: {receivers: [nop], exporters: [${id}]}}}`],
    { SET: 'unknown' },
  );
  await expect(config).rejects.toThrow(path);
  await expect(config).rejects.toThrow(note);
});

test('a pipeline names the variable too', async () => {
  const config = load([
    'receivers: {nop: }',
    'exporters: {nop: }',
    'service: {pipelines: {traces: {receivers: [nop], exporters: ["${env:NOPE}"]}}}',
  ]);
  await expect(config).rejects.toThrow('exporters: id must not be empty (${env:NOPE} is not set)');
});
