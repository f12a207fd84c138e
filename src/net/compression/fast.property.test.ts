import { constants, deflateRawSync, gunzipSync, gzipSync, inflateSync, crc32, type ZlibOptions } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { plainBytes, spoil, spots } from '../../../test/support/plain-bytes.js';
import { decompress } from './decompress.js';
import { fastGzip, fastMost, fastZlib } from './fast-deflate.js';
import { claimedSize, fastGunzip } from './fast-inflate.js';
import { foldFrom } from './folded.js';
import { TooLarge } from './too-large.js';

const numRuns = Number(process.env['KANMON_FUZZ_RUNS'] ?? 300);

const zlibOptions: fc.Arbitrary<ZlibOptions> = fc.record({
  level: fc.integer({ min: 0, max: 9 }),
  // The lowest level makes too many tables for too few bytes now and then; those are left to zlib.
  memLevel: fc.integer({ min: 2, max: 9 }),
  windowBits: fc.integer({ min: 9, max: 15 }),
  strategy: fc.constantFrom(
    constants.Z_DEFAULT_STRATEGY,
    constants.Z_FILTERED,
    constants.Z_HUFFMAN_ONLY,
    constants.Z_RLE,
    constants.Z_FIXED,
  ),
});

const gunzip = (bytes: Uint8Array): Uint8Array | undefined => {
  const size = claimedSize(bytes);
  return size === undefined ? undefined : fastGunzip(bytes, size)?.bytes;
};
const gzip = (bytes: Uint8Array): Uint8Array => fastGzip(bytes).bytes;
const zlib = (bytes: Uint8Array): Uint8Array => fastZlib(bytes).bytes;

test('what is compressed here, zlib inflates, whatever it is', () => {
  fc.assert(
    fc.property(plainBytes, (plain) => {
      expect(gunzipSync(gzip(plain)).equals(plain)).toBe(true);
      expect(inflateSync(zlib(plain)).equals(plain)).toBe(true);
      // Never more than stored blocks and the framing.
      expect(gzip(plain).length).toBeLessThanOrEqual(plain.length + 5 * Math.ceil(plain.length / 65_535) + 5 + 18);
    }),
    { numRuns },
  );
});

test('every small size, and the largest', () => {
  for (let size = 0; size <= 600; size++)
    for (const plain of [Buffer.alloc(size, 7), Buffer.from('telemetry '.repeat(61)).subarray(0, size)])
      expect(gunzipSync(gzip(plain)).equals(plain)).toBe(true);
  for (const plain of [Buffer.alloc(fastMost, 7), Buffer.alloc(fastMost, 'abc def ghi jkl 0123456789 ')]) {
    expect(gunzipSync(gzip(plain)).equals(plain)).toBe(true);
    expect(Buffer.from(gunzip(gzipSync(plain)) ?? []).equals(plain)).toBe(true);
  }
});

test('the checksum of a large body detects every changed bit, around the sizes where its algorithm changes', () => {
  const noise = Buffer.alloc(200_000);
  for (let i = 0, state = 7; i < noise.length; i++)
    noise[i] = (state = (Math.imul(state, 1_103_515_245) + 12_345) | 0) >>> 16;
  for (const around of [foldFrom, 65_536, 66_048, 132_096, 199_998]) {
    for (let size = around - 2; size <= around + 2; size++) {
      const plain = noise.subarray(0, size);
      expect(gunzipSync(gzip(plain)).equals(plain)).toBe(true);
      // Stored, so that a flipped bit is just that.
      const body = gzipSync(plain, { level: 0 });
      expect(Buffer.from(gunzip(body) ?? []).equals(plain)).toBe(true);
      for (const at of [16, 17, 20, size >> 1, size - 12_024, size - 12_000, size]) {
        body[at] = (body[at] ?? 0) ^ 16;
        expect(gunzip(body)).toBeUndefined();
        body[at] = (body[at] ?? 0) ^ 16;
      }
    }
  }
});

test('the same bytes are compressed to the same, whatever came before', () => {
  fc.assert(
    fc.property(plainBytes, plainBytes, (one, other) => {
      const first = Buffer.from(gzip(one));
      gzip(other);
      expect(first.equals(gzip(one))).toBe(true);
    }),
    { numRuns: Math.min(numRuns, 100) },
  );
});

