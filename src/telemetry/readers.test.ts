import { expect, test } from 'vitest';
import { loadConfig } from '../config/load.js';

async function readersOf(yaml: string): Promise<unknown> {
  const nops = 'receivers: {nop: }\nexporters: {nop: }\n';
  const pipelines = 'pipelines: {traces: {receivers: [nop], exporters: [nop]}}';
  const uris = [`yaml:${nops}service: {telemetry: {metrics: ${yaml}}, ${pipelines}}`];
  return (await loadConfig({ uris, sets: [], gates: [] })).service.telemetry.metrics.readers;
}

test('null means metrics that nobody reads, as in the Collector, and absence the default reader', async () => {
  expect(await readersOf('{readers: null}')).toBeNull();
  expect(await readersOf('{readers: "${env:NOT_SET_ANYWHERE}"}')).toBeNull();
  expect(await readersOf('{level: normal}')).toMatchObject([{ pull: { exporter: { prometheus: { port: 8888 } } } }]);
});

test('an empty list is a fault, and one of a reader has its place', async () => {
  await expect(readersOf('{readers: []}')).rejects.toThrow('metrics reader should exist');
  await expect(readersOf('{readers: [{pull: {exporter: {prometheus: {prt: 1}}}}]}')).rejects.toThrow(
    'service::telemetry::metrics::readers[0]::pull::exporter::prometheus::prt: unknown key "prt"',
  );
});

test('two readers on one port are a fault at the second one', async () => {
  const reader = (port: number): string => `{pull: {exporter: {prometheus: {host: localhost, port: ${port}}}}}`;
  await expect(readersOf(`{readers: [${reader(8888)}, ${reader(8889)}, ${reader(8888)}]}`)).rejects.toThrow(
    'readers[2]::pull::exporter::prometheus::port: listens at localhost:8888, where readers[0] listens',
  );
  expect(await readersOf(`{readers: [${reader(8888)}, ${reader(8889)}]}`)).toHaveLength(2);
  expect(await readersOf(`{readers: [${reader(0)}, ${reader(0)}]}`)).toHaveLength(2);
});
