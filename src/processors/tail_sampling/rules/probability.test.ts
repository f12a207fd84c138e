import { expect, test } from 'vitest';
import { TraceShare } from './probability.js';

/** FNV-1a-64 as it is written down. */
function hashOf(bytes: Uint8Array): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
  return hash;
}

test.each([
  [1, 0x028f5c28f5c28f5fn],
  [10, 0x19999999999999ffn],
  [25, 0x3fffffffffffffffn],
  [50, 0x7fffffffffffffffn],
  [99, 0xfd70a3d70a3d6fffn],
  [100, 0xffffffffffffffffn],
  [150, 0xffffffffffffffffn],
  [0, 0n],
  [-5, 0n],
])('the share of %s percent ends where the Collector ends it', (percentage, limit) => {
  expect(new TraceShare('', percentage).limit).toBe(limit);
});

// docs/spec/gateway.md#tail-sampling-policies
test.each([
  ['ffffffffffffffffffffffffffffffff', 0x17bec3739634fe2dn],
  ['5b8aa5a2d2c872e8321cf37308d69df2', 0xa5bea68bf4217aban],
  ['4bf92f3577b34da6a3ce929d0e0e4736', 0xa54533ba2e4970b5n],
  ['0102030405060708090a0b0c0d0e0f10', 0xdbcf64d5420f4cadn],
  ['00000000000000000000000000000001', 0xe19535eed1bbaa8an],
])('trace %s', (id, hash) => {
  expect(hashOf(Buffer.concat([Buffer.from('default-hash-seed'), Buffer.from(id, 'hex')]))).toBe(hash);
  const ids = Buffer.from(`00${id}00`, 'hex');
  const percentage = Number((hash * 1_000_000n) >> 64n) / 10_000;
  expect(new TraceShare('', percentage - 0.001).has(ids, 1)).toBe(false);
  expect(new TraceShare('', percentage + 0.001).has(ids, 1)).toBe(true);
});

test('any salt, any share: the hash against the limit', () => {
  const ids = Buffer.alloc(16);
  for (let i = 0; i < 2000; i++) {
    ids.writeUInt32LE(Math.imul(i, 0x9e3779b1) >>> 0, i % 13);
    const salt = i % 2 === 0 ? `salt ${i}` : 'é';
    const share = new TraceShare(salt, i / 20);
    expect(share.has(ids, 0)).toBe(hashOf(Buffer.concat([Buffer.from(salt), ids])) <= share.limit);
  }
});
