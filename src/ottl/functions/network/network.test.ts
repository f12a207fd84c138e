import { describe, expect, it } from 'vitest';

import { callConverter, named } from '../../../../test/support/ottl-call.js';
import type { Value } from '../../value.js';
import { networkFunctions } from './table.js';

const isInCidr = named(networkFunctions, 'IsInCIDR');
const communityId = named(networkFunctions, 'CommunityID');
const url = named(networkFunctions, 'URL');

describe('IsInCIDR', () => {
  it.each<[string, string[], boolean]>([
    ['10.1.2.3', ['10.0.0.0/8'], true],
    ['11.1.2.3', ['10.0.0.0/8', '11.1.0.0/16'], true],
    ['10.1.2.131', ['10.1.2.128/25'], true],
    ['10.1.2.127', ['10.1.2.128/25'], false],
    ['::ffff:10.1.2.3', ['10.0.0.0/8'], true],
    ['2001:db8::1', ['2001:db8::/32', '10.0.0.0/8'], true],
    ['2001:db9::1', ['2001:db8::/32'], false],
    ['10.0.0.1', ['::ffff:10.0.0.0/104', '0.0.0.0/0'], true],
    ['x', ['0.0.0.0/0'], false],
    ['10.0.0.1', [], false],
  ])('%s in %j is %s', (address, networks, expected) => {
    expect(callConverter(isInCidr, address, networks)).toBe(expected);
  });

  it.each(['bad', '10.0.0.0', '10.0.0.0/33', '10.0.0/8', '::/129', '10.0.0.0/-1'])('refuses %s', (network) => {
    expect(() => callConverter(isInCidr, '10.0.0.1', [network])).toThrow(`invalid CIDR address: ${network}`);
  });
});

describe('CommunityID', () => {
  it.each<[Value[], string]>([
    [['128.232.110.120', 34_855n, '66.35.250.204', 80n, 'TCP'], '1:LQU9qZlK+B5F3KDmev6m5PMibrg='],
    [['66.35.250.204', 80n, '128.232.110.120', 34_855n], '1:LQU9qZlK+B5F3KDmev6m5PMibrg='],
    [['192.168.1.52', 54_585n, '8.8.8.8', 53n, 'UDP', 1n], '1:Q9We8WO3piVF8yEQBNJF4uiSVrI='],
  ])('of connection %#', (args, expected) => expect(callConverter(communityId, ...args)).toBe(expected));

  it.each<[Value[], string]>([
    [['10.0.0.1', 99_999n, '10.0.0.2', 0n], 'source port must be between 0 and 65535, got 99999'],
    [['bad', 1n, '10.0.0.2', 0n], 'invalid source IP: bad'],
    [['10.0.0.1', 1n, '10.0.0.2', 0n, 'X'], 'unsupported protocol: X'],
    [['10.0.0.1', 1n, '10.0.0.2', 0n, 'TCP', -1n], 'seed must be between 0 and 65535, got -1'],
  ])('refuses connection %#', (args, message) => expect(() => callConverter(communityId, ...args)).toThrow(message));
});

describe('URL', () => {
  const parts = (text: string): unknown => {
    const value = callConverter(url, text);
    return value instanceof Map ? Object.fromEntries([...value].map(([key, part]) => [key.slice(4), part])) : value;
  };

  it.each<[string, Record<string, Value>]>([
    [
      'https://user:p%40w@example.com:8443/a/b.html?q=1&r=2#frag',
      {
        scheme: 'https', domain: 'example.com', port: 8443n, path: '/a/b.html', query: 'q=1&r=2', fragment: 'frag',
        user_info: 'user:p%40w', username: 'user', password: 'p@w', extension: 'html',
      },
    ],
    ['http://[::1]:80/a', { scheme: 'http', domain: '::1', port: 80n, path: '/a' }],
    ['//h:/p', { scheme: '', domain: 'h', path: '/p' }],
    ['mailto:a@b', { scheme: 'mailto', domain: '', path: '' }],
    ['/r/p.txt?q', { scheme: '', domain: '', path: '/r/p.txt', query: 'q', extension: 'txt' }],
    ['http://h/%E4%BD%A0.', { scheme: 'http', domain: 'h', path: '/你.' }],
  ])('of %s', (text, expected) => expect(parts(text)).toEqual({ original: text, ...expected })); // prettier-ignore

  it('writes the original as Go does', () => {
    expect(parts('HTTP://h/a b#x y')).toMatchObject({ original: 'http://h/a%20b#x%20y', path: '/a b' });
  });

  it('reads a query alone', () => {
    expect(callConverter(url, '?a=1&b=x+y&a=2')).toEqual(
      new Map([
        [
          'query',
          new Map([
            ['a', ['1', '2']],
            ['b', ['x y']],
          ]),
        ],
      ]),
    );
  });

  it.each([
    ['', 'url cannot be empty'],
    ['::', 'parse "::": missing protocol scheme'],
    ['a:b:c/d?e', ''],
    ['a b:c', 'first path segment in URL cannot contain colon'],
    ['http://exa mple.com', 'invalid character " " in host name'],
    ['http://h/%zz', 'parse "http://h/%zz": invalid URL escape "%zz"'],
    ['http://h/%a', 'invalid URL escape "%a"'],
    ['http://h:abc/', 'invalid port ":abc" after host'],
    ['http://[::1/', "missing ']' in host"],
    ['http://a b@h/', 'net/url: invalid userinfo'],
    ['http://h/\n', 'invalid control character in URL'],
    ['http://h:99999999999999999999/', 'value out of range'],
  ])('refuses %j', (text, message) => {
    if (message === '') expect(parts(text)).toMatchObject({ scheme: 'a' });
    else expect(() => parts(text)).toThrow(message);
  });
});
