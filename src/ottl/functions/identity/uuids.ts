import { converter, type Converter } from '../../function.js';

/** Random UUIDs. */
const uuid: Converter = converter('UUID', {}, (_, { randomBytes }) => () => {
  const bytes = new Uint8Array(16);
  randomBytes(bytes);
  return written(bytes, 4);
});

/** UUIDs that begin with the time in milliseconds, so that they sort by it. */
const uuidV7: Converter = converter('UUIDv7', {}, (_, { now, randomBytes }) => () => {
  const bytes = new Uint8Array(16);
  randomBytes(bytes);
  const milliseconds = Number(now() / 1_000_000n);
  Buffer.from(bytes.buffer).writeUIntBE(milliseconds, 0, 6);
  return written(bytes, 7);
});

export const uuidFunctions: readonly Converter[] = [uuid, uuidV7];

function written(bytes: Uint8Array, version: number): string {
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | (version << 4);
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const digits = Buffer.from(bytes).toString('hex');
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join(
    '-',
  );
}
