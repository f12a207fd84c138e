import { expect, test } from 'vitest';
import type { ListeningPlace } from '../component/schema/in-use.js';
import { ListeningPlaces } from './listening-places.js';
import { loadConfig } from './load.js';

const at = (text: string): ListeningPlace => {
  const [transport = 'tcp', host = '', port = '0'] = text.split('|');
  return { transport: transport as ListeningPlace['transport'], host, port: Number(port) };
};

test.each([
  ['tcp|localhost|4317', 'tcp|localhost|4317', true],
  ['tcp|localhost|4317', 'tcp|LOCALHOST|4317', true],
  ['tcp|localhost|4317', 'tcp|127.0.0.1|4317', true],
  ['tcp|::1|4317', 'tcp|localhost|4317', true],
  ['tcp||4317', 'tcp|10.0.0.1|4317', true],
  ['tcp|10.0.0.1|4317', 'tcp|0.0.0.0|4317', true],
  ['tcp4|0.0.0.0|4317', 'tcp|::|4317', true],
  ['tcp4|0.0.0.0|4317', 'tcp6|::|4317', false],
  ['tcp|10.0.0.1|4317', 'tcp|10.0.0.2|4317', false],
  ['tcp|localhost|4317', 'tcp|localhost|4318', false],
  ['tcp|localhost|0', 'tcp|localhost|0', false],
  ['udp|localhost|514', 'udp||514', true],
  ['udp|localhost|514', 'tcp|localhost|514', false],
  ['unix|/run/a.sock|0', 'unix|/run/a.sock|0', true],
  ['unix|/run/a.sock|0', 'unix|/run/b.sock|0', false],
  ['unix|localhost|0', 'tcp|localhost|0', false],
])('%s and %s at once: refused %s', (one, other, refused) => {
  const places = new ListeningPlaces();
  expect(places.claim(at(one), 'first')).toBeUndefined();
  expect(places.claim(at(other), 'second')).toBe(refused ? 'first' : undefined);
});

const config = ({ first = '', second = '', pipelines = 'otlp, otlp/2', telemetry = '' }): string => `
receivers:
  otlp: {protocols: {grpc: {endpoint: "${first}"}}}
  otlp/2: {protocols: {http: {endpoint: "${second}"}}}
exporters: {nop: }
extensions: {zpages: {endpoint: "localhost:55679"}}
service:
  extensions: [zpages]
  telemetry: {${telemetry}}
  pipelines: {traces: {receivers: [${pipelines}], exporters: [nop]}}
`;

async function warningsOf(yaml: string): Promise<readonly string[]> {
  const { warnings } = await loadConfig({ uris: [`yaml:${yaml}`], sets: [], gates: [] }, { willRun: true });
  return warnings.flatMap(({ message, at }) =>
    message.includes('the start will fail') ? [`${at?.path ?? ''}: ${message}`] : [],
  );
}

test('two receivers at one place are a warning at the second', async () => {
  expect(await warningsOf(config({ first: 'localhost:4317', second: '127.0.0.1:4317' }))).toEqual([
    'receivers::otlp/2::protocols::http::endpoint: listens at 127.0.0.1:4317, where receiver "otlp" listens: ' +
      'the start will fail',
  ]);
  expect(await warningsOf(config({ first: 'localhost:4317', second: 'localhost:4318' }))).toEqual([]);
});

test('a receiver that no pipeline uses takes no place', async () => {
  const unused = config({ first: 'localhost:4317', second: 'localhost:4317', pipelines: 'otlp' });
  expect(await warningsOf(unused)).toEqual([]);
});

test('an extension and the own metrics have places, too', async () => {
  expect(await warningsOf(config({ first: '0.0.0.0:55679', second: 'localhost:4318' }))).toEqual([
    'extensions::zpages::endpoint: listens at localhost:55679, where receiver "otlp" listens: the start will fail',
  ]);
  expect(await warningsOf(config({ first: 'localhost:8888', second: 'localhost:4318' }))).toEqual([
    ': The own metrics listen at localhost:8888, where receiver "otlp" listens: the start will fail',
  ]);
  const silent = config({ first: 'localhost:8888', second: 'localhost:4318', telemetry: 'metrics: {level: none}' });
  expect(await warningsOf(silent)).toEqual([]);
});

test('a place counts only where a server listens', async () => {
  const both = (http: string): string => `
receivers: {nop: }
exporters: {nop: }
extensions: {health_check: , health_check/2: {use_v2: true, http: {${http}}}}
service:
  extensions: [health_check, health_check/2]
  pipelines: {traces: {receivers: [nop], exporters: [nop]}}
`;
  expect(await warningsOf(both('endpoint: "localhost:13134"'))).toEqual([]);
  expect(await warningsOf(both(''))).toEqual([
    'extensions::health_check/2::http::endpoint: listens at localhost:13133, where extension ' +
      '"health_check" listens: the start will fail',
  ]);
});
