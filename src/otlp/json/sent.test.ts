import fc from 'fast-check';
import { expect, test } from 'vitest';
import { validate } from '../wire/validate.js';
import { JsonDecoder, jsonToProto } from './decode.js';
import { jsonText } from './encode.js';
import { messages, type Field, type Message } from '../fields.js';
import { InvalidJson } from './invalid.js';
import { camelCase } from './names.js';

/** JSON as senders make it, beyond what SDKs of OpenTelemetry do. */
function span(fields: string): unknown {
  const text = `{"resourceSpans":[{"scopeSpans":[{"spans":[{${fields}}]}]}]}`;
  const written = JSON.parse(jsonText('traces', jsonToProto('traces', Buffer.from(text)))) as never;
  return written['resourceSpans'][0]['scopeSpans'][0]['spans'][0];
}

const attribute = (value: string): unknown =>
  (span(`"attributes":[{"key":"k","value":${value}}]`) as never)['attributes'][0]['value'];

function point(kind: string, fields: string): unknown {
  const text = `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"${kind}":{"dataPoints":[{${fields}}]}}]}]}]}`;
  const written = JSON.parse(jsonText('metrics', jsonToProto('metrics', Buffer.from(text)))) as never;
  return written['resourceMetrics'][0]['scopeMetrics'][0]['metrics'][0][kind]['dataPoints'][0];
}

test('null means that a field has no value, whatever its type', () => {
  const nulls = [
    ...['traceId', 'spanId', 'parentSpanId', 'traceState', 'flags', 'name', 'kind', 'startTimeUnixNano'],
    ...['endTimeUnixNano', 'attributes', 'droppedAttributesCount', 'events', 'links', 'status'],
  ].map((key) => `"${key}":null`);
  expect(span(nulls.join(','))).toEqual({ status: {} });
  expect(span('"name":"a","status":{"code":null,"message":null}')).toEqual({ name: 'a', status: {} });
  for (const member of ['boolValue', 'intValue', 'doubleValue', 'bytesValue'])
    expect(attribute(`{"${member}":null}`)).toEqual({});
  expect(point('gauge', '"asDouble":null,"asInt":null,"timeUnixNano":null')).toEqual({});
  expect(point('histogram', '"sum":null,"min":null,"max":null,"count":null,"explicitBounds":null')).toEqual({});
});

/** A message of JSON by way of its fields from the request down, with `inner` as the innermost one. */
type Way = readonly Field[];
const nested = (way: Way, inner: object): object =>
  way.reduceRight<object>((below, { name, repeated }) => ({ [camelCase(name)]: repeated ? [below] : below }), inner);

/** A way to each kind of message of a request, the shortest one. */
function waysFrom(request: string): readonly (readonly [message: Message, way: Way])[] {
  const found = new Map<Message, Way>();
  let next: [Message, Way][] = [[messages.find(({ name }) => name === request)!, []]];
  while (next.length > 0) {
    const here = next;
    next = [];
    for (const [message, way] of here) {
      if (found.has(message)) continue;
      found.set(message, way);
      for (const field of message.fields)
        if (field.type === 'message' && field.number < 1000) next.push([messages[field.message]!, [...way, field]]);
    }
  }
  return [...found];
}

test.each([
  ['traces', 'TracesData'],
  ['metrics', 'MetricsData'],
  ['logs', 'LogsData'],
  ['profiles', 'ProfilesData'],
] as const)('null in any field of any message of %s is as if the field were not there', (signal, request) => {
  const read = (way: Way, inner: object): string =>
    Buffer.from(jsonToProto(signal, Buffer.from(JSON.stringify(nested(way, inner))))).toString('hex');
  const ways = waysFrom(request);
  expect(ways.length).toBeGreaterThan(10);
  for (const [message, way] of ways)
    for (const field of message.fields) {
      if (field.number >= 1000) continue;
      const bare = read(way, {});
      // A text or message of a oneof is set to its default: below.
      const isDefault = field.oneof >= 0 && ['string', 'message'].includes(field.type);
      if (!isDefault) expect(read(way, { [camelCase(field.name)]: null }), `${message.name}.${field.name}`).toBe(bare);
    }
});

