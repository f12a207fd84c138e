import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { compressor, type Compression } from './compress.js';
import { decompress, type Encoding } from './decompress.js';

const encodings: readonly Encoding[] = ['gzip', 'zlib', 'deflate', 'snappy', 'x-snappy-framed', 'zstd', 'lz4'];

test.each(encodings)('%s of every size comes back as it was', async (encoding) => {
  const compress = await compressor(encoding as Compression, 0);
  for (const size of [0, 1, 100, 70_000, 3_000_000]) {
    const bytes = Buffer.from('telemetry '.repeat(size / 10 + 1)).subarray(0, size);
    const packed = Buffer.from((await compress?.(bytes))?.bytes ?? []);
    const { plain, whole } = await decompress(encoding, packed, 4_000_000);
    expect([size, Buffer.from(plain.bytes).equals(bytes), whole]).toEqual([size, true, true]);
  }
});

test('several exporters with zstd do not spoil each other, however late they come', async () => {
  const bodies: Promise<boolean>[] = [];
  for (let n = 0; n < 6; n++) {
    const compress = await compressor('zstd', n);
    for (let i = 0; i < 20; i++) {
      const bytes = Buffer.from(`{"body":"${n} ${i}"}`.repeat(i + 1));
      const packed = Buffer.from((await compress?.(bytes))?.bytes ?? []);
      bodies.push(decompress('zstd', packed, 100_000).then(({ plain }) => Buffer.from(plain.bytes).equals(bytes)));
      if (i % 5 === 0) await turn();
    }
  }
  expect((await Promise.all(bodies)).every(Boolean)).toBe(true);
});
