import { expect, test } from 'vitest';
import { defineConnector } from '../component/define.js';
import { group, list, pipelineId, type Schema } from '../component/schema/schema.js';
import { definition as debug } from '../exporters/debug/index.js';
import { definition as nop } from '../receivers/nop/index.js';
import { signals } from '../otlp/signal.js';
import type { Components } from './components.js';
import { loadConfig } from './load.js';

interface Levels {
  readonly levels: readonly (readonly string[])[];
}

const config: Schema<Levels> = group<Levels>({ levels: list(list(pipelineId())) });
const made: unknown[] = [];

const components: Components = {
  receivers: new Map([['nop', nop]]),
  processors: new Map(),
  exporters: new Map([['debug', debug]]),
  connectors: new Map([
    [
      'choose',
      defineConnector<Levels>({
        type: 'choose',
        config,
        telemetry: { metrics: [], reasons: {} },
        stability: signals.map((signal) => [signal, signal, 'Beta'] as const),
        create: () => ({ consume: () => Promise.resolve() }),
      }),
    ],
  ]),
  extensions: new Map(),
};

/** Loads a configuration with a connector of these levels. Resolves with the fault, or with ''. */
function said(levels: string, more = ''): Promise<string> {
  const yaml = [
    'receivers: {nop: }',
    'exporters: {debug: }',
    'connectors:',
    `  choose: {levels: ${levels}}`,
    'service:',
    '  pipelines:',
    '    traces/in: {receivers: [nop], exporters: [choose]}',
    '    traces/first: {receivers: [choose], exporters: [debug]}',
    '    traces/second: {receivers: [nop, choose], exporters: [debug]}',
    '    traces/other: {receivers: [nop], exporters: [debug]}',
    more,
  ].join('\n');
  return loadConfig({ uris: [`yaml:${yaml}`], sets: [], gates: [] }, { components }).then(
    (loaded) => {
      made.push(loaded.connectors.get('choose')?.config);
      return '';
    },
    (error: Error) => error.message,
  );
}

test('pipelines that name the connector are good, and spaces around their parts are cut', async () => {
  expect(await said('[["traces / first", " traces/second"]]')).toBe('');
  expect(made.at(-1)).toEqual({ levels: [['traces/first', 'traces/second']] });
});

test.each<[string, string, string[]]>([
  [
    'a slip',
    '[[traces/first], [traces/secnd]]',
    [
      '4:38: connectors::choose::levels[1][0]: pipeline "traces/secnd" is not configured',
      'Did you mean "traces/second"?',
    ],
  ],
  [
    'a name far from all',
    '[[traces/backup-in-another-region]]',
    [
      '4:22: connectors::choose::levels[0][0]: pipeline "traces/backup-in-another-region" is not configured',
      'Pipelines that have "choose" among their receivers: traces/first, traces/second.',
    ],
  ],
  [
    'a pipeline that does not name it',
    '[[traces/first, traces/other]]',
    [
      'connectors::choose::levels[0][1]: pipeline "traces/other" does not have "choose" among its receivers',
      'Add "choose" to `service::pipelines::traces/other::receivers`, or take the pipeline out here.',
    ],
  ],
  [
    'the pipeline before it',
    '[[traces/in]]',
    [
      'pipeline "traces/in" does not have "choose" among its receivers',
      'Pipelines that have "choose" among their receivers: traces/first, traces/second.',
    ],
  ],
  ['no signal', '[[first]]', ['unknown pipeline signal: "first"', 'Known here: traces/first, traces/second.']],
  ['nothing', '[[""]]', ['connectors::choose::levels[0][0]: id must not be empty']],
])('%s is a fault at its place', async (_name, levels, parts) => {
  const message = await said(levels);
  for (const part of parts) expect(message).toContain(part);
  expect(message).toContain('the configuration has a fault');
});

test('a connector that also hands on another signal has no pipeline for it', async () => {
  const logs = [
    '    logs/in: {receivers: [nop], exporters: [choose]}',
    '    logs/out: {receivers: [choose], exporters: [debug]}',
  ].join('\n');
  const message = await said('[[traces/first], [logs/out]]', logs);
  expect(message).toContain('levels[0][0]: pipeline "traces/first" takes traces, and "choose" also hands on logs');
  expect(message).toContain('levels[1][0]: pipeline "logs/out" takes logs, and "choose" also hands on traces');
  expect(message).toContain('Configure a connector of its own for each signal.');
});

test('a connector that nothing hands data to is not looked at', async () => {
  const yaml =
    'yaml:{receivers: {nop: }, exporters: {debug: }, connectors: {choose: {levels: [[nothing]]}}, ' +
    'service: {pipelines: {traces: {receivers: [nop], exporters: [debug]}}}}';
  await expect(loadConfig({ uris: [yaml], sets: [], gates: [] }, { components })).resolves.toBeDefined();
});