test('null sets a text or message that is alone in its oneof to its default, as in the Collector', () => {
  expect(attribute('{"stringValue":null}')).toEqual({ stringValue: '' });
  expect(attribute('{"arrayValue":null}')).toEqual({ arrayValue: {} });
  expect(attribute('{"kvlistValue":null}')).toEqual({ kvlistValue: {} });
});

test('null of one member of a oneof leaves the value of another', () => {
  const others = '"boolValue":null,"doubleValue":null,"arrayValue":null,"kvlistValue":null,"bytesValue":null';
  expect(attribute(`{"stringValue":"a","intValue":null,${others}}`)).toEqual({ stringValue: 'a' });
  expect(attribute(`{"stringValue":null,${others},"intValue":"5"}`)).toEqual({ intValue: '5' });
});

test('null as the last of the values of a key takes the values back', () => {
  expect(span('"name":"a","name":null')).toEqual({ status: {} });
  expect(span('"name":null,"name":"a"')).toEqual({ name: 'a', status: {} });
  expect(span('"name":"a","kind":2,"name":null,"kind":3,"name":"b","kind":null')).toEqual({ name: 'b', status: {} });
  expect(span('"status":{"code":2},"name":"a","status":null')).toEqual({ name: 'a', status: {} });
  expect(span('"events":[{"name":"e"}],"events":null,"name":"a"')).toEqual({ name: 'a', status: {} });
  expect(attribute('{"intValue":"5","intValue":null}')).toEqual({});
  expect(attribute('{"stringValue":"a","stringValue":null}')).toEqual({ stringValue: '' });
  expect(point('histogram', '"sum":1,"count":"7","sum":null')).toEqual({ count: '7' });
  expect(point('gauge', '"asDouble":null,"asInt":"1","asInt":null,"flags":1')).toEqual({ flags: 1 });
  const twice = '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"a"}]}]}],"resourceSpans":null}';
  expect(jsonToProto('traces', Buffer.from(twice))).toHaveLength(0);
});

test('values that are taken back in objects within others are read again a bounded number of times', () => {
  let value = '{"stringValue":"a"}';
  for (let depth = 0; depth < 3; depth++)
    value = `{"arrayValue":{"values":[${value}]},"intValue":"1","intValue":null,"boolValue":null}`;
  expect(attribute(value)).toEqual({
    arrayValue: { values: [{ arrayValue: { values: [{ arrayValue: { values: [{ stringValue: 'a' }] } }] } }] },
  });
  for (let depth = 0; depth < 500; depth++)
    value = `{"arrayValue":{"values":[${value}]},"intValue":"1","intValue":null}`;
  expect(() => attribute(value)).toThrow(InvalidJson);
  const again = '"name":"a","name":null,'.repeat(200_000);
  expect(() => span(`"attributes":[{"key":"k"}],${again}"kind":1`)).toThrow('null takes back values too often');
});

test.each([
  ['7.0', '7'],
  ['1e3', '1000'],
  ['"1e3"', '1000'],
  ['"1.0"', '1'],
  ['12.5e1', '125'],
  ['1250E-1', '125'],
  ['0.0', undefined],
  ['0e999999999999999999999', undefined],
  ['1844674407370955161500e-2', '18446744073709551615'],
  ['"007"', '7'],
  ['"00000000000000000000000000000000000000000018446744073709551615"', '18446744073709551615'],
])('the whole number %s is read as protojson has it', (text, value) => {
  const read = span(`"startTimeUnixNano":${text}`) as never;
  expect(read['startTimeUnixNano']).toBe(value);
});

test.each([
  '1.5',
  '1e-1',
  '1e20',
  '1e999999999999',
  '007',
  '-007',
  '"+1"',
  '"1."',
  '".5"',
  '"1e"',
  '"1e+"',
  '"e3"',
  '""',
])('%s is no whole number of 64 bits', (text) =>
  expect(() => span(`"startTimeUnixNano":${text}`)).toThrow(InvalidJson),
);

