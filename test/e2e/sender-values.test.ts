import fs from 'node:fs';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { emptyContext, type RequestContext } from '../../src/component/consumer.js';
import type { Exporter } from '../../src/component/define.js';
import { DeliveryError } from '../../src/component/delivery-error.js';
import type { Attributes, Meter } from '../../src/component/telemetry.js';
import { deliver } from '../../src/delivery/deliver.js';
import { definition as file } from '../../src/exporters/file/index.js';
import { groupPath } from '../../src/exporters/file/group-by.js';
import { definition as otlpGrpc } from '../../src/exporters/otlp_grpc/index.js';
import { definition as headersSetter } from '../../src/extensions/headers_setter/index.js';
import { respondStatus } from '../../src/net/grpc/respond.js';
import { code } from '../../src/net/grpc/status.js';
import { fieldListSize, headerField } from '../../src/net/http2/fields.js';
import type { Http2Request } from '../../src/net/http2/server.js';
import { encodeRetryInfo, retryDelayMs } from '../../src/otlp/status/retry-info.js';
import { decodeStatus } from '../../src/otlp/status/rpc-status.js';
import { watchClientCalls } from '../../src/net/grpc/watch-calls.js';
import { watchServerRequests } from '../../src/net/http/watch-requests.js';
import { jsonToProto } from '../../src/otlp/json/decode.js';
import { validate } from '../../src/otlp/wire/validate.js';
import { definition as batch } from '../../src/processors/batch/index.js';
import { propagatorOf } from '../../src/telemetry/tracing/propagators.js';
import { HeldClock, heldWorld, spans, type HeldWorld } from '../support/held-world.js';
import { hostWith } from '../support/host.js';
import { until } from '../support/program.js';

// Values that a sender chooses and this program passes on: each has a bound, and beyond it costs its own request.

const huge = 'x'.repeat(70_000);
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-values-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));
const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

const from = (tenant: string): RequestContext => ({ ...emptyContext, metadata: new Map([['tenant', [tenant]]]) });

