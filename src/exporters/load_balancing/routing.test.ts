import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arbitraryMutation, arbitraryOtlp } from '../../../test/support/arbitrary-otlp.js';
import type { Batch } from '../../otlp/batch.js';
import { jsonToProto } from '../../otlp/json/decode.js';
import type { Signal } from '../../otlp/signal.js';
import { validate } from '../../otlp/wire/validate.js';
import { routeBy, type RouteOptions } from './route-by.js';

const options = (routing_key: string, attributes: readonly string[] = [], consistent_keys = false): RouteOptions => ({
  routing_key,
  routing_attributes: attributes,
  consistent_keys,
});

/** The hash of each item's key, -1 for none. */
function hashes(signal: Signal, request: object, by: RouteOptions): number[] {
  const batch = validate(signal, jsonToProto(signal, Buffer.from(JSON.stringify(request))));
  const partOf = new Int32Array(batch.itemCount);
  const hashAsOwner = { ownerOf: (hash: number) => hash };
  routeBy(by, signal, () => 0.5)(batch, hashAsOwner, partOf);
  return [...partOf].map((owner) => owner >>> 0);
}

const hashed = (...keys: string[]): number[] => keys.map((key) => crc32(Buffer.from(key)));
const noOwner = 0xffffffff;

const attribute = (key: string, stringValue: string): object => ({ key, value: { stringValue } });
const attributes = (values: Record<string, string>): object[] =>
  Object.entries(values).map(([key, value]) => attribute(key, value));
const traceId = (digit: number): string => String(digit).padStart(32, '0');

const trace = (resource: Record<string, string>, scope: Record<string, string>, spans: object[]): object => ({
  resourceSpans: [
    {
      resource: { attributes: attributes(resource) },
      scopeSpans: [{ scope: { attributes: attributes(scope) }, spans }],
    },
  ],
});
const logs = (resource: Record<string, string>, scope: Record<string, string>, logRecords: object[]): object => ({
  resourceLogs: [
    {
      resource: { attributes: attributes(resource) },
      scopeLogs: [{ scope: { attributes: attributes(scope) }, logRecords }],
    },
  ],
});
const metrics = (resource: Record<string, string>, scope: object, list: object[]): object => ({
  resourceMetrics: [{ resource: { attributes: attributes(resource) }, scopeMetrics: [{ scope, metrics: list }] }],
});

test('spans hash their attributes as configured, whatever the level, and a trace follows its first span', () => {
  const request = trace({ r: 'R' }, { s: 'S' }, [
    { traceId: traceId(1), name: 'n', kind: 2, attributes: attributes({ a: '1' }) },
    { traceId: traceId(1), name: 'other', kind: 3, attributes: attributes({ a: '2' }) },
    { traceId: traceId(2), kind: 9 },
  ]);
  const key = options('attributes', ['a', 's', 'r', 'span.kind', 'span.name']);
  const first = 'a=1|s=S|r=R|span.kind=Server|span.name=n|';
  expect(hashes('traces', request, key)).toEqual(hashed(first, first, 'a=|s=S|r=R|span.kind=|span.name=|'));
});

test('an empty trace ID and one of zeros are one trace', () => {
  const request = trace({}, {}, [
    { attributes: attributes({ k: '1' }) },
    { traceId: traceId(0), attributes: attributes({ k: '2' }) },
  ]);
  expect(hashes('traces', request, options('attributes', ['k']))).toEqual(hashed('k=1|', 'k=1|'));
});

test('trace IDs are hashed one by one, however they repeat and whichever byte differs', () => {
  const ids = [...'1122100'].map(Number).map(traceId);
  ids.push(traceId(1), `9${traceId(1).slice(1)}`, `9${traceId(1).slice(1)}`, '', '', traceId(1));
  const binary = ids.map((id) => crc32(id === '' ? Buffer.alloc(16) : Buffer.from(id, 'hex')));
  const items = ids.map((id) => (id === '' ? {} : { traceId: id }));
  expect(hashes('traces', trace({}, {}, items), options('traceID'))).toEqual(binary);

  let calls = 0;
  const batch = validate('logs', jsonToProto('logs', Buffer.from(JSON.stringify(logs({}, {}, items)))));
  const partOf = new Int32Array(batch.itemCount);
  routeBy(options('traceID'), 'logs', () => ++calls / 16)(batch, { ownerOf: (hash) => hash }, partOf);
  let anywhere = 0;
  const text = ids.map((id) => (/[^0]/.test(id) ? crc32(Buffer.from(id)) : (++anywhere / 16) * 2 ** 32));
  expect([...partOf].map((owner) => owner >>> 0)).toEqual(text);
  expect(calls).toBe(4);
});

