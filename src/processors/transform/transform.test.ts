import { expect, test } from 'vitest';
import { heldWorld } from '../../../test/support/held-world.js';
import { emptyContext } from '../../component/consumer.js';
import { DeliveryError } from '../../component/delivery-error.js';
import type { Processor } from '../../component/define.js';
import type { Batch } from '../../otlp/batch.js';
import { SpanBuilder } from '../../otlp/build/spans.js';
import { jsonToProto } from '../../otlp/json/decode.js';
import { jsonText } from '../../otlp/json/encode.js';
import type { Signal } from '../../otlp/signal.js';
import { validate } from '../../otlp/wire/validate.js';
import { definition } from './index.js';

function batchOf(...names: readonly string[]): Batch {
  const spans = new SpanBuilder();
  spans.resource().scope('test');
  for (const name of names) spans.span(name).attribute('user.token', 'secret');
  return spans.finish();
}

interface Started {
  readonly processor: Processor;
  readonly passed: Batch[];
  readonly texts: string[];
  readonly world: ReturnType<typeof heldWorld>;
}

async function started(config: object, signal: Signal = 'traces', gates: readonly string[] = []): Promise<Started> {
  const world = heldWorld({ signal });
  const passed: Batch[] = [];
  const texts: string[] = [];
  const next = {
    consume: (batch: Batch) => {
      passed.push(batch);
      texts.push(jsonText(batch.signal, batch.bytes));
      return Promise.resolve();
    },
  };
  const processor = await definition.create(
    definition.config.parse(config),
    { ...world.context, gates: new Set(gates) },
    next,
  );
  return { processor, passed, texts, world };
}

test('statements change items in their order, and the ledger balances', async () => {
  const { processor, texts, world } = await started({
    trace_statements: [
      'delete_key(span.attributes, "user.token")',
      'replace_pattern(span.name, "/[0-9]+", "/{id}")',
      'set(span.attributes["route"], span.name) where span.name != "GET /"',
    ],
  });
  await processor.consume(batchOf('GET /users/42', 'GET /'), emptyContext);
  expect(texts[0]).not.toContain('secret');
  expect(texts[0]).toContain('"name":"GET /users/{id}"');
  expect(texts[0]?.match(/"route"/g)).toHaveLength(1);
  expect(world.books).toMatchObject({ inItems: 2, outItems: 2, balance: 0 });
});

test('a batch in which nothing is changed goes on as it came', async () => {
  const { processor, passed } = await started({ trace_statements: ['set(span.name, "x") where span.name == "y"'] });
  const batch = batchOf('GET /');
  await processor.consume(batch, emptyContext);
  expect(passed[0]).toBe(batch);
});

test('with propagate nothing of a batch goes on, whatever was changed before', async () => {
  const { processor, passed, world } = await started({
    error_mode: 'propagate',
    trace_statements: ['set(span.name, "x")', 'set(span.attributes["n"], Int(span.attributes["user.token"]))'],
  });
  const refused = await processor.consume(batchOf('GET /', 'PUT /'), emptyContext).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(DeliveryError);
  expect(passed).toEqual([]);
  expect(world.books).toMatchObject({ returnedItems: { statement_failed: 2 }, balance: 0 });
});

test.each([
  [{ trace_statements: ['sett(span.name, "x")'] }, ['trace_statements', 0], { offset: 0 }],
  [
    { log_statements: [{ context: 'span', statements: ['set(name, "x")'] }] },
    ['log_statements', 0, 'context'],
    undefined,
  ],
  [{ trace_statements: ['set(span.name, "x")', { statements: [] }] }, ['trace_statements'], undefined],
  [{ error_mode: 'loud' }, ['error_mode'], undefined],
])('a mistake is named with its place: %j', (config, path, at) => {
  const { error } = definition.config.safeParse(config);
  expect(error?.issues.map(({ path: where }) => where)).toContainEqual(path);
  expect(error?.issues[0]).toMatchObject(at === undefined ? {} : { params: { at } });
});

