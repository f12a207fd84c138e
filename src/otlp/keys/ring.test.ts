import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { Ring, type RingVersion } from './ring.js';

const two = ['endpoint-1', 'endpoint-2'];
const three = ['10.0.0.1:4317', '10.0.0.2:4317', '10.0.0.3:4317'];

// Which of the endpoints owns an identifier on rings 1, 2 and 3 of `two` and of `three` (docs/spec/gateway.md#ring;
// where its computed value for "ad-service-7" and the recorded rings disagree, the recording decides).
test.each<[string | Buffer, string]>([
  [Buffer.from([1, 2, 0, 0]), '122 213'],
  [Buffer.from([0x80, 0x80, 0, 0]), '211 331'],
  ['ad-service-7', '122 213'],
  ['get-recommendations-1', '212 312'],
  [Buffer.from('00000000000000000000000000000001', 'hex'), '111 332'],
  [Buffer.from('0102030405060708090a0b0c0d0e0f10', 'hex'), '122 322'],
  [Buffer.from('4bf92f3577b34da6a3ce929d0e0e4736', 'hex'), '212 333'],
  ['4bf92f3577b34da6a3ce929d0e0e4736', '122 232'],
  [Buffer.from('ff'.repeat(16), 'hex'), '211 132'],
  [Buffer.from('5b8aa5a2d2c872e8321cf37308d69df2', 'hex'), '221 232'],
  ['checkout', '121 221'],
])('%s has the owners of every generation', (identifier, owners) => {
  const hash = crc32(identifier);
  const of = (endpoints: readonly string[]): string =>
    ([1, 2, 3] satisfies RingVersion[]).map((version) => new Ring(endpoints, version).ownerOf(hash) + 1).join('');
  expect(`${of(two)} ${of(three)}`).toBe(owners);
});
