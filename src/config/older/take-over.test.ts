import { expect, test } from 'vitest';
import type { CheckedConfig } from '../checked.js';
import { loadConfig } from '../load.js';
import { printConfig } from '../print.js';
import { shownWarnings } from '../warning.js';

const variables = { HOST: '10.0.0.7', PORT: '4711', WHERE: '10.0.0.7:4711' };

function load(parts: readonly string[], env: Readonly<Record<string, string>> = variables): Promise<CheckedConfig> {
  const yaml = parts.join('\n');
  return loadConfig(
    { uris: ['env:CONFIG'], sets: [], gates: [] },
    { environment: { env: { ...env, CONFIG: yaml }, fetch } },
  );
}

const pipelines = (exporters: string, more = ''): string =>
  `service: {${more}pipelines: {traces: {receivers: [nop], exporters: [${exporters}]}}}`;
const nops = ['receivers: {nop: }', 'exporters: {nop: }'];

/** The blocks that the warnings show. */
const blocks = ({ warnings }: CheckedConfig): unknown[] => warnings.flatMap(({ fields }) => fields?.['instead'] ?? []);
const printed = (config: CheckedConfig): string => printConfig(config, { format: 'yaml', redacted: true });

test('a warning shows where the older form stands, and the new one', async () => {
  const config = await load([
    'receivers: {nop: }',
    'exporters:',
    '  logging:',
    '    loglevel: debug',
    '    sampling_initial: 5',
    pipelines('logging'),
  ]);
  expect(shownWarnings(config.warnings)).toBe(
    [
      'Warning: env:CONFIG:3:3: exporters::logging: the logging exporter is taken over as "debug"',
      '  3 |   logging:',
      '    |   ^^^^^^^',
      '  Write instead:',
      '    exporters:',
      '      debug:',
      '        sampling_initial: 5',
      '        verbosity: detailed',
      '',
      '',
    ].join('\n'),
  );
  expect(config.warnings).toHaveLength(1);
  expect(config.warnings[0]?.fields).toEqual({
    instead: '{ exporters: { debug: { sampling_initial: 5, verbosity: detailed } } }',
    place: 'env:CONFIG:3:3',
  });
  expect([...config.exporters.keys()]).toEqual(['debug']);
  expect(config.service.pipelines[0]?.exporters).toEqual(['debug']);
});

test.each([
  ['', 'basic'],
  ['loglevel: debug', 'detailed'],
  ['loglevel: DEBUG', 'detailed'],
  ['logLevel: debug', 'detailed'],
  ['loglevel: info', 'basic'],
  ['loglevel: warn', 'basic'],
  ['verbosity: normal', 'basic'],
  ['verbosity: detailed', 'detailed'],
  ['loglevel: info, verbosity: detailed', 'detailed'],
  ['loglevel: "${env:LEVEL}"', 'detailed'],
])('a logging exporter with {%s} writes as %s', async (options, verbosity) => {
  const config = load(['receivers: {nop: }', `exporters: {logging: {${options}}}`, pipelines('logging')], {
    LEVEL: 'debug',
  });
  expect(printed(await config)).toContain(`verbosity: ${verbosity}`);
});

test('a level that never was is a fault of the value that was written', async () => {
  const config = load(['receivers: {nop: }', 'exporters: {logging: {loglevel: loud}}', pipelines('logging')]);
  await expect(config).rejects.toThrow('env:CONFIG:2:33: exporters::debug::verbosity: verbosity level "loud"');
});

test('logging exporters keep their names where these are free', async () => {
  const config = await load([
    'receivers: {nop: }',
    'exporters: {debug: , logging: , logging/a: , debug/b: , logging/b: }',
    pipelines('logging, debug, logging/a, " logging / b ", debug/b'),
  ]);
  expect(config.service.pipelines[0]?.exporters).toEqual([
    'debug/logging',
    'debug',
    'debug/a',
    'debug/logging_b',
    'debug/b',
  ]);
});

test('a ballast goes from the list of extensions too', async () => {
  const config = await load([
    ...nops,
    'extensions: {memory_ballast: {size_mib: 683}, memory_ballast/2: , zpages: }',
    'processors: {memory_limiter: {check_interval: 1s, limit_mib: 400, ballast_size_mib: 165}}',
    'service:',
    '  extensions: [memory_ballast, zpages, memory_ballast/2]',
    '  pipelines: {traces: {receivers: [nop], processors: [memory_limiter], exporters: [nop]}}',
  ]);
  expect(config.service.extensions).toEqual(['zpages']);
  expect([...config.extensions.keys()]).toEqual(['zpages']);
  expect(blocks(config)).toEqual([
    '{ service: { extensions: [ zpages ] } }',
    '{ service: { extensions: [ zpages ] } }',
    '{ processors: { memory_limiter: { check_interval: 1s, limit_mib: 400 } } }',
  ]);
});

test.each([
  ['port: 13133', '0.0.0.0:13133', '0.0.0.0:13133'],
  ['port: "13133"', '0.0.0.0:13133', '0.0.0.0:13133'],
  ['port: "${env:PORT}", path: /up', '0.0.0.0:4711', '"0.0.0.0:${env:PORT}"'],
])('health_check with {%s} listens at %s', async (options, endpoint, shown) => {
  const config = await load([...nops, `extensions: {health_check: {${options}}}`, pipelines('nop')]);
  expect(printed(config)).toContain(`endpoint: ${endpoint}`);
  expect(blocks(config)).toEqual([`{ extensions: { health_check: { endpoint: ${shown} } } }`]);
});

test.each([
  ['a port beside an endpoint', 'port: 1, endpoint: "localhost:13133"'],
  ['a port that is none', 'port: http'],
  ['a port that is too large', 'port: 99999'],
])('%s is a fault', async (_what, options) => {
  const config = load([...nops, `extensions: {health_check: {${options}}}`, pipelines('nop')]);
  await expect(config).rejects.toThrow('extensions::health_check::port: unknown key "port"');
});

test.each([
  ['":8888"', '0.0.0.0', '8888', '0.0.0.0'],
  ['localhost:8888', 'localhost', '8888', 'localhost'],
  ['"[::1]:8888"', '::1', '8888', '::1'],
  ['"${env:HOST}:8888"', '10.0.0.7', '8888', '${env:HOST}'],
  ['"${env:WHERE}"', '10.0.0.7', '4711', '***'],
  ['"localhost:${env:PORT}"', 'localhost', '4711', 'localhost'],
])('metrics::address %s becomes a reader at %s, port %s', async (address, host, port, shown) => {
  const config = await load([...nops, pipelines('nop', `telemetry: {metrics: {address: ${address}}}, `)]);
  const [reader] = config.service.telemetry.metrics.readers ?? [];
  expect(reader?.pull?.exporter.prometheus).toMatchObject({ host, port: Number(port) });
  expect(shownWarnings(config.warnings)).toContain(`host: ${shown.startsWith('*') ? JSON.stringify(shown) : shown}\n`);
  expect(shownWarnings(config.warnings)).not.toMatch(/10\.0|4711/);
});

test.each([
  ['an address beside readers', 'address: ":8888", readers: []'],
  ['an address without a port', 'address: localhost'],
])('%s is a fault', async (_what, options) => {
  const config = load([...nops, pipelines('nop', `telemetry: {metrics: {${options}}}, `)]);
  await expect(config).rejects.toThrow('service::telemetry::metrics::address: unknown key "address"');
});
