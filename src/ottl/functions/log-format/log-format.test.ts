import { describe, expect, it } from 'vitest';

import { callConverter, named } from '../../../../test/support/ottl-call.js';
import type { Value } from '../../value.js';
import { logFormatFunctions } from './table.js';

function call(name: string, ...args: string[]): unknown {
  return plain(callConverter(named(logFormatFunctions, name), ...args));
}

function plain(value: Value): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, each]) => [key, plain(each)]));
  return Array.isArray(value) ? value.map(plain) : value;
}

describe('ParseCEF', () => {
  it('reads the header and the extensions', () => {
    expect(call('ParseCEF', String.raw`<1> CEF:0|V\|x|p|1|2|n \\ m|5|act=a\=b msg=two  words\n  x=`)).toEqual({
      'cef.version': '0',
      'cef.device_vendor': 'V|x',
      'cef.device_product': 'p',
      'cef.device_version': '1',
      'cef.device_event_class_id': '2',
      'cef.name': String.raw`n \ m`,
      'cef.severity': '5',
      'cef.extensions': { act: 'a=b', msg: 'two  words\n', x: '' },
    });
  });

  it.each([
    ['', 'cannot parse empty CEF message'],
    ['x', "invalid CEF message: 'CEF:' not found"],
    ['CEF:0|a|b', 'expected at least 7 pipe-delimited fields'],
    ['CEF:|a|b|c|d|e|f', 'missing version'],
  ])('refuses %j', (text, message) => expect(() => call('ParseCEF', text)).toThrow(message));
});

describe('ParseCLF', () => {
  const line = String.raw`h - u [10/Oct/2000:13:55:36 -0700] "GET /\"a\" HTTP/1.0" 200 -`;

  it('reads both formats', () => {
    const expected = {
      'clf.remote_host': 'h',
      'clf.rfc931': '-',
      'clf.auth_user': 'u',
      'clf.timestamp': '10/Oct/2000:13:55:36 -0700',
      'clf.request': 'GET /"a" HTTP/1.0',
      'clf.method': 'GET',
      'clf.request_uri': '/"a"',
      'clf.protocol': 'HTTP/1.0',
      'clf.status': 200n,
    };
    expect(call('ParseCLF', line)).toEqual(expected);
    expect(call('ParseCLF', `${line} "r" "U A"`, 'combined')).toEqual({
      ...expected,
      'clf.referer': 'r',
      'clf.user_agent': 'U A',
    });
  });

  it.each([
    ['x', 'invalid CLF message: does not match expected "clf" format'],
    ['h - u [t] "r" x 1', 'invalid status code "x": strconv.ParseInt: parsing "x": invalid syntax'],
    [`h - u [t] "r" 1 ${'9'.repeat(20)}`, 'value out of range'],
  ])('refuses %j', (text, message) => expect(() => call('ParseCLF', text)).toThrow(message));

  it('refuses an unknown format when it is loaded', () => {
    expect(() => call('ParseCLF', 'x', 'bogus')).toThrow('invalid format "bogus"');
  });
});

describe('ParseELF', () => {
  it('reads directives and lines', () => {
    const text = '#Version: 1.0\r\n#Fields: a b c\n1 "x ""y"""\r#Remark\n#Fields: d\n2 3';
    expect(call('ParseELF', text)).toEqual({
      'elf.version': '1.0',
      'elf.entries': [{ 'elf.a': '1', 'elf.b': 'x "y"', 'elf.c': '-' }, { 'elf.d': '2' }],
      'elf.fields': ['d'],
    });
  });

  it.each([
    ['#Fields: a\n1', 'invalid ELF: missing #Version directive'],
    ['#Version: 1\n1', 'invalid ELF: data entry found before #Fields directive'],
    ['#Version: 1\n#Fields a', 'invalid ELF: malformed #Fields directive "#Fields a"'],
    ['#Version: 1\n#Fields: a\n"x', 'unterminated quoted value in data line: "\\"x"'],
    [`#Version: 1\n#Fields: ${'a '.repeat(1000)}\n${'1\n'.repeat(200)}`, 'more than 100000 values'],
  ])('refuses %.40j', (text, message) => expect(() => call('ParseELF', text)).toThrow(message));
});

describe('ParseLEEF', () => {
  it.each([
    ['LEEF:1.0|v|p|1|e|a=1\tb=2=3\tc', '1.0'],
    ['LEEF:2.0|v|p|1|e|^|a=1^b=2=3^=x', '2.0'],
    ['x LEEF:2.0|v|p|1|e|0x5E|a=1^b=2=3', '2.0'],
  ])('reads %j', (text, version) => {
    expect(call('ParseLEEF', text)).toEqual({
      'leef.version': version,
      'leef.vendor': 'v',
      'leef.product.name': 'p',
      'leef.product.version': '1',
      'leef.event.id': 'e',
      'leef.attributes': { a: '1', b: '2=3' },
    });
  });

  it.each([
    ['x', "invalid LEEF message: 'LEEF:' not found"],
    ['LEEF:3.0|a', 'unsupported LEEF version: 3.0'],
    ['LEEF:2.0|a|b', 'expected at least 5 fields (vendor, product, version, eventID, delimiter), got 2'],
    ['LEEF:2.0|a|b|c|d|0x123|', 'odd length hex string'],
  ])('refuses %j', (text, message) => expect(() => call('ParseLEEF', text)).toThrow(message));
});
