import { crc32, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { beforeAll, expect, test } from 'vitest';
import xxhash from 'xxhash-wasm';
import { compressor, type Compression } from './compress.js';
import { decompress, encodings, type Encoding } from './decompress.js';
import { claimedSize, fastGunzip } from './fast-inflate.js';
import { NoMemory } from './no-memory.js';
import { TooLarge } from './too-large.js';
import { perTurn } from '../../component/turn.js';

const mebi = 1 << 20;
const limit = 20 * mebi;
/** Size of what is inflated below, as large as a body may be. */
const large = Buffer.alloc(19 * mebi, 'telemetry of many kinds ');
const small = Buffer.from('{"traceId":"0102","name":"telemetry"}'.repeat(8));

let xxh32: (bytes: Uint8Array) => number;
let xxh64: (bytes: Uint8Array) => bigint;
beforeAll(async () => {
  const { h32Raw, h64Raw } = await xxhash();
  xxh32 = (bytes) => h32Raw(bytes) >>> 0;
  xxh64 = (bytes) => h64Raw(bytes);
});

async function packed(encoding: Encoding, plain: Uint8Array): Promise<Buffer> {
  const compress = await compressor(encoding as Compression, 0);
  return Buffer.from((await compress?.(plain))?.bytes ?? []);
}

/** Inflates within a bound of memory: how it ends, and the most that was held. */
async function inflate(
  encoding: Encoding,
  body: Uint8Array,
  { most = limit, memory = Number.POSITIVE_INFINITY } = {},
): Promise<{ readonly plain: Buffer | undefined; readonly error: unknown; readonly held: number }> {
  let held = 0;
  const admit = (bytes: number): boolean => {
    if (bytes > memory) return false;
    held = Math.max(held, bytes);
    return true;
  };
  try {
    const { plain } = await decompress(encoding, body, most, admit);
    return { plain: Buffer.from(plain.bytes), error: undefined, held };
  } catch (error) {
    return { plain: undefined, error, held };
  }
}

/** The turns of the event loop while something runs. */
async function turnsOf(run: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let running = true;
  const turn = (): void => {
    turns++;
    if (running) setImmediate(turn);
  };
  setImmediate(turn);
  await run();
  running = false;
  return turns;
}

test.each(encodings)('%s: a body of 19 MiB comes back, and its memory was admitted before', async (encoding) => {
  const { plain, held } = await inflate(encoding, await packed(encoding, large));
  expect(plain?.equals(large)).toBe(true);
  expect(held).toBeGreaterThanOrEqual(large.length);
  // Never more than the output before and after it grew, and what the codec needs.
  expect(held).toBeLessThanOrEqual(2 * limit + mebi);
});

test.each(encodings)('%s: more than the limit ends as too large, and no more than that is held', async (encoding) => {
  const { error, held } = await inflate(encoding, await packed(encoding, large), { most: mebi });
  expect(error).toBeInstanceOf(TooLarge);
  expect(held).toBeLessThanOrEqual(2 * mebi + 512 * 1024);
});

test.each(encodings)('%s: what is not admitted is not inflated', async (encoding) => {
  const body = await packed(encoding, large);
  for (const memory of [0, 512 * 1024, 10 * mebi]) {
    const { error, held } = await inflate(encoding, body, { memory });
    expect(error).toBeInstanceOf(NoMemory);
    expect(held).toBeLessThanOrEqual(memory);
  }
});

/** Bodies of few bytes that say they are 19 MiB. */
const liars: [Encoding, () => Promise<Buffer>][] = [
  [
    'gzip',
    async () => {
      const body = await packed('gzip', small);
      body.writeUInt32LE(large.length, body.length - 4);
      return body;
    },
  ],
  [
    'snappy',
    async () => Buffer.concat([Buffer.from([0x80, 0x80, 0xc0, 0x09]), (await packed('snappy', small)).subarray(2)]),
  ],
  [
    'x-snappy-framed',
    // A chunk of which the block says so.
    () =>
      Promise.resolve(
        Buffer.from([
          ...[0xff, 6, 0, 0, 0x73, 0x4e, 0x61, 0x50, 0x70, 0x59],
          ...[0, 9, 0, 0, 0, 0, 0, 0, 0x80, 0x80, 0xc0, 0x09, 0],
        ]),
      ),
  ],
  [
    'zstd',
    () => {
      // One segment of 19 MiB, of which there is one stored byte.
      const body = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0, 0, 9, 0, 0, 65]);
      body.writeUInt32LE(large.length, 5);
      return Promise.resolve(body);
    },
  ],
  ['lz4', () => Promise.resolve(lz4Frame({ plain: small, size: large.length }))],
];

test.each(liars)('%s: a small body that lies about its size holds little', async (encoding, make) => {
  const body = await make();
  const { error, held } = await inflate(encoding, body);
  expect((error as Error).message).toMatch(new RegExp(`^${encoding.replace('x-snappy-framed', 'snappy')}: `));
  expect(held).toBeLessThanOrEqual(512 * 1024);
});

