import { expect, test } from 'vitest';
import { loadConfig } from './load.js';

async function warningsOf(yaml: string, container = false): Promise<readonly string[]> {
  const config = await loadConfig({ uris: [`yaml:${yaml}`], sets: [], gates: [] }, { container, willRun: true });
  return config.warnings.map(({ message, fields }) => `${message} ${JSON.stringify(fields)}`);
}

const tenants = (processors: string, receiver = 'nop'): string => `
receivers: {nop: , otlp: {protocols: {grpc: , http: {endpoint: "localhost:4318"}}}}
processors: {batch: , batch/keys: {metadata_keys: [X-Tenant]}, batch/other: {metadata_keys: [zone]}}
exporters: {otlp_grpc: {endpoint: "b:4317", auth: {authenticator: headers_setter}}}
extensions: {headers_setter: {headers: [{key: x-tenant, from_context: x-tenant}, {key: a, value: b}]}}
service:
  extensions: [headers_setter]
  pipelines: {traces: {receivers: [${receiver}], processors: [${processors}], exporters: [otlp_grpc]}}
`;

test.each([
  ['batch', 'batch'],
  ['batch/other', 'batch/other'],
  ['batch/keys, batch', 'batch'],
  ['batch, batch/keys', 'batch/keys'],
])('from_context behind [%s] is a warning that names %s', async (processors, behind) => {
  const said = (await warningsOf(tenants(processors))).filter((text) => text.includes('client metadata'));
  expect(said).toEqual([
    `"headers_setter" reads client metadata that "${behind}" does not hand on: name it there ` +
      '{"pipeline":"traces","metadata_keys":["x-tenant"]}',
  ]);
});

test.each(['', 'batch/keys'])('from_context behind [%s] finds its metadata', async (processors) => {
  expect((await warningsOf(tenants(processors))).filter((text) => text.includes('client metadata'))).toEqual([]);
});

test.each([
  ['attributes', 'attributes: {actions: [{key: a, action: insert, from_context: metadata.X-Tenant}]}'],
  ['resource', 'resource: {attributes: [{key: a, action: insert, from_context: x-tenant}]}'],
])('from_context of %s behind a batch is a warning', async (type, processor) => {
  const yaml = (order: string): string => `
receivers: {nop: }
processors: {batch: , ${processor}}
exporters: {nop: }
service: {pipelines: {traces: {receivers: [nop], processors: [${order}], exporters: [nop]}}}
`;
  expect(await warningsOf(yaml(`batch, ${type}`))).toEqual([
    `"${type}" reads client metadata that "batch" does not hand on: name it there ` +
      '{"pipeline":"traces","metadata_keys":["x-tenant"]}',
  ]);
  expect(await warningsOf(yaml(`${type}, batch`))).toEqual([]);
});

test('in a container a receiver on localhost by default is a warning, and one that says so is not', async () => {
  const said = (await warningsOf(tenants('batch/keys', 'otlp'), true)).filter((text) => text.includes('container'));
  expect(said).toEqual([
    '"otlp" listens on localhost, which nothing outside of this container reaches: write `endpoint: 0.0.0.0:4317` ' +
      '{"endpoints":["localhost:4317"]}',
  ]);
  expect((await warningsOf(tenants('batch/keys', 'otlp'), false)).join()).not.toContain('container');
  expect((await warningsOf(tenants('batch/keys'), true)).join()).not.toContain('container');
});

const onDisk = (processors: string, storage: string, retry = 'max_elapsed_time: 0s'): string => `
receivers: {nop: }
processors: {batch: , batch/direct: {timeout: 0s}}
exporters: {otlp_grpc: {endpoint: "b:4317", retry_on_failure: {${retry}}, sending_queue: {storage: ${storage}}}}
extensions: {file_storage: {directory: /tmp}}
service:
  extensions: [file_storage]
  pipelines: {traces: {receivers: [nop], processors: [${processors}], exporters: [otlp_grpc]}}
`;

test('what would lose data before or behind a queue on disk is a warning', async () => {
  const said = await warningsOf(onDisk('batch', 'file_storage', ''));
  expect(said.filter((text) => text.includes('otlp_grpc'))).toEqual([
    'Stored data is dropped 5m0s after its first failed attempt: set retry_on_failure::max_elapsed_time to 0s to ' +
      'keep it through any outage {"otelcol.component.id":"otlp_grpc","otelcol.component.kind":"exporter"}',
    '"batch" answers for data that it holds in memory, which a kill loses, before "otlp_grpc" keeps it on disk: ' +
      'batch behind the disk, by sending_queue::batch {"pipeline":"traces"}',
  ]);
  const disabled = await warningsOf(onDisk('', 'file_storage', 'enabled: false'));
  expect(disabled.join()).toContain('enable retry_on_failure');
  for (const yaml of [onDisk('batch/direct', 'file_storage'), onDisk('batch', '""', '')])
    expect((await warningsOf(yaml)).filter((text) => text.includes('otlp_grpc'))).toEqual([]);
});