test('log records hash by level, and by configuration when the keys are to be consistent', () => {
  const request = logs({ r: 'R' }, { s: 'S' }, [
    { severityText: 'WARN', body: { stringValue: 'b' }, attributes: attributes({ a: '1', 'log.body': 'loses' }) },
    {},
  ]);
  const names = ['a', 'log.severity', 's', 'r', 'log.body'];
  const levels = ['r=R|s=S|a=1|log.severity=WARN|log.body=b|', 'r=R|s=S|a=|log.severity=|log.body=|'];
  expect(hashes('logs', request, options('attributes', names))).toEqual(hashed(...levels));
  const configured = ['a=1|log.severity=WARN|s=S|r=R|log.body=b|', 'a=|log.severity=|s=S|r=R|log.body=|'];
  expect(hashes('logs', request, options('attributes', names, true))).toEqual(hashed(...configured));
});

test('data points of all kinds hash their own attributes', () => {
  const point = { attributes: attributes({ a: '1' }) };
  const request = metrics({}, {}, [
    { name: 'g', gauge: { dataPoints: [{ ...point, asInt: '1' }, { asInt: '1' }] } },
    { name: 's', sum: { dataPoints: [point] } },
    { name: 'h', histogram: { dataPoints: [point] } },
    { name: 'e', exponentialHistogram: { dataPoints: [point] } },
    { name: 'q', summary: { dataPoints: [point] } },
  ]);
  expect(hashes('metrics', request, options('attributes', ['a']))).toEqual(
    hashed('a=1|', 'a=|', 'a=1|', 'a=1|', 'a=1|', 'a=1|'),
  );
});

test('a service is hashed as each signal does, and alike when the keys are to be consistent', () => {
  const resource = { 'service.name': 'checkout' };
  const one = {
    traces: trace(resource, {}, [{}]),
    logs: logs(resource, {}, [{}]),
    metrics: metrics(resource, {}, [{ gauge: { dataPoints: [{}] } }]),
  };
  const none = {
    traces: trace({}, {}, [{}]),
    logs: logs({}, {}, [{}]),
    metrics: metrics({}, {}, [{ gauge: { dataPoints: [{}] } }]),
  };
  const spans = 'service.name=checkout|';
  expect(hashes('traces', one.traces, options('service'))).toEqual(hashed(spans));
  expect(hashes('logs', one.logs, options('service'))).toEqual(hashed('checkout'));
  expect(hashes('metrics', one.metrics, options('service'))).toEqual(hashed('checkout'));
  expect(hashes('metrics', none.metrics, options('service'))).toEqual([noOwner]);
  for (const signal of ['traces', 'logs', 'metrics'] as const) {
    expect(hashes(signal, one[signal], options('service', [], true))).toEqual(hashed(spans));
    expect(hashes(signal, none[signal], options('service', [], true))).toEqual(hashed('service.name=|'));
  }
});

test('a log record goes with the spans of its trace when the keys are to be consistent', () => {
  const id = '4bf92f3577b34da6a3ce929d0e0e4736';
  const records = logs({}, {}, [{ traceId: id }]);
  expect(hashes('logs', records, options('traceID'))).toEqual(hashed(id));
  expect(hashes('logs', records, options('traceID', [], true))).toEqual([crc32(Buffer.from(id, 'hex'))]);
});

