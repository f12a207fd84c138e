import { describe, expect, test } from 'vitest';
import { operatorWorld, runOperators, type PlainRecord } from '../../test/support/entry-lines.js';

interface KeyValue {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/** Attributes as plain values: the one member of each AnyValue. */
function attributesOf(record: PlainRecord | undefined): Readonly<Record<string, unknown>> {
  const attributes = (record?.['attributes'] ?? []) as readonly KeyValue[];
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}

function attributesAfter(operators: readonly unknown[], line: string): Readonly<Record<string, unknown>> {
  return attributesOf(runOperators(operators, [line]).records[0]);
}

function errorsOf(operators: readonly unknown[], line: string): readonly unknown[] {
  return runOperators(operators, [line]).log.map(([, , fields]) => fields['error']);
}

describe('router', () => {
  const routes = [
    { expr: 'body startsWith "a"', output: 'end', attributes: { way: 'one', up: 'EXPR(upper(body))-EXPR("x")' } },
    { expr: 'body > 5', output: 'end', attributes: { way: 'never' } },
    { expr: 'body == "b"', output: ['end', 'end'], attributes: { way: 'two' } },
  ];
  const chain = [
    { type: 'router', routes },
    { type: 'noop', id: 'end' },
  ];
  test('adds the attributes of the route that an entry takes', () =>
    expect(attributesAfter(chain, 'abc')).toEqual({ way: 'one', up: 'ABC-x' }));
  test('passes by a route that fails, and logs that', () => {
    const { records, log } = runOperators(chain, ['b']);
    expect(records.map(attributesOf)).toEqual([{ way: 'two' }, { way: 'two' }]);
    expect(log).toHaveLength(1);
  });
  test('drops an entry that takes no route', () => expect(runOperators(chain, ['c']).records).toEqual([]));
});

test('several outputs get entries of their own', () => {
  const { records } = runOperators(
    [
      { type: 'json_parser', parse_to: 'body', output: ['one', 'two'] },
      { type: 'add', id: 'one', field: 'body.list.in', value: 1, output: 'end' },
      { type: 'move', id: 'two', from: 'body.list', to: 'resource.list', output: 'end' },
      { type: 'noop', id: 'end' },
    ],
    ['{"list":{"a":"x"}}'],
  );
  expect(records.map((record) => JSON.stringify(record['body']))).toEqual([
    expect.stringContaining('"intValue":"1"'),
    '{"kvlistValue":{}}',
  ]);
  expect(JSON.stringify(records[1]?.['resource'])).not.toContain('intValue');
});

test('a copy shares nothing with its source', () => {
  const { records } = runOperators(
    [
      { type: 'json_parser', parse_to: 'body' },
      { type: 'copy', from: 'body.m', to: 'attributes.m' },
      { type: 'add', field: 'attributes.m.deep.new', value: true },
    ],
    ['{"m":{"deep":{"a":1}}}'],
  );
  expect(JSON.stringify(records[0]?.['body'])).not.toContain('new');
  expect(JSON.stringify(records[0]?.['attributes'])).toContain('new');
});

test('an entry that fails is as it was, and on_error decides about it', () => {
  const failing = { type: 'csv_parser', header: 'a,b', parse_to: 'attributes' };
  for (const [on_error, count, level] of [
    ['send', 1, 'error'],
    ['send_quiet', 1, 'debug'],
    ['drop', 0, 'error'],
    ['drop_quiet', 0, 'debug'],
  ] as const) {
    const { records, log } = runOperators([{ ...failing, on_error }], ['1,2,3']);
    expect(records).toHaveLength(count);
    expect(records.map(attributesOf)).toEqual(records.map(() => ({})));
    expect(log.map(([of, message, { action }]) => [of, message, action])).toEqual([
      [level, 'Failed to process entry', on_error],
    ]);
  }
});

test('failures and drops are counted', () => {
  const world = operatorWorld([
    { type: 'json_parser', on_error: 'drop' },
    { type: 'filter', expr: 'attributes.a == "x"' },
    { type: 'add', field: 'attributes.b', value: 1, if: 'attributes.a > 1' },
  ]);
  for (const line of ['bad', '{"a":"x"}', '{"a":"y"}', '{"a":2}']) world.line(line);
  expect(world.counts).toEqual({
    'kanmon_operator_failed_entries json_parser': 1,
    'kanmon_operator_dropped_entries json_parser': 1,
    'kanmon_operator_dropped_entries filter': 1,
    'kanmon_operator_failed_entries add': 1,
  });
});

describe('filter', () => {
  test('drops by the probability', () => {
    // The number drawn is 0.5.
    expect(runOperators([{ type: 'filter', expr: 'true', drop_ratio: 0.5 }], ['a']).records).toHaveLength(1);
    expect(runOperators([{ type: 'filter', expr: 'true', drop_ratio: 0.51 }], ['a']).records).toHaveLength(0);
  });
  test('drops what it fails on, whatever on_error says', () =>
    expect(runOperators([{ type: 'filter', expr: 'body > 1', on_error: 'send' }], ['a']).records).toEqual([]));
});

describe('json_array_parser', () => {
  const parser = { type: 'json_array_parser', parse_to: 'attributes.l' };
  test('keeps whole numbers, and objects as text', () =>
    expect(attributesAfter([parser], ' [1, "two" ,null,true,{"a": [2,"]"]},2.5,1e3] ')['l']).toEqual({
      values: [
        { intValue: '1' },
        { stringValue: 'two' },
        {},
        { boolValue: true },
        { stringValue: '{"a":[2,"]"]}' },
        { intValue: '0' },
        { intValue: '0' },
      ],
    }));
  test('refuses lists within', () => expect(errorsOf([parser], '[[1]]')).toEqual(['failed to parse entry']));
  test('names the elements by a header', () => {
    const withHeader = { type: 'json_array_parser', header: 'a,b' };
    expect(attributesAfter([withHeader], '[1,"x"]')).toEqual({ a: '1', b: 'x' });
    expect(errorsOf([withHeader], '[1]')).toEqual(['wrong number of fields: expected 2, found 1']);
  });
});

test('uri_parser has the names of the conventions behind a feature gate', () => {
  const { records } = runOperators([{ type: 'uri_parser' }], ['https://u@h.example:8443/a.txt?x=1'], {
    gates: ['parser.uri.ecscompliant'],
  });
  expect(attributesOf(records[0])).toMatchObject({
    'url.scheme': 'https',
    'url.domain': 'h.example',
    'url.port': '8443',
    'url.extension': 'txt',
  });
});

test('regex_parser remembers matches for as long as there is room', () => {
  const parser = { type: 'regex_parser', regex: '(?P<first>.)(?P<rest>.*)', cache: { size: 2 } };
  const { records } = runOperators([parser], ['ab', 'cd', 'ab', 'ef', 'ab', 'cd']);
  expect(records.map((record) => attributesOf(record)['first'])).toEqual(['a', 'c', 'a', 'e', 'a', 'c']);
});

test('retain keeps what is no field', () => {
  const { records } = runOperators(
    [
      { type: 'json_parser', severity: { parse_from: 'attributes.level' } },
      { type: 'retain', fields: ['attributes.a', 'attributes.none'] },
    ],
    ['{"a":"x","b":"y","level":"warn"}'],
  );
  expect(attributesOf(records[0])).toEqual({ a: 'x' });
  expect(records[0]?.['severityNumber']).toBe(13);
});

describe('container', () => {
  const path = { attributes: { 'log.file.path': '/var/log/pods/ns_pod_49cc7c1f/app/7.log' } };
  test('reads escapes and further members of Docker', () => {
    const line = '{"log":"a \\"b\\" \\u00e9\\n","stream":"stderr","attrs":{"tag":"x"},"time":"2024-03-30T08:31:20.5Z"}';
    const { records } = runOperators([{ type: 'container' }], [line], path);
    expect(records[0]).toMatchObject({ body: { stringValue: 'a "b" é\n' }, timeUnixNano: '1711787480500000000' });
    expect(attributesOf(records[0])).toMatchObject({
      'log.iostream': 'stderr',
      attrs: { values: [expect.anything()] },
    });
  });
  test.each([
    ['{"log":"a","stream":"stdout"}', 'failed to parse time: the line has none'],
    ['{"log":"a","stream":"stdout","time":"soon"}', /^failed to parse time: parsing time "soon"/],
    ['2024-06-22T10:27:25+02:00Z stdout F x', /^failed to parse time/],
    ['2024-06-22T10:27:25Z stdin F x', /^failed to detect a valid container log format/],
    ['2024-06-22T10:27:25Z stdout', /^failed to detect/],
    ['', /^failed to detect/],
  ])('%s', (line, error) => {
    const { log, records } = runOperators([{ type: 'container' }], [line], path);
    expect(String(log[0]?.[2]['error'])).toMatch(error);
    const body: unknown = records[0]?.['body'] ?? { stringValue: '' };
    expect(body).toEqual({ stringValue: line });
  });
  test('runs the blocks of a parser on the parts of the line', () => {
    const severity = { parse_from: 'attributes.stream', mapping: { error: 'stderr' } };
    const { records } = runOperators([{ type: 'container', severity }], ['2024-06-22T10:27:25Z stderr F x'], path);
    expect(records[0]).toMatchObject({ severityNumber: 17, body: { stringValue: 'x' } });
    expect(Object.keys(attributesOf(records[0])).toSorted()).toEqual(['log.file.path', 'log.iostream', 'logtag']);
  });
});

describe('what one text may cost is bounded', () => {
  test.each([
    [{ type: 'json_parser' }, `{"a":[${'1,'.repeat(20_000)}1]}`, 'JSON text with more than 20000 values'],
    [{ type: 'csv_parser', header: 'a,b' }, ','.repeat(30_000), 'more than 20000 fields'],
    [{ type: 'key_value_parser' }, 'a=b '.repeat(30_000), 'more than 20000 pairs'],
    [{ type: 'uri_parser' }, `/${'a'.repeat(70_000)}`, 'a URI of more than 65536 characters'],
  ])('%o', (operator, line, error) => expect(errorsOf([operator], line)).toEqual([error]));
});
