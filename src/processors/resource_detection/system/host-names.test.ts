import { expect, test } from 'vitest';
import { qualifiedName, searchDomains } from './host-names.js';

test('the qualified name in a hosts file', () => {
  const hosts = '127.0.0.1 localhost\n10.0.0.2\tweb  web.example.com # web.wrong\n10.0.0.3 web.other.com web\n';
  expect(qualifiedName(hosts, 'web')).toBe('web.example.com');
  expect(qualifiedName(hosts, 'web.other.com')).toBe('web.other.com');
  expect(qualifiedName(hosts, 'localhost')).toBeUndefined();
  expect(qualifiedName('', 'web')).toBeUndefined();
});

test('the domains that names are searched in', () => {
  expect(searchDomains('nameserver 10.0.0.1\nsearch a.example. b.example\n')).toEqual(['a.example', 'b.example']);
  expect(searchDomains('domain a.example\nsearch .\n')).toEqual([]);
  expect(searchDomains('')).toEqual([]);
});
