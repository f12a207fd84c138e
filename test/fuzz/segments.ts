import type { Disk } from '../../src/extensions/file_storage/disk.js';
import { encodeFrame, type FrameOperation } from '../../src/extensions/file_storage/frame.js';
import { scanSegment } from '../../src/extensions/file_storage/scan.js';
import { law } from './law.js';
import type { Target } from './targets.js';

const marker = Buffer.from('0123456789abcdef', 'hex');

const set = (key: string, size: number): FrameOperation => ({
  kind: 'set',
  key,
  value: Buffer.alloc(size, key),
  crc: 7,
});
const encoded = (...frames: readonly (readonly FrameOperation[])[]): Buffer =>
  Buffer.concat(frames.flatMap((operations) => encodeFrame(marker, operations).pieces));

/** A disk that has one file in memory, and counts the bytes that are read. */
class Counting {
  bytes = 0;
  readonly #content: Buffer;

  constructor(content: Buffer) {
    this.#content = content;
  }

  readonly read: Disk['read'] = (_file, into, at) => {
    const part = this.#content.subarray(at, at + into.length);
    into.set(part);
    this.bytes += part.length;
    return Promise.resolve(part.length);
  };
}

/** A file of `file_storage` that is damaged in any way. */
export const segments: Target = {
  name: 'segments',
  share: 0.2,
  seeds: [
    encoded([set('a', 10)], [set('b', 300), { kind: 'delete', key: 'a' }], [set('', 0)]),
    encoded(...Array.from({ length: 20 }, (_, i) => [set(`1${i}.20.300`, i * 7)])),
    Buffer.concat([encoded([set('a', 10)]), Buffer.alloc(50), encoded([set('b', 5)])]),
  ],
  async run(input) {
    const disk = new Counting(input);
    let at = 0;
    let frames = 0;
    let damages = 0;
    let end = '';
    for await (const found of scanSegment(disk as unknown as Disk, 0, input.length, marker)) {
      if (found.kind === 'frame') {
        frames++;
        law(found.end > at && found.end <= input.length, 'a frame beyond the file');
        for (const operation of found.operations) {
          law(operation.flagAt >= at && operation.flagAt < found.end, 'a flag outside of its frame');
          if (operation.kind === 'set')
            law(operation.at >= at && operation.at + operation.length <= found.end, 'a value outside of its frame');
        }
        at = found.end;
        continue;
      }
      law(found.from === at, 'bytes that nothing was said of');
      damages++;
      end = found.kind;
      at = found.kind === 'damage' ? found.to : input.length;
    }
    law(at === input.length, 'an end that nothing was said of');
    law(disk.bytes <= 8 * input.length + (1 << 20), 'more was read than the file has');
    return `${Math.min(frames, 5)} ${Math.min(damages, 5)} ${end}`;
  },
};