test('what zlib compresses in any way is inflated here to the same', () => {
  fc.assert(
    fc.property(plainBytes, zlibOptions, (plain, options) => {
      const inflated = gunzip(gzipSync(plain, options));
      expect(inflated && Buffer.from(inflated).equals(plain)).toBe(true);
    }),
    { numRuns },
  );
});

/** A gzip body around a deflate stream, with a trailer that fits whatever zlib makes of it. */
function framed(raw: Uint8Array, size: number, sum: number): Buffer {
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(sum, 0);
  trailer.writeUInt32LE(size, 4);
  return Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]), raw, trailer]);
}

test('a spoiled stream is inflated as zlib inflates it, or left to zlib', () => {
  fc.assert(
    fc.property(plainBytes, zlibOptions, spots, (plain, options, damage) => {
      const raw = spoil(deflateRawSync(plain.subarray(0, 3000), options), damage);
      for (const [size, sum] of [
        [plain.length, crc32(plain)],
        [3000, 0],
      ] as const) {
        const body = framed(raw, size, sum);
        const here = gunzip(body);
        let there: Buffer | undefined;
        try {
          there = gunzipSync(body, { maxOutputLength: 100_000 });
        } catch {
          // Not sound.
        }
        if (here) expect(there && Buffer.from(here).equals(there)).toBe(true);
      }
    }),
    { numRuns },
  );
});

test('nothing of an earlier body is seen through a distance that leads before the beginning', () => {
  const secret = Buffer.alloc(50_000, 'secret ');
  expect(gunzip(gzipSync(secret))).toHaveLength(50_000);
  // A fixed block: a match of three bytes, four back, at the very start.
  for (let distance = 0; distance < 30; distance++) {
    const bits = [
      1,
      1,
      0,
      ...[0, 0, 0, 0, 0, 0, 1],
      ...Array.from({ length: 5 }, (_, i) => (distance >> (4 - i)) & 1),
      ...Array(40).fill(0),
    ];
    const raw = Buffer.alloc(Math.ceil(bits.length / 8));
    bits.forEach((bit: number, i) => (raw[i >> 3] = (raw[i >> 3] ?? 0) | (bit << (i & 7))));
    expect(gunzip(framed(raw, 3, crc32(Buffer.from('sec'))))).toBeUndefined();
  }
});

test('bodies of other forms, and such as lie, end as zlib ends them', async () => {
  const plain = Buffer.alloc(100_000, 'telemetry of many kinds ');
  const body = gzipSync(plain);
  const two = Buffer.concat([body, gzipSync('more')]);
  expect(
    Buffer.from((await decompress('gzip', two, 1 << 20)).plain.bytes).equals(
      Buffer.concat([plain, Buffer.from('more')]),
    ),
  ).toBe(true);
  const small = Buffer.from(body);
  small.writeUInt32LE(10, small.length - 4);
  await expect(decompress('gzip', small, 1 << 20)).rejects.toThrow('gzip: incorrect length check');
  const sum = Buffer.from(body);
  sum.writeUInt32LE(1, sum.length - 8);
  await expect(decompress('gzip', sum, 1 << 20)).rejects.toThrow('gzip: incorrect data check');
  await expect(decompress('gzip', body, 99_999)).rejects.toThrow(TooLarge);
  const named = Buffer.concat([
    body.subarray(0, 3),
    Buffer.from([8]),
    body.subarray(4, 10),
    Buffer.from('name\0'),
    body.subarray(10),
  ]);
  expect(Buffer.from((await decompress('gzip', named, 1 << 20)).plain.bytes).equals(plain)).toBe(true);
  for (let cut = 0; cut < body.length; cut += 7)
    await expect(decompress('gzip', body.subarray(0, cut), 1 << 20)).rejects.toThrow('gzip: ');
});

test('many bodies at once are inflated over several turns of the event loop', async () => {
  const body = gzipSync(Buffer.alloc(1 << 20, 'telemetry '));
  let turns = 0;
  let running = true;
  const turn = (): void => {
    turns++;
    if (running) setImmediate(turn);
  };
  setImmediate(turn);
  await Promise.all(Array.from({ length: 12 }, () => decompress('gzip', body, 1 << 21)));
  running = false;
  expect(turns).toBeGreaterThanOrEqual(5);
});
