import { expect, it } from 'vitest';
import { grokPatterns } from './grok-patterns.js';
import { Grok } from './grok.js';

const none = new Map<string, string>();

it.each([...grokPatterns.keys()])('%s is a pattern', (name) => {
  expect(() => new Grok(`%{${name}}`, true, none)).not.toThrow();
});

it.each([
  ['IPV6', '2001:db8::1'],
  ['IPV6', '::'],
  ['IPV6', '::1'],
  ['IPV6', 'fe80::1%eth0'],
  ['IPV6', '1:2:3:4:5:6:7:8'],
  ['IPV6', '1::'],
  ['IPV6', '::ffff:10.0.0.1'],
  ['IPV6', '1:2:3:4:5:6:10.0.0.1'],
  ['IPV4', '255.249.199.9'],
  ['HOSTNAME', 'a-b.example.com'],
  ['MAC', '00:1b:63:84:45:e6'],
  ['UUID', '123e4567-e89b-12d3-a456-426614174000'],
  ['URI', 'https://user:pw@example.com:8443/a/b.html?q=1&r=2'],
  ['PATH', '/var/log/x.log'],
  ['TIMESTAMP_ISO8601', '2024-01-02T03:04:05.678Z'],
  ['HTTPDATE', '10/Oct/2000:13:55:36 -0700'],
  ['SYSLOGTIMESTAMP', 'Oct  1 13:55:36'],
  ['LOGLEVEL', 'WARNING'],
  ['QUOTEDSTRING', '"a \\" b"'],
  ['NUMBER', '-1.5'],
  ['EMAILADDRESS', 'bob@example.com'],
])('%s reads all of %j', (name, text) => {
  expect(new Grok(`^%{${name}:it}$`, true, none).fields(text)).toEqual(new Map([['it', text]]));
});

it('converts fields, leaves out empty ones and reads points in names', () => {
  const grok = new Grok('n=%{NUMBER:a.n:int} f=%{NUMBER:f:float} b=%{WORD:b:boolean} %{DATA:d}$', true, none);
  expect(grok.fields('n=5 f=1.5 b=true ')).toEqual(
    new Map<string, unknown>([
      ['a.n', 5n],
      ['f', 1.5],
      ['b', true],
    ]),
  );
  expect(() => grok.fields('n=1.5 f=1.5 b=true ')).toThrow('strconv.Atoi: parsing "1.5": invalid syntax');
});

it('takes definitions of the user, and refuses circles and unknown names', () => {
  expect(
    new Grok(
      '%{A:a}',
      true,
      new Map([
        ['A', '%{B}+'],
        ['B', '[ab]'],
      ]),
    ).fields('xabba'),
  ).toEqual(new Map([['a', 'abba']]));
  expect(() => new Grok('%{A}', true, new Map([['A', '%{A}%{A}']]))).toThrow('circles');
  expect(() => new Grok('%{NOPE:x}', true, none)).toThrow('pattern definition "NOPE" unknown: parsing failed');
});
