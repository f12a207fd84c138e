import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import xxhash from 'xxhash-wasm';
import { hostWith } from '../../../test/support/host.js';
import { heldWorld } from '../../../test/support/held-world.js';
import { encodeSpans } from '../../../test/support/otlp.js';
import { definition } from './index.js';

const { h32Raw, h64Raw } = await xxhash();
const request = encodeSpans([{ traceId: '5b8aa5a2d2c872e8321cf37308d69df2', spanId: '051581bf3cb55c13' }]);
const bytes = (...list: number[]): Buffer => Buffer.from(list);

function u32(value: number): Buffer {
  const four = Buffer.alloc(4);
  four.writeUInt32LE(value >>> 0);
  return four;
}

const zstdMagic = bytes(0x28, 0xb5, 0x2f, 0xfd);
/** A zstd frame of one stored block, with what stands behind its descriptor and behind its data. */
function zstd(descriptor: number, { dictionary = bytes(), behind = bytes() } = {}): Buffer {
  const block = u32(request.length * 8 + 1).subarray(0, 3);
  const head = Buffer.concat([bytes(descriptor), dictionary, bytes(request.length)]);
  return Buffer.concat([zstdMagic, head, block, request, behind]);
}
const zstdSum = u32(Number(h64Raw(request) & 0xffff_ffffn));
const checksummed = 0x24;

/** An lz4 frame of one stored block, with a checksum of the block and of all. */
function lz4(blockSum: number, sum: number): Buffer {
  const descriptor = bytes(0b0111_0100, 0x40);
  return Buffer.concat([
    ...[u32(0x184d2204), descriptor, bytes((h32Raw(descriptor) >>> 8) & 255), u32(0x8000_0000 + request.length)],
    ...[request, u32(blockSum), u32(0), u32(sum)],
  ]);
}
const lz4Sum = h32Raw(request);

/** A skippable frame that says to have this many bytes of data, and has these. */
const skippable = (size: number, ...data: number[]): Buffer =>
  Buffer.concat([bytes(0x50, 0x2a, 0x4d, 0x18), u32(size), bytes(...data)]);

function changed(body: Buffer, at: number): Buffer {
  const other = Buffer.from(body);
  other[other.length + at] = (other.at(at) ?? 0) ^ 1;
  return other;
}

let url = '';
let accepted = 0;
let stop: (() => unknown) | undefined;
beforeAll(async () => {
  const config = definition.config.parse({ protocols: { http: { endpoint: '127.0.0.1:0' } } });
  const receiver = await definition.create(config, heldWorld().context, {
    consume: (batch) => Promise.resolve(void (accepted += batch.itemCount)),
  });
  await receiver.start?.(hostWith());
  stop = () => receiver.shutdown?.(AbortSignal.abort());
  url = `http://127.0.0.1:${receiver.listensAt?.()[0]?.port ?? 0}/v1/traces`;
});
afterAll(() => stop?.());

test.each([
  ['zstd', 'a checksum', zstd(checksummed, { behind: zstdSum }), 200, 1],
  ['zstd', 'a wrong checksum', zstd(checksummed, { behind: changed(zstdSum, -1) }), 400, 0],
  ['zstd', 'a changed byte', changed(zstd(checksummed, { behind: zstdSum }), -5), 400, 0],
  ['zstd', 'half a checksum', zstd(checksummed, { behind: zstdSum.subarray(2) }), 400, 0],
  ['zstd', 'a dictionary', zstd(0x21, { dictionary: bytes(7) }), 400, 0],
  ['zstd', 'a skippable frame behind', zstd(0x20, { behind: skippable(2, 1, 2) }), 200, 1],
  ['zstd', 'a skippable frame without its data', zstd(0x20, { behind: skippable(2) }), 400, 0],
  ['zstd', 'the head of a skippable frame', zstd(0x20, { behind: skippable(0).subarray(0, 4) }), 400, 0],
  // They hold an empty request.
  ['zstd', 'skippable frames only', Buffer.concat([skippable(1, 1), skippable(0)]), 200, 0],
  ['lz4', 'checksums', lz4(lz4Sum, lz4Sum), 200, 1],
  ['lz4', 'a wrong checksum of a block', lz4(lz4Sum ^ 1, lz4Sum), 400, 0],
  ['lz4', 'a wrong checksum', lz4(lz4Sum, lz4Sum ^ 1), 400, 0],
  ['lz4', 'a skippable frame that overruns', Buffer.concat([lz4(lz4Sum, lz4Sum), skippable(9, 1)]), 400, 0],
  ['gzip', 'a checksum', gzipSync(request), 200, 1],
  ['gzip', 'a wrong checksum', changed(gzipSync(request), -8), 400, 0],
  ['gzip', 'a wrong length', changed(gzipSync(request), -4), 400, 0],
])('%s with %s is answered as it should', async (encoding, _what, body, status, items) => {
  accepted = 0;
  const answer = await fetch(url, {
    method: 'POST',
    body: body as never,
    headers: { 'content-type': 'application/x-protobuf', 'content-encoding': encoding },
  });
  expect([answer.status, accepted]).toEqual([status, items]);
});
