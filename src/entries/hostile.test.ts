import { describe, expect, test } from 'vitest';
import { runOperators } from '../../test/support/entry-lines.js';

const megabyte = 1 << 20;

describe('hostile lines end in a record, in linear time', () => {
  const parsers: readonly (readonly [name: string, operator: Readonly<Record<string, unknown>>])[] = [
    ['regex_parser', { type: 'regex_parser', regex: '(?P<a>(a+)+)$' }],
    ['regex_replace', { type: 'regex_replace', field: 'body', regex: '(a+)+$', replace_with: 'b' }],
    ['json_parser', { type: 'json_parser' }],
    ['json_parser with ints', { type: 'json_parser', parse_ints: true }],
    ['json_array_parser', { type: 'json_array_parser', parse_to: 'attributes.list' }],
    ['csv_parser', { type: 'csv_parser', header: 'a,b' }],
    ['csv_parser with lazy quotes', { type: 'csv_parser', header: 'a,b', lazy_quotes: true }],
    ['key_value_parser', { type: 'key_value_parser' }],
    ['uri_parser', { type: 'uri_parser' }],
    ['container', { type: 'container' }],
    ['severity_parser', { type: 'severity_parser', parse_from: 'body' }],
    ['time_parser', { type: 'time_parser', parse_from: 'body', layout: '%Y-%m-%dT%H:%M:%S.%L%z' }],
    ['epoch', { type: 'time_parser', parse_from: 'body', layout_type: 'epoch', layout: 's.ns' }],
    ['trace_parser', { type: 'trace_parser', trace_id: { parse_from: 'body' } }],
    ['unquote', { type: 'unquote', field: 'body' }],
    ['filter', { type: 'filter', expr: 'body matches "(a+)+$x"' }],
    ['recombine', { type: 'recombine', combine_field: 'body', is_first_entry: 'body startsWith "x"' }],
  ];
  const lines: readonly (readonly [name: string, line: string])[] = [
    ['one letter', `${'a'.repeat(megabyte - 1)}!`],
    ['brackets', `{"a":${'['.repeat(megabyte)}`],
    ['objects', '{"a":'.repeat(megabyte / 5)],
    ['closed brackets', `{"a":${'['.repeat(megabyte / 2)}${']'.repeat(megabyte / 2)}}`],
    ['many members', `{${Array.from({ length: 80_000 }, (_, i) => `"k${i}":${i}`).join(',')}}`],
    ['many elements', `[${'1,'.repeat(megabyte / 2)}1]`],
    ['NUL bytes', '\0'.repeat(megabyte)],
    ['quotes', '"'.repeat(megabyte)],
    ['backslashes', `"${'\\'.repeat(megabyte)}`],
    ['pairs', 'a=b '.repeat(megabyte / 4)],
    ['commas', ','.repeat(megabyte)],
    ['escapes', `/?${'%41'.repeat(megabyte / 3)}`],
    ['digits', '9'.repeat(megabyte)],
    ['surrogates', '\ud83d\ude00'.repeat(megabyte / 4)],
    ['an open time', `2024-05-06T07:08:09.${'1'.repeat(megabyte)}`],
    ['a container line', `2024-06-22T10:27:25Z stdout F ${'\\'.repeat(megabyte)}`],
  ];
  test.each(parsers)('%s', (_, operator) => {
    for (const [name, line] of lines) {
      const { records } = runOperators([operator], [line]);
      const [record] = records;
      expect([name, records.length]).toEqual([name, 1]);
      expect(record).toBeDefined();
    }
  });
});

test('a resource of many values, and one for each line, are bounded', () => {
  const lines = Array.from({ length: 500 }, (_, i) => `{"id":"r${i}"}`);
  const { records } = runOperators(
    [
      { type: 'json_parser', parse_to: 'body' },
      { type: 'move', from: 'body.id', to: 'resource.id' },
    ],
    lines,
  );
  expect(records).toHaveLength(500);
  expect(new Set(records.map(({ resource }) => JSON.stringify(resource))).size).toBe(500);
});
