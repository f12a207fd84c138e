import path from 'node:path';
import type { Disk } from './disk.js';
import { encodeFrame, placedAt, type FrameOperation } from './frame.js';
import type { ValuePlace } from './value-index.js';
import type { Segment } from './segment.js';
import { crcOf } from './value-crc.js';

/** The begin of the names of files that are only there while a segment is written anew; the Collector's begin alike. */
export const temporaryPrefix = 'tempdb';

/** The end of the name of a file that is being copied from another medium. */
export const unfinishedSuffix = '.new';

export interface CompactionTarget {
  readonly folder: string;
  readonly maxTransaction: number;
  readonly fsync: boolean;
  readonly disk: Disk;
}

export interface Compacted {
  readonly places: readonly (readonly [key: string, place: ValuePlace])[];
  readonly length: number;
}

/**
 * Writes the records of a segment that are needed to a new file, which then takes the place of the old one: whenever
 * the process ends, one of them is there whole. Rejects and changes nothing when there is no room; undefined when a
 * value is damaged, which is to be kept as it is.
 */
export async function compacted(
  segment: Segment,
  records: readonly (readonly [key: string, place: ValuePlace])[],
  { folder, maxTransaction, fsync, disk }: CompactionTarget,
): Promise<Compacted | undefined> {
  const temporary = path.join(folder, `${temporaryPrefix}-${process.pid}-${path.basename(segment.path)}`);
  const places: [string, ValuePlace][] = [];
  let length = 0;
  const file = await disk.open(temporary, 'w+', 0o600);
  const discard = async (): Promise<void> => {
    await disk.close(file);
    await disk.remove(temporary);
  };
  try {
    let waiting: FrameOperation[] = [];
    let bytes = 0;
    const write = async (): Promise<void> => {
      const pieces: Uint8Array[] = [];
      const from = length;
      for (const operation of waiting) {
        const frame = encodeFrame(segment.marker, [operation]);
        for (const placed of placedAt(length, [operation]))
          if (placed.kind === 'set') {
            const { key, at, length: size, crc, flagAt } = placed;
            places.push([key, { segment, at, length: size, crc, flagAt }]);
          }
        pieces.push(...frame.pieces);
        length += frame.length;
      }
      await disk.write(file, pieces, from);
      waiting = [];
      bytes = 0;
    };
    for (const [key, place] of records) {
      const value = Buffer.allocUnsafeSlow(place.length);
      const read = await segment.use((open) => disk.read(open, value, place.at));
      const crc = await crcOf(value);
      if (read < place.length || crc !== place.crc) {
        await discard();
        return undefined;
      }
      waiting.push({ kind: 'set', key, value, crc });
      bytes += value.length;
      if (maxTransaction > 0 && bytes >= maxTransaction) await write();
    }
    await write();
    if (fsync) await disk.sync(file);
  } catch (error) {
    await discard();
    throw error;
  }
  await disk.close(file);
  await segment.replaceBy(() => moved(disk, temporary, segment.path));
  return { places, length };
}

/** A folder on another medium can't give a file away by its name alone. */
async function moved(disk: Disk, from: string, to: string): Promise<void> {
  try {
    await disk.rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    const beside = `${to}${unfinishedSuffix}`;
    await disk.copy(from, beside);
    await disk.rename(beside, to);
    await disk.remove(from);
  }
}