/** An LZ4 frame of one stored block with every checksum. */
function lz4Frame({ plain, size = plain.length }: { readonly plain: Uint8Array; readonly size?: number }): Buffer {
  const head = Buffer.from([0b0111_1100, 0x40, 0, 0, 0, 0, 0, 0, 0, 0]);
  head.writeUInt32LE(size, 2);
  const u32 = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value >>> 0);
    return bytes;
  };
  return Buffer.concat([
    u32(0x184d2204),
    head,
    Buffer.from([(xxh32(head) >>> 8) & 255]),
    u32((0x8000_0000 | plain.length) >>> 0),
    plain,
    u32(xxh32(plain)),
    u32(0),
    u32(xxh32(plain)),
  ]);
}

/** A zstd frame with a checksum. */
async function zstdFrame(plain: Uint8Array): Promise<Buffer> {
  const body = await packed('zstd', plain);
  body[4] = (body[4] as number) | 4;
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(Number(xxh64(plain) & 0xffff_ffffn));
  return Buffer.concat([body, sum]);
}

test.each<[Encoding, () => Buffer | Promise<Buffer>]>([
  ['gzip', () => gzipSync(small)],
  ['zlib', () => deflateSync(small)],
  ['deflate', () => deflateSync(small)],
  ['snappy', () => packed('x-snappy-framed', small)],
  ['x-snappy-framed', () => packed('x-snappy-framed', small)],
  ['zstd', () => zstdFrame(small)],
  ['lz4', () => lz4Frame({ plain: small })],
])('%s: no changed bit goes unnoticed where there is a checksum', async (encoding, make) => {
  const body = await make();
  expect((await inflate(encoding, body)).plain?.equals(small)).toBe(true);
  let refused = 0;
  for (let bit = 0; bit < body.length * 8; bit++) {
    // The type of a snappy chunk has no checksum: with its highest bit a chunk is one to be skipped.
    if (encoding.includes('snappy') && bit === 10 * 8 + 7) continue;
    const changed = Buffer.from(body);
    changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
    const { plain } = await inflate(encoding, changed);
    if (plain) expect([bit, plain.equals(small)]).toEqual([bit, true]);
    else refused++;
  }
  // All but those of the header that mean nothing, such as the time of a gzip member.
  expect(refused).toBeGreaterThan((body.length - 10) * 8);
});

const frame = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, 1, 9, 0, 0, 65]);
const skippable = [0x50, 0x2a, 0x4d, 0x18];

test.each<[string, Encoding, () => Buffer, string]>([
  ...[27.125, 28, 31, 41].map((log): [string, Encoding, () => Buffer, string] => [
    `a window of 2^${log}`,
    'zstd',
    () => Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, (Math.floor(log) - 10) * 8 + (log % 1) * 8, 1, 0, 0, 0]),
    'zstd: window size exceeded',
  ]),
  [
    'a dictionary',
    'zstd',
    () => Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x21, 7, 1, 9, 0, 0, 65]),
    'zstd: a dictionary is needed',
  ],
  ['half a skippable frame', 'zstd', () => Buffer.concat([frame, Buffer.from(skippable)]), 'zstd: unexpected EOF'],
  [
    'a skippable frame without its data',
    'zstd',
    () => Buffer.concat([frame, Buffer.from([...skippable, 1, 0, 0, 0])]),
    'zstd: unexpected EOF',
  ],
  [
    'bytes that are no frame',
    'zstd',
    () => Buffer.concat([frame, small]),
    'zstd: invalid input: magic number mismatch',
  ],
  ['a reserved bit', 'zstd', () => Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x28, 1, 9, 0, 0, 65]), 'zstd: reserved bit'],
  [
    'less than it says',
    'zstd',
    () => Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, 2, 9, 0, 0, 65]),
    'zstd: invalid frame',
  ],
  [
    'a skippable frame that overruns',
    'lz4',
    () => Buffer.concat([lz4Frame({ plain: small }), Buffer.from([...skippable, 9, 0, 0, 0, 1])]),
    'lz4: unexpected EOF',
  ],
  ['half a skippable frame', 'lz4', () => Buffer.from(skippable), 'lz4: unexpected EOF'],
  ['bytes that are no frame', 'lz4', () => Buffer.concat([lz4Frame({ plain: small }), small]), 'lz4: bad magic number'],
  ['more than it says', 'lz4', () => lz4Frame({ plain: small, size: 1 }), 'lz4: invalid content size'],
  ['a block larger than its frame allows', 'lz4', () => lz4Frame({ plain: large }), 'lz4: invalid block size'],
])('%s: %s is refused', async (_what, encoding, make, message) => {
  const { error, held } = await inflate(encoding, make());
  expect((error as Error | undefined)?.message).toContain(message);
  expect(held).toBeLessThanOrEqual(limit * 5);
});