test('signs and 32 bits keep their bounds in every way of writing', () => {
  expect(attribute('{"intValue":-9.223372036854775808e18}')).toEqual({ intValue: '-9223372036854775808' });
  expect(() => attribute('{"intValue":9.223372036854775808e18}')).toThrow('out of range');
  expect(span('"flags":4.294967295e9')).toEqual({ flags: 4_294_967_295, status: {} });
  expect(() => span('"flags":4294967296.0')).toThrow('out of range');
  expect(span('"kind":2.0')).toEqual({ kind: 2, status: {} });
});

function unread(signal: 'traces' | 'logs', text: string): string | undefined {
  const decoder = new JsonDecoder(signal, Buffer.from(text));
  while (decoder.step());
  return decoder.unread(validate(signal, decoder.finish()).itemCount);
}

test('a request that loses its items by keys that are no fields says so', () => {
  expect(unread('traces', '{"foo":[1]}')).toBe('the request has no spans: "foo" is no field of OTLP');
  expect(unread('traces', '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{}]}]}]}')).toBe(
    '"resourceLogs" is not read here: logs have a path of their own, /v1/logs unless configured',
  );
  expect(unread('traces', '{"resourceSpans":[{"instrumentationLibrarySpans":[{"spans":[{}]}]}]}')).toBe(
    '"resourceSpans[0].instrumentationLibrarySpans" is not read: it is the name that OTLP had before version 0.15; ' +
      '"scope..." is the name now',
  );
  expect(unread('logs', '{"resourceLogs":[{"scopeLogs":[{"records":[{}]}]}]}')).toBe(
    'the request has no log records: "resourceLogs[0].scopeLogs[0].records" is no field of OTLP',
  );
  const mixed = '{"resourceSpans":[{"scopeSpans":[{"spans":[{"later":1}]}]}],"resource_metrics":[{}]}';
  expect(unread('traces', mixed)).toContain('metrics have a path of their own');
});

test('keys of a later version, and what is empty, are passed over in silence', () => {
  expect(unread('traces', '{}')).toBeUndefined();
  expect(unread('traces', '{"resourceLogs":[],"resourceMetrics":null,"x":{},"y":"text","":1}')).toBeUndefined();
  expect(unread('traces', '{"resourceSpans":[{"later":[1],"scopeSpans":[{"later":[2],"spans":[{"x":1}]}]}]}')).toBe(
    undefined,
  );
});

test('whatever values and nulls a key is given, one after the other, the last counts', () => {
  const values = {
    name: fc.constantFrom('"a"', '"b\\u0041"', 'null'),
    traceState: fc.constantFrom('"x"', 'null'),
    kind: fc.constantFrom('1', '"SPAN_KIND_SERVER"', '3.0', 'null'),
    flags: fc.constantFrom('"7"', '1e2', 'null'),
    startTimeUnixNano: fc.constantFrom('"18446744073709551615"', '5', 'null'),
    later: fc.constantFrom('[{"name":null}]', 'null', '{"name":"a","name":null}'),
    events: fc.constantFrom('null', '[{"name":"e","name":null}]'),
    status: fc.constantFrom('null', '{"code":1,"code":null,"message":"m"}'),
  };
  const member = fc.oneof(...Object.entries(values).map(([key, value]) => value.map((text) => ({ key, text }))));
  fc.assert(
    fc.property(fc.array(member, { maxLength: 12 }), (members) => {
      // Of lists and messages, several values join; only the null between them is of interest here.
      const seen = new Set<string>();
      const given = members.filter(({ key, text }) => {
        if (key !== 'events' && key !== 'status') return true;
        const again = seen.has(key);
        if (text === 'null') seen.delete(key);
        else seen.add(key);
        return !again || text === 'null';
      });
      const last = new Map(given.map(({ key, text }) => [key, text] as const));
      const plain = ['name', 'traceState', 'kind', 'flags', 'startTimeUnixNano', 'events', 'status']
        .filter((key) => (last.get(key) ?? 'null') !== 'null')
        .map((key) => `"${key}":${last.get(key)}`);
      expect(span(given.map(({ key, text }) => `"${key}":${text}`).join(','))).toEqual(span(plain.join(',')));
    }),
    { numRuns: 2000 },
  );
});