/** Vectors of docs/spec/gateway.md#identities. */
test('identities of resources and streams are those of the Collector', () => {
  const byResource = options('resource');
  expect(hashes('logs', logs({ resource_key: 'foo' }, {}, [{}]), byResource)).toEqual(
    hashed('resource/99d9e3f8e25dd8f6'),
  );
  expect(hashes('logs', logs({}, {}, [{}]), byResource)).toEqual(hashed('resource/88201fb960ff6465'));
  const named = logs({ 'service.name': 'checkout' }, {}, [{}, {}]);
  expect(hashes('logs', named, byResource)).toEqual(hashed('resource/9d126046fdb6c015', 'resource/9d126046fdb6c015'));
  const scope = { name: 'MyTestInstrument', version: '1.2.3', attributes: attributes({ scope_key: 'foo' }) };
  const sum = {
    isMonotonic: true,
    aggregationTemporality: 2,
    dataPoints: [{ attributes: attributes({ aaa: 'bbb' }) }],
  };
  const stream = metrics({ resource_key: 'foo' }, scope, [{ name: 'first.monotonic.sum', sum }]);
  expect(hashes('metrics', stream, options('streamID'))).toEqual(hashed('stream/770305850f3632c4'));
});

const value: fc.Arbitrary<object> = fc.letrec<{ value: object }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.string().map((stringValue) => ({ stringValue })),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((intValue) => ({ intValue: String(intValue) })),
    fc.boolean().map((boolValue) => ({ boolValue })),
    fc.constant({}),
    fc.array(tie('value'), { maxLength: 3 }).map((values) => ({ arrayValue: { values } })),
    fc
      .uniqueArray(fc.tuple(fc.string(), tie('value')), { maxLength: 3, selector: ([key]) => key })
      .map((pairs) => ({ kvlistValue: { values: pairs.map(([key, inner]) => ({ key, value: inner })) } })),
  ),
})).value;

test('the order of the attributes does not matter to an identity, for short lists and long ones', () => {
  const pairs = fc.uniqueArray(fc.tuple(fc.string(), value), { maxLength: 80, selector: ([key]) => key });
  fc.assert(
    fc.property(pairs, (list) => {
      const request = (ordered: typeof list): object => ({
        resourceLogs: [
          {
            resource: { attributes: ordered.map(([key, inner]) => ({ key, value: inner })) },
            scopeLogs: [{ logRecords: [{}] }],
          },
        ],
      });
      const reversed = list.toReversed();
      expect(hashes('logs', request(list), options('resource'))).toEqual(
        hashes('logs', request(reversed), options('resource')),
      );
    }),
  );
});

const keysOf = {
  traces: ['traceID', 'service', 'attributes'],
  logs: ['traceID', 'service', 'attributes', 'resource'],
  metrics: ['service', 'attributes', 'resource', 'metric', 'streamID'],
} as const;

test.each(['traces', 'logs', 'metrics'] as const)('%s: every item of whatever is accepted gets one owner', (signal) => {
  fc.assert(
    fc.property(arbitraryMutation(arbitraryOtlp(signal)), fc.boolean(), (bytes, consistent) => {
      let batch: Batch;
      try {
        batch = validate(signal, bytes);
      } catch {
        return;
      }
      for (const key of keysOf[signal]) {
        const partOf = new Int32Array(batch.itemCount).fill(-2);
        const by = options(key, key === 'attributes' ? ['service.name', 'a', 'span.kind', 'log.body'] : [], consistent);
        const lost = routeBy(by, signal, () => 0.5)(batch, { ownerOf: () => 7 }, partOf);
        expect(partOf.filter((owner) => owner === -1)).toHaveLength(lost);
        expect(partOf.filter((owner) => owner === 7)).toHaveLength(batch.itemCount - lost);
      }
    }),
    { numRuns: 300 },
  );
});

test('a key that a signal does not have is refused with those it has', () => {
  expect(() => routeBy(options('streamID'), 'traces', Math.random)).toThrow(
    'unsupported routing_key: streamID; traces can be routed by traceID, service, attributes',
  );
  expect(() => routeBy(options('traceID'), 'metrics', Math.random)).toThrow('unsupported routing_key: "traceID"');
  expect(() => routeBy(options('toString'), 'logs', Math.random)).toThrow('unsupported routing_key: "toString"');
});