test('paths below otelcol read the sender: included metadata, and all metadata of a gRPC call', async () => {
  const { processor, texts } = await started({
    trace_statements: [
      'set(span.attributes["a"], otelcol.grpc.metadata["X-Tenant"][0])',
      'set(span.attributes["b"], otelcol.client.metadata["x-tenant"])',
      'set(span.attributes["c"], Len(otelcol.grpc.metadata))',
    ],
  });
  const grpcMetadata = (): ReadonlyMap<string, readonly string[]> => new Map([['x-tenant', ['acme']]]);
  await processor.consume(batchOf('GET /'), { metadata: new Map(), grpcMetadata });
  expect(texts[0]).toContain(
    '{"key":"a","value":{"stringValue":"acme"}},{"key":"b","value":{}},{"key":"c","value":{"intValue":"1"}}',
  );
  await processor.consume(batchOf('GET /'), emptyContext);
  expect(texts[1]).not.toContain('acme');
});

const flattenGates = ['transform.flatten.logs'];

/** Records with these hosts, in one scope of one resource, behind a resource that is empty. */
function logsOf(hosts: readonly string[], resource: object = { attributes: [] }): Batch {
  const logRecords = hosts.map((host) => ({ attributes: [{ key: 'host', value: { stringValue: host } }] }));
  const scopeLogs = [{ scope: { name: 's' }, logRecords }];
  const json = { resourceLogs: [{ scopeLogs: [{ scope: { name: 'empty' } }] }, { resource, scopeLogs }] };
  return validate('logs', jsonToProto('logs', Buffer.from(JSON.stringify(json))));
}

test('flatten_data: records move to a resource of their own each, and those that are alike are joined', async () => {
  const config = {
    flatten_data: true,
    log_statements: ['set(resource.attributes["host"], log.attributes["host"])', 'delete_key(log.attributes, "host")'],
  };
  const { processor, texts, world } = await started(config, 'logs', flattenGates);
  await processor.consume(logsOf(['a', 'b', 'a']), emptyContext);
  const host = (value: string): object => ({ attributes: [{ key: 'host', value: { stringValue: value } }] });
  const [scope, record] = [{ name: 's' }, { body: {} }];
  expect(JSON.parse(texts[0] ?? '')).toEqual({
    resourceLogs: [
      { resource: host('a'), scopeLogs: [{ scope, logRecords: [record, record] }] },
      { resource: host('b'), scopeLogs: [{ scope, logRecords: [record] }] },
    ],
  });
  expect(world.books).toMatchObject({ inItems: 3, outItems: 3, balance: 0 });
});

test('flatten_data needs its feature gate, and changes logs alone', async () => {
  await expect(started({ flatten_data: true }, 'logs')).rejects.toMatchObject({
    message: "'flatten_data' requires the 'transform.flatten.logs' feature gate to be enabled",
    path: ['flatten_data'],
  });
  const config = { flatten_data: true, trace_statements: ['set(span.name, "x") where span.name == "y"'] };
  const { processor, passed } = await started(config, 'traces', flattenGates);
  const batch = batchOf('GET /', 'PUT /');
  await processor.consume(batch, emptyContext);
  expect(passed[0]).toBe(batch);
});

test('flatten_data refuses for good what would take many times the memory', async () => {
  const config = { flatten_data: true, log_statements: ['set(log.body, "x")'] };
  const { processor, passed, world } = await started(config, 'logs', flattenGates);
  const attributes = [{ key: 'k', value: { stringValue: 'x'.repeat(1 << 20) } }];
  const refused = await processor
    .consume(logsOf(Array.from({ length: 100 }, String), { attributes }), emptyContext)
    .catch((error: unknown) => error);
  expect(refused).toMatchObject({ class: 'permanent', reason: 'groups_too_large' });
  expect(passed).toEqual([]);
  expect(world.books).toMatchObject({ returnedItems: { groups_too_large: 100 }, balance: 0 });
});