/** A gRPC exporter that puts the sender's `tenant` into a header, to a backend that takes short header blocks only. */
async function exporter(world: HeldWorld, arrived: unknown[]): Promise<Exporter> {
  const server = http2.createServer({ settings: { maxHeaderListSize: 16_384 } });
  server.on('stream', (stream, fields) => {
    stream.resume().on('end', () => {
      arrived.push(fields['x-tenant']);
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(Buffer.alloc(5));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.on('session', (session) => stops.push(() => session.destroy()));
  stops.push(() => server.close());
  const headers = [{ key: 'X-Tenant', from_context: 'tenant' }];
  const own = await headersSetter.create(headersSetter.config.parse({ headers }), heldWorld().context);
  const config = {
    endpoint: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    tls: { insecure: true },
    auth: { authenticator: 'own' },
    sending_queue: { enabled: false },
    retry_on_failure: { enabled: false },
  };
  const made = await otlpGrpc.create(otlpGrpc.config.parse(config), world.context);
  await made.start?.(hostWith({ own }));
  stops.push(() => made.shutdown?.(AbortSignal.abort()));
  return made;
}

test('a header: the request is refused for good, and those of other senders on its connection arrive', async () => {
  const arrived: unknown[] = [];
  const made = await exporter(heldWorld(), arrived);
  await made.consume(spans('first'), from('a'));
  const values = [huge, 'a\r\nx-injected: 1', 'b', 'Ω', 'c'];
  const outcomes = await Promise.all(
    values.map((value) => made.consume(spans('s'), from(value)).then(() => 'ok', DeliveryError.from)),
  );
  expect(outcomes.map((outcome) => (outcome instanceof DeliveryError ? outcome.class : outcome))).toEqual([
    ...['permanent', 'permanent', 'ok', 'permanent', 'ok'],
  ]);
  expect(arrived).toEqual(['a', 'b', 'c']);
});

test('a trace state: whole members of it travel on, at most as many as W3C asks for', () => {
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const tracecontext = propagatorOf(['tracecontext', 'b3']);
  const members = Array.from({ length: 7000 }, (_, i) => `m${i}=${'v'.repeat(i % 7)}1`);
  for (const tracestate of [members.join(','), `a=1,${huge}=1,b=${huge},c=2`, huge, ','.repeat(70_000)]) {
    const fields: Readonly<Record<string, string>> = { traceparent, tracestate };
    const span = tracecontext.extract((name) => fields[name]);
    const written = (span ? tracecontext.inject(span)['tracestate'] : undefined) ?? '';
    expect(written.length).toBeLessThanOrEqual(512);
    const sent = new Set(tracestate.split(','));
    for (const member of written.split(',').filter(Boolean)) expect(sent.has(member)).toBe(true);
  }
});

describe('a key that requests are kept apart by', () => {
  const permanent = { class: 'permanent', reason: 'metadata_too_long', status: { code: 3 } };

  test('of the batch processor', async () => {
    const { context, books, clock } = heldWorld();
    const got: unknown[] = [];
    const processor = await batch.create(batch.config.parse({ metadata_keys: ['tenant'] }), context, {
      consume: (_batch, { metadata }) => Promise.resolve(void got.push(metadata.get('tenant'))),
    });
    await expect(processor.consume(spans('a'), from(huge))).rejects.toMatchObject(permanent);
    await processor.consume(spans('b'), from('short'));
    await clock.pass(1000);
    expect(got).toEqual([['short']]);
    expect(books).toMatchObject({ balance: 0, returnedItems: { metadata_too_long: 1 }, outItems: 1 });
    await processor.shutdown?.(AbortSignal.abort());
  });

  test('of a sending queue', async () => {
    const { context, books, clock } = heldWorld();
    const config = otlpGrpc.config.parse({
      endpoint: 'a:1',
      sending_queue: { batch: { partition: { metadata_keys: ['tenant'] } } },
    });
    const { sending_queue: queue, retry_on_failure: retry } = config;
    const got: number[] = [];
    const push = ({ itemCount }: { itemCount: number }): Promise<void> => Promise.resolve(void got.push(itemCount));
    const queued = deliver(context, { queue, retry, timeoutMs: 0 }, { push });
    await expect(queued.consume(spans('a'), from(huge))).rejects.toMatchObject(permanent);
    await queued.consume(spans('b', 'c'), from('short'));
    await clock.pass(1000);
    expect(got).toEqual([2]);
    expect(books).toMatchObject({ balance: 0, returnedItems: { metadata_too_long: 1 }, outItems: 2 });
    await queued.shutdown?.(AbortSignal.abort());
  });
});

test('a file name: every value has a file of its own that the file system takes', async () => {
  const values = [huge, `${huge}y`, `${huge}/end`, 'a\0b', 'ü'.repeat(150), 'plain', `deep/${'d/'.repeat(2000)}`];
  const names = values.map((value) => groupPath(path.join(folder, '*.json'), value));
  expect(new Set(names).size).toBe(values.length);
  for (const name of names) expect(name.startsWith(`${folder}/`)).toBe(true);
  const world = heldWorld({ signal: 'logs' });
  const settings = {
    path: path.join(folder, '*.json'),
    group_by: { enabled: true, resource_attribute: 'group' },
    rotation: {},
  };
  const made = await file.create(file.config.parse(settings), world.context);
  await made.start?.(hostWith());
  const resourceLogs = values.map((stringValue) => ({
    resource: { attributes: [{ key: 'group', value: { stringValue } }] },
    scopeLogs: [{ scope: {}, logRecords: [{ body: { stringValue: 'x' } }] }],
  }));
  await made.consume(
    validate('logs', jsonToProto('logs', Buffer.from(JSON.stringify({ resourceLogs })))),
    emptyContext,
  );
  await made.shutdown?.(new AbortController().signal);
  expect(world.books).toMatchObject({ balance: 0, outItems: values.length });
  await until('all files', () => names.every((name) => fs.existsSync(name)));
});

test('a status of a backend: what of it becomes a header has a bound, and says when to come back', () => {
  let fields: readonly string[] = [];
  const request = { respondOnly: (given: readonly string[]) => (fields = given) } as unknown as Http2Request;
  const details = [Buffer.from(huge), encodeRetryInfo(7000)];
  respondStatus(request, { code: 14, message: 'ü'.repeat(70_000), details });
  expect(fieldListSize(fields)).toBeLessThan(16_384);
  const status = decodeStatus(Buffer.from(headerField(fields, 'grpc-status-details-bin') ?? '', 'base64'));
  expect(status?.message).toBe('ü'.repeat(1024));
  expect(retryDelayMs(status?.details ?? [])).toBe(7000);
});

describe('a label', () => {
  const labels: Attributes[] = [];
  const meter: Meter = {
    level: 'detailed',
    counter: () => ({ add() {} }),
    histogram: (_spec, attributes) => {
      labels.push(attributes);
      return { record() {} };
    },
    observe: () => () => {},
  };
  const parts = { meter, clock: new HeldClock() };

  test('of the host that a sender asks for', () => {
    const watch = watchServerRequests(parts);
    for (const host of [huge, `[${huge}]:1`, `a:${'9'.repeat(70_000)}`]) {
      labels.length = 0;
      const start = { method: huge, path: huge, host, scheme: 'http', version: '1.1', field: () => undefined } as const;
      watch?.({ ...start, peerAddress: undefined, peerPort: undefined }).ended({
        ...{ status: 200, requestBytes: 1, responseBytes: 1 },
      });
      expect(labels).toHaveLength(3);
      for (const value of labels.flatMap((each) => Object.values(each)))
        expect(String(value).length).toBeLessThanOrEqual(260);
    }
  });

  test('of the code that a backend names', () => {
    const watch = watchClientCalls(parts, {});
    labels.length = 0;
    for (const number of [17, 99, 4_294_967_295, 1e300]) watch?.('/a/B', undefined).ended(number, '');
    expect(labels.map((each) => each['rpc.response.status_code'])).toEqual(['UNKNOWN']);
    expect(code.Unknown).toBe(2);
  });
});