test('frames that hold nothing, and the largest window, are read', async () => {
  const nothing = Buffer.from([...skippable, 2, 0, 0, 0, 1, 2]);
  for (const [body, plain] of [
    [Buffer.concat([nothing, frame, nothing]), 'A'],
    [nothing, ''],
    [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 17 * 8, 9, 0, 0, 65]), 'A'],
  ] as const) {
    const { plain: there, held } = await inflate('zstd', body);
    expect(there?.toString()).toBe(plain);
    expect(held).toBeLessThanOrEqual(512 * 1024);
  }
});

test.each(encodings)('%s: eight large bodies at once leave the event loop its turns', async (encoding) => {
  const plain = large.subarray(0, 6 * mebi);
  const body = await packed(encoding, plain);
  const turns = await turnsOf(() => Promise.all(Array.from({ length: 8 }, () => inflate(encoding, body))));
  // Even at one unit of work for each byte.
  expect(turns).toBeGreaterThanOrEqual((8 * plain.length) / perTurn);
});

test.each(['snappy', 'x-snappy-framed', 'zstd'] as const)(
  '%s: eight large bodies are compressed over several turns, and read as one',
  async (encoding) => {
    const plain = large.subarray(0, 4 * mebi + 1);
    const compress = await compressor(encoding, 0);
    const bodies: Uint8Array[] = [];
    const turns = await turnsOf(async () => {
      const all = await Promise.all(Array.from({ length: 8 }, async () => compress?.(plain)));
      for (const body of all) if (body) bodies.push(body.bytes);
    });
    expect(turns).toBeGreaterThanOrEqual((8 * plain.length) / perTurn);
    expect(bodies).toHaveLength(8);
    for (const body of bodies) expect((await inflate(encoding, body)).plain?.equals(plain)).toBe(true);
  },
);

/** `count` blocks of codes of their own that hold nothing, with `between` behind each group of four, then the end. */
function emptyBlocks(count: number, between: Uint8Array): Buffer {
  const bits: number[] = [];
  const put = (value: number, size: number): void => {
    for (let i = 0; i < size; i++) bits.push((value >> i) & 1);
  };
  for (let block = 0; block < 4; block++) {
    put(0b100, 3);
    put(0, 10);
    put(14, 4);
    // Lengths of codes: of a run of zeros, and of 1.
    for (let i = 0; i < 18; i++) put(i === 2 || i === 17 ? 1 : 0, 3);
    put(1, 1);
    put(127, 7);
    put(1, 1);
    put(107, 7);
    put(0, 3);
  }
  const four = Buffer.alloc(bits.length / 8);
  bits.forEach((bit, i) => (four[i >> 3] = (four[i >> 3] as number) | (bit << (i & 7))));
  const group = Buffer.concat([four, between]);
  return Buffer.concat([...Array<Buffer>(count / 4).fill(group), deflateRawSync('')]);
}

/** A gzip member of a stream that inflates to so many zeros. */
function gzipOf(raw: Uint8Array, zeros = 0): Buffer {
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(Buffer.alloc(zeros)), 0);
  trailer.writeUInt32LE(zeros, 4);
  return Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]), raw, trailer]);
}

test('streams of many tables are left to zlib, and what they cost here counts', async () => {
  const stored = Buffer.alloc(5 * 30);
  for (let at = 0; at < stored.length; at += 5) stored.writeUInt16LE(0xffff, at + 3);
  const few = gzipOf(emptyBlocks(1000, stored));
  const many = gzipOf(emptyBlocks(1100, stored));
  expect(fastGunzip(few, claimedSize(few) ?? -1)?.bytes).toHaveLength(0);
  expect(fastGunzip(many, claimedSize(many) ?? -1)).toBeUndefined();
  expect((await inflate('gzip', many)).plain).toHaveLength(0);
  // None says that it holds anything, so that only the tables count.
  const turns = await turnsOf(() => Promise.all(Array.from({ length: 20 }, () => inflate('gzip', few))));
  expect(turns).toBeGreaterThanOrEqual(19);
});

test.each(['gzip', 'deflate'] as const)(
  '%s: megabytes of tables that hold nothing do not stop the loop',
  async (encoding) => {
    const raw = emptyBlocks(100_000, new Uint8Array());
    const body =
      encoding === 'gzip' ? gzipOf(raw) : Buffer.concat([Buffer.from([0x78, 1]), raw, Buffer.from([0, 0, 0, 1])]);
    let plain: Buffer | undefined;
    const turns = await turnsOf(async () => ({ plain } = await inflate(encoding, body)));
    expect(plain).toHaveLength(0);
    expect(turns).toBeGreaterThanOrEqual(body.length / (64 * 1024));
  },
);
