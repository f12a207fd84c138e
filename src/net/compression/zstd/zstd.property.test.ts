import { compress, decompress as reference, init } from '@bokuweb/zstd-wasm';
import fc from 'fast-check';
import xxhash from 'xxhash-wasm';
import { beforeAll, expect, test } from 'vitest';
import { plainBytes, spoil, spots } from '../../../../test/support/plain-bytes.js';
import { readZstdFrames } from './frames.js';

const numRuns = Number(process.env['KANMON_FUZZ_RUNS'] ?? 200);
const limit = 1 << 20;
const inflate = async (bytes: Uint8Array): Promise<Buffer> =>
  Buffer.from((await readZstdFrames(bytes, limit, () => true)).bytes);

let sum: (bytes: Uint8Array) => bigint;
beforeAll(async () => {
  await init();
  const { h64Raw } = await xxhash();
  sum = (bytes) => h64Raw(bytes);
});

/** A frame of zstd itself, in the forms that its command line and streams write too. */
function frame(plain: Uint8Array, level: number, form: 'as it is' | 'checksum' | 'no size'): Buffer {
  const packed = Buffer.from(compress(Buffer.from(plain), level));
  const flags = packed[4] as number;
  if (form === 'checksum') {
    packed[4] = flags | 4;
    const trailer = Buffer.alloc(4);
    trailer.writeUInt32LE(Number(sum(plain) & 0xffff_ffffn));
    return Buffer.concat([packed, trailer]);
  }
  if (form === 'as it is') return packed;
  // A window of 1 MiB in place of the size: the blocks are the same.
  const single = (flags & 32) !== 0;
  const header = 1 + (single ? 0 : 1) + ([single ? 1 : 0, 2, 4, 8][flags >> 6] as number);
  return Buffer.concat([packed.subarray(0, 4), Buffer.from([0, 10 << 3]), packed.subarray(4 + header)]);
}

const forms = fc.constantFrom('as it is' as const, 'checksum' as const, 'no size' as const);
const levels = fc.constantFrom(1, 2, 3, 6, 9, 13, 19, 22);

test('what zstd compresses at any level is inflated to the same, frame by frame', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(plainBytes, levels, forms), { maxLength: 3 }), async (frames) => {
      const skipped = Buffer.from([0x5e, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
      const body = Buffer.concat(frames.flatMap(([plain, level, form]) => [frame(plain, level, form), skipped]));
      expect((await inflate(body)).equals(Buffer.concat(frames.map(([plain]) => plain)))).toBe(true);
    }),
    { numRuns },
  );
});

test('large bodies and blocks of every kind come back as they were', async () => {
  for (const plain of [
    Buffer.alloc(700_000, 7),
    Buffer.alloc(700_000, 'telemetry of many kinds '),
    Buffer.from(Uint8Array.from({ length: 300_000 }, (_, i) => (Math.imul(i, 2_654_435_761) >>> 24) & (i >> 12))),
  ])
    for (const level of [1, 3, 12, 19])
      for (const form of ['as it is', 'checksum', 'no size'] as const)
        expect((await inflate(frame(plain, level, form))).equals(plain)).toBe(true);
});

test('a spoiled body is inflated as zstd inflates it, or refused', async () => {
  let both = 0;
  await fc.assert(
    fc.asyncProperty(plainBytes, levels, forms, spots, async (plain, level, form, damage) => {
      const body = spoil(frame(plain.subarray(0, 3000), level, form), damage);
      let here: Buffer | undefined;
      try {
        here = await inflate(body);
      } catch (error) {
        expect((error as Error).message).toMatch(/^(zstd: |http: request body too large)/);
        return;
      }
      both++;
      expect(here.equals(reference(body, { defaultHeapSize: limit }))).toBe(true);
    }),
    { numRuns: numRuns * 3 },
  );
  expect(both).toBeGreaterThan(0);
});

test('with a checksum no changed byte goes unnoticed', async () => {
  const plain = Buffer.from('{"traceId":"0102","name":"telemetry"}'.repeat(40));
  const body = frame(plain, 3, 'checksum');
  for (let at = 0; at < body.length; at++) {
    const changed = Buffer.from(body);
    changed[at] = (changed[at] as number) ^ (1 << (at % 8));
    const there = await inflate(changed).catch(() => undefined);
    if (there) expect([at, there.equals(plain)]).toEqual([at, true]);
    if (at > 0) await expect(inflate(body.subarray(0, at))).rejects.toThrow('zstd: ');
  }
});
