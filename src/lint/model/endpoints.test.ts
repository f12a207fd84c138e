import { expect, test } from 'vitest';
import { isLoopback, isPrivate, splitHostPort } from './endpoints.js';

test.each([
  ['localhost:4317', 'localhost', 4317],
  ['collector.example.com', 'collector.example.com', undefined],
  ['[::1]:4317', '::1', 4317],
  ['[::]:4317', '::', 4317],
  [':4317', '', 4317],
  ['dns:///gateway.svc:4317', 'gateway.svc', 4317],
  ['https://user:pass@Example.com/v1?x=1', 'example.com', 443],
  ['http://example.com:8080/path', 'example.com', 8080],
  ['http://[2001:db8::1]', '2001:db8::1', 80],
  ['', '', undefined],
])('%s', (text, host, port) => {
  expect(splitHostPort(text)).toEqual({ host, port });
});

test('addresses of this machine', () => {
  for (const host of ['localhost', '127.0.0.1', '127.8.9.1', '::1', 'a.localhost'])
    expect(isLoopback(host), host).toBe(true);
  for (const host of ['', '0.0.0.0', '10.0.0.1', 'localhost.example.com']) expect(isLoopback(host), host).toBe(false);
});

test('names and addresses of private networks', () => {
  for (const host of [
    'gateway',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '100.64.1.1',
    'fd00::1',
    'a.b.svc.cluster.local',
  ])
    expect(isPrivate(host), host).toBe(true);
  for (const host of ['a.svc', 'x.internal', 'y.corp', 'a.b.svc.example.com']) expect(isPrivate(host), host).toBe(true);
  for (const host of ['example.com', '203.0.113.7', '172.32.0.1', '100.128.0.1', 'svc.example.com'])
    expect(isPrivate(host), host).toBe(false);
});
