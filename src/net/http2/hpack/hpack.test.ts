import { expect, test } from 'vitest';
import { HpackDecoder } from './decoder.js';
import { HpackEncoder } from './encoder.js';
import { decodeHuffman } from './huffman.js';

function hex(text: string): Uint8Array {
  return Buffer.from(text.replaceAll(' ', ''), 'hex');
}

test('three requests with Huffman over one table (RFC 7541 C.4)', () => {
  const decoder = new HpackDecoder(65_536);
  const decode = (text: string): string[] | undefined => {
    const bytes = hex(text);
    return decoder.decode(bytes, 0, bytes.length);
  };
  const first = [':method', 'GET', ':scheme', 'http', ':path', '/', ':authority', 'www.example.com'];
  expect(decode('8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff')).toEqual(first);
  expect(decode('8286 84be 5886 a8eb 1064 9cbf')).toEqual([...first, 'cache-control', 'no-cache']);
  expect(decode('8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf')).toEqual([
    ...[':method', 'GET', ':scheme', 'https', ':path', '/index.html', ':authority', 'www.example.com'],
    ...['custom-key', 'custom-value'],
  ]);
});

test.each([
  ['f1e3c2e5f23a6ba0ab90f4ff', 'www.example.com'],
  ['a8eb10649cbf', 'no-cache'],
  ['d07abe941054d444a8200595040b8166e082a62d1bff', 'Mon, 21 Oct 2013 20:13:21 GMT'],
  ['9d29ad171863c78f0b97c8e9ae82ae43d3', 'https://www.example.com'],
  ['', ''],
])('Huffman: %s is %j', (code, text) => {
  const bytes = hex(code);
  expect(decodeHuffman(bytes, 0, bytes.length)).toBe(text);
});

test('what is said again costs one byte a field, and a secret never enters the table', () => {
  const encoder = new HpackEncoder();
  const fields = [':method', 'POST', ':path', '/a.b.C/Export', 'content-type', 'application/grpc'];
  expect(encoder.encode(fields).length).toBeGreaterThan(20);
  expect(encoder.encode(fields).length).toBe(3);
  const secret = ['authorization', 'Bearer token'];
  const first = Buffer.from(encoder.encode(secret));
  // A literal that must never be indexed, also further on (RFC 7541 6.2.3).
  expect((first[0] as number) & 0xf0).toBe(0x10);
  expect(Buffer.from(encoder.encode(secret))).toEqual(first);
});
