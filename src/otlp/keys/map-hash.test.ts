import { expect, test } from 'vitest';
import { Batch } from '../batch.js';
import { ResourceCursor } from '../view/resource-cursor.js';
import { mapHash } from './map-hash.js';

const varint = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]);
const field = (number: number, body: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from([number * 8 + 2, ...varint(body.length)]), body]);
const text = (value: string): Buffer => field(1, Buffer.from(value));
const entry = (key: string, value: Uint8Array): Buffer => Buffer.concat([field(1, Buffer.from(key)), field(2, value)]);
const map = (...entries: Uint8Array[]): Buffer => field(6, Buffer.concat(entries.map((one) => field(1, one))));

function hashOf(...entries: Uint8Array[]): string {
  const resource = Buffer.concat(entries.map((one) => field(1, one)));
  const scopes = field(2, field(2, Buffer.alloc(0)));
  const cursor = new ResourceCursor();
  const out = new Uint8Array(16);
  cursor.open(new Batch('traces', field(1, Buffer.concat([field(1, resource), scopes])), 1));
  cursor.next();
  mapHash(cursor.resource, out);
  return Buffer.from(out).toString('hex');
}

test('a repeated key carries the first value again', () => {
  const nested = map(entry('x', text('1')), entry('y', text('2')));
  const twice = hashOf(entry('a', nested), entry('a', nested));
  expect(hashOf(entry('a', nested), entry('a', text('other')))).toBe(twice);
  expect(hashOf(entry('a', nested))).not.toBe(twice);
  expect(hashOf(entry('a', nested), entry('b', text('')), entry('a', text('')))).not.toBe(twice);
});

test('maps with a repeated key at every level do not double the work at each', () => {
  let value: Uint8Array = text('x');
  for (let depth = 0; depth < 60; depth++) value = map(entry('a', value), entry('a', text('')));
  const once = hashOf(entry('a', value));
  expect(hashOf(entry('a', value))).toBe(once);
  expect(hashOf(entry('a', value), entry('b', text('')))).not.toBe(once);
});

test('a long value under a key that is repeated often does not multiply', () => {
  const repeated = Array.from({ length: 100_000 }, () => entry('a', text('')));
  const hash = hashOf(entry('a', text('x'.repeat(1_000_000))), ...repeated);
  expect(hash).not.toBe(hashOf(entry('a', text('y'.repeat(1_000_000))), ...repeated));
});
