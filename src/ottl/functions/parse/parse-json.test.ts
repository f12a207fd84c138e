import { describe, expect, it } from 'vitest';

import { callConverter } from '../../../../test/support/ottl-call.js';
import { parseJsonText } from './parse-json.js';

describe('ParseJSON', () => {
  it('makes numbers float64 and keeps the order of keys', () => {
    const value = callConverter(parseJsonText, ' {"b": [1, -2.5e1, true, null, "x\\n\\u00e9"], "1": {}, "b2": []} ');
    expect(value).toEqual(
      new Map<string, unknown>([
        ['b', [1, -25, true, undefined, 'x\né']],
        ['1', new Map()],
        ['b2', []],
      ]),
    );
    expect([...(value as Map<string, unknown>).keys()]).toEqual(['b', '1', 'b2']);
  });

  it('keeps the last of equal keys, and names that objects of JavaScript have themselves', () => {
    expect(callConverter(parseJsonText, '{"a":1,"__proto__":2,"a":3}')).toEqual(
      new Map([
        ['a', 3],
        ['__proto__', 2],
      ]),
    );
  });

  it('replaces halves of surrogate pairs', () => {
    expect(callConverter(parseJsonText, '["\\ud83d\\ude00 \\ud83d"]')).toEqual(['😀 \ufffd']);
  });

  it.each([
    ['', "invalid character '\0' looking for beginning of value"],
    ['{', "invalid character '\0' looking for beginning of value"],
    ["{'a':1}", "invalid character ''' looking for beginning of value"],
    ['{"a"}', 'expected colon after object key'],
    ['{"a":1 "b":2}', 'expected comma after object value'],
    ['[1,2', 'json: invalid character as slice'],
    ['[1 2]', 'json: invalid character 2 as slice'],
    ['[1,]', "invalid character ']' looking for beginning of value"],
    ['["a', 'json: string unexpected end of JSON input'],
    ['["\\q"]', 'json: invalid character q as escaped string'],
    ['[tru]', 'json: invalid character ] as true'],
    ['[nul', 'json: null unexpected end of JSON input'],
    ['[1.2.3]', 'strconv.ParseFloat: parsing "1.2.3": invalid syntax'],
    ['[1e400]', 'strconv.ParseFloat: parsing "1e400": value out of range'],
    ['{"a":1} x', "invalid character 'x' after top-level value"],
    ['null', 'could not convert parsed value of type <nil> to JSON object'],
    ['"s"', 'could not convert parsed value of type string to JSON object'],
    ['5', 'could not convert parsed value of type float64 to JSON object'],
  ])('refuses %j', (text, message) => expect(() => callConverter(parseJsonText, text)).toThrow(message));

  it('reads 10,000 levels and refuses more without recursion', () => {
    expect(callConverter(parseJsonText, '['.repeat(10_000) + ']'.repeat(10_000))).toBeInstanceOf(Array);
    expect(() => callConverter(parseJsonText, '['.repeat(1_000_000))).toThrow('exceeded max depth');
  });

  it('bounds the number of values', () => {
    expect(() => callConverter(parseJsonText, `[${'1,'.repeat(300_000)}1]`)).toThrow('more than 250000 values');
  });
});
