import { describe, expect, it } from 'vitest';

import { callConverter, callWithPath } from '../../../../test/support/ottl-call.js';
import type { Value } from '../../value.js';
import { parseCsv } from './parse-csv.js';
import { parseKeyValue } from './parse-key-value.js';
import { parseSeverity } from './parse-severity.js';

function record(entries: Record<string, Value>): Value {
  return new Map(Object.entries(entries));
}

describe('ParseKeyValue', () => {
  it.each([
    ['a=1  b=2 ', record({ a: '1', b: '2' })],
    [`a="x y" b='q "r"' c=`, record({ a: 'x y', b: 'q "r"', c: '' })],
    ['a=b=c a=d', record({ a: 'd' })],
    [String.raw`a="it\"s b" c=1`, record({ a: String.raw`it\"s b`, c: '1' })],
  ])('reads %s', (text, expected) => expect(callConverter(parseKeyValue, text)).toEqual(expected));

  it('takes other delimiters', () => {
    expect(callConverter(parseKeyValue, 'a:=1|| b :=2||', ':=', '||')).toEqual(record({ a: '1', b: '2' }));
  });

  it.each([
    ['', 'cannot parse from empty target'],
    ['a', 'cannot split "a" into 2 items, got 1 item(s)'],
    ['a="x', 'splitting source "a=\\"x" into pairs failed: never reached the end of a quoted value'],
  ])('refuses %j', (text, message) => expect(() => callConverter(parseKeyValue, text)).toThrow(message));

  it('refuses equal delimiters when it is loaded', () => {
    expect(() => callConverter(parseKeyValue, 'a', '=', '=')).toThrow('cannot be equal');
  });
});

describe('ParseCSV', () => {
  it.each<[Value[], Value]>([
    [['1,2', 'a,b'], record({ a: '1', b: '2' })],
    [['"x,""y""",2\n', 'a,b'], record({ a: 'x,"y"', b: '2' })],
    [['1;2', 'a|b', ';', '|'], record({ a: '1', b: '2' })],
    [['\n1,x\r\ny,"2\n3"', 'a,b,c'], record({ a: '1', b: 'x\ny', c: '2\n3' })],
    [['a"b,"c"d",', 'x,y,z', undefined, undefined, 'lazyQuotes'], record({ x: 'a"b', y: 'c"d', z: '' })],
    [['"x,y",2', 'a,b,c', undefined, undefined, 'ignoreQuotes'], record({ a: '"x', b: 'y"', c: '2' })],
  ])('reads %j', (args, expected) => expect(callConverter(parseCsv, ...args)).toEqual(expected));

  it.each<[Value[], string]>([
    [['1', 'a,b'], 'map csv headers: wrong number of fields: expected 2, found 1'],
    [['', 'a'], 'no csv lines found'],
    [['1', ''], 'headers must not be an empty string'],
    [['é"b,1', 'a,b'], 'read csv line: parse error on line 1, column 3: bare " in non-quoted field'],
    [['"a"b,1', 'a,b'], 'read csv line: parse error on line 1, column 3: extraneous or missing " in quoted-field'],
    [['1,2', 'a,b', ',,'], 'delimiter must be a single character'],
    [['1,2', 'a,b', ',', ''], 'header_delimiter must be a single character'],
    [['1,2', 'a,b', undefined, undefined, 'bogus'], 'unknown mode: bogus'],
  ])('refuses %j', (args, message) => expect(() => callConverter(parseCsv, ...args)).toThrow(message));

  it('says which argument has the wrong type', () => {
    expect(() => callWithPath(parseCsv, 5n, 'a')).toThrow(
      'error getting value for target in ParseCSV: expected string but got int64',
    );
  });
});

describe('ParseSeverity', () => {
  const mapping = record({
    error: [record({ equals: ['err', 'error'] }), record({ range: '5xx' })],
    info: [record({ range: record({ min: 200n, max: 299n }) })],
  });

  it.each<[Value, Value]>([
    ['err', 'error'],
    [503n, 'error'],
    [299n, 'info'],
  ])('maps %s', (value, expected) => expect(callConverter(parseSeverity, value, mapping)).toBe(expected));

  it.each<[Value, Value, string]>([
    ['x', mapping, "could not map log level: no matching log level found for value 'x'"],
    [1.5, mapping, "could not evaluate log level of value '1.5': unsupported value type: float64"],
    ['x', record({ info: 'a' }), 'severity mapping criteria must be []any'],
    ['x', record({ info: ['a'] }), 'severity mapping criteria items must be map[string]any'],
    ['x', record({ info: [record({ range: '9xx' })] }), 'unknown range placeholder: 9xx'],
    ['x', record({ info: [record({ range: record({ min: 1n }) })] }), 'range must have a max value'],
    ['x', record({ info: [record({ equals: [1n] })] }), 'equals values must be strings'],
  ])('refuses %s', (value, levels, message) => {
    expect(() => callConverter(parseSeverity, value, levels)).toThrow(message);
  });
});
