import { expect, test } from 'vitest';
import { signals, type Signal } from '../signal.js';
import { validate } from '../wire/validate.js';
import { jsonToProto } from './decode.js';
import { jsonText } from './encode.js';
import { InvalidJson } from './invalid.js';

function through(signal: Signal, text: string): unknown {
  const bytes = jsonToProto(signal, Buffer.from(text));
  validate(signal, bytes);
  return JSON.parse(jsonText(signal, bytes));
}

const span = {
  traceId: '5b8aa5a2d2c872e8321cf37308d69df2',
  spanId: '051581bf3cb55c13',
  name: 'é "x" \u{1F600}',
  kind: 2,
  startTimeUnixNano: '18446744073709551615',
  attributes: [
    { key: 'a', value: { intValue: '-9223372036854775808' } },
    { key: 'b', value: { doubleValue: 'NaN' } },
    { key: 'c', value: { bytesValue: 'AAEC' } },
    {
      key: 'd',
      value: { kvlistValue: { values: [{ key: 'e', value: { arrayValue: { values: [{ boolValue: false }, {}] } } }] } },
    },
    { key: 'f', value: {} },
  ],
  status: {},
};

test('spans survive the way to protobuf and back', () => {
  const body = { resourceSpans: [{ resource: {}, scopeSpans: [{ scope: { name: 's' }, spans: [span] }] }] };
  expect(through('traces', JSON.stringify(body))).toEqual(body);
});

test('metrics survive: packed lists, optional fields that are zero, both integer encodings', () => {
  const points = [
    {
      timeUnixNano: '1',
      count: '3',
      sum: 0,
      min: 0,
      max: -0.5,
      bucketCounts: ['1', '18446744073709551615'],
      explicitBounds: [0.1, 1e21],
    },
  ];
  const exponential = [{ scale: -3, zeroCount: '1', positive: { offset: -2, bucketCounts: ['5', '0'] }, negative: {} }];
  const body = {
    resourceMetrics: [
      {
        resource: {},
        scopeMetrics: [
          {
            scope: {},
            metrics: [
              { name: 'h', histogram: { dataPoints: points, aggregationTemporality: 2 } },
              { name: 'e', exponentialHistogram: { dataPoints: exponential, aggregationTemporality: 1 } },
              { name: 'g', gauge: { dataPoints: [{ asInt: '-7' }, { asDouble: 0 }] } },
            ],
          },
        ],
      },
    ],
  };
  expect(through('metrics', JSON.stringify(body))).toEqual(body);
});

test('what the Collector reads besides the letter of the specification', () => {
  const text =
    '{"resource_spans":[{"scope_spans":[{"spans":[{"name":null,"kind":"SPAN_KIND_SERVER","flags":"257",' +
    '"start_time_unix_nano":5,"later":{"x":[1,{"y":"}"}]}}]}]}]} trailing {';
  expect(through('traces', text)).toEqual({
    resourceSpans: [
      {
        resource: {},
        scopeSpans: [{ scope: {}, spans: [{ kind: 2, flags: 257, startTimeUnixNano: '5', status: {} }] }],
      },
    ],
  });
});

test.each([
  ['', 'expected "{"'],
  [
    '{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"12"}]}]}]}',
    'expected 32 hexadecimal digits at byte 54 in resourceSpans[0].scopeSpans[0].spans[0].traceId',
  ],
  ['{"resourceSpans":[{"scopeSpans":[{"spans":[{"kind":"2"}]}]}]}', 'unknown enum value'],
  ['{"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano":1.5}]}]}]}', 'expected a whole number'],
  ['{"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano":01}]}]}]}', 'expected a whole number'],
  ['{"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano":-1}]}]}]}', 'out of range'],
  [
    '{"resourceSpans":[{"scopeSpans":[{"spans":[{"attributes":[{"key":"shop.id","value":{"intValue":"x"}}]}]}]}]}',
    'in resourceSpans[0].scopeSpans[0].spans[0].attributes[0].value.intValue (key "shop.id")',
  ],
  ['{"resourceSpans":[{},]}', 'expected "{"'],
  ['{"resourceSpans":[{"x":"\u0001"}]}', 'a control character'],
  ['{"resourceSpans":', 'expected a list'],
])('%s is refused', (text, message) => {
  expect(() => jsonToProto('traces', Buffer.from(text))).toThrow(InvalidJson);
  expect(() => jsonToProto('traces', Buffer.from(text))).toThrow(message);
});

test('a number that ends badly is refused in one pass, and only the words for special numbers are such', () => {
  const gauge = (value: string): Buffer =>
    Buffer.from(
      `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"gauge":{"dataPoints":[{"asDouble":${value}}]}}]}]}]}`,
    );
  const digits = '1'.repeat(1_000_000);
  for (const value of [`"${digits}x"`, `${digits}e`, `"${digits}.${digits}x"`, '"constructor"', '"__proto__"'])
    expect(() => jsonToProto('metrics', gauge(value))).toThrow(InvalidJson);
  for (const value of ['"NaN"', '"-Infinity"', '"1."', '".5"', '1e-3'])
    expect(() => jsonToProto('metrics', gauge(value))).not.toThrow();
});

test('nesting costs no stack', () => {
  const depth = 3000;
  const nested = `${'{"arrayValue":{"values":['.repeat(depth)}{}${']}}'.repeat(depth)}`;
  const text = `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":${nested}}]}]}]}`;
  expect(jsonText('logs', jsonToProto('logs', Buffer.from(text)))).toHaveLength(
    text.length + '"resource":{},"scope":{},'.length,
  );
  const deep = `{"x":${'['.repeat(1_000_000)}`;
  for (const signal of signals) expect(() => jsonToProto(signal, Buffer.from(deep))).toThrow(InvalidJson);
});
