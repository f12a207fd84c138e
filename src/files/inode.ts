import fs from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

/** The number of a file in its file system: a bigint only where a number would be another one. */
export type Inode = number | bigint;

/** The stats of a file, with its exact number. */
export type FileStats = Omit<fs.Stats, 'ino'> & { readonly ino: Inode };

/** Whether the number of a file may be another one: doubles are exact up to 2^53 only. */
export function isRounded({ ino }: fs.Stats): boolean {
  return !Number.isSafeInteger(ino);
}

/**
 * Some file systems (ZFS, those of virtual machines, of networks) use all 64 bits. Two files whose numbers are the same
 * as doubles would be one: the second of a rotation would not be read. Undefined: another file is there by now.
 */
export function withExactInode(stats: fs.Stats, exact: fs.BigIntStats): FileStats | undefined {
  return Number(exact.ino) === stats.ino ? Object.assign(stats as FileStats, { ino: exact.ino }) : undefined;
}

/** The stats of an open file. */
export async function statOfHandle(handle: FileHandle): Promise<FileStats> {
  const stats = await handle.stat();
  if (!isRounded(stats)) return stats;
  return Object.assign(stats as FileStats, { ino: (await handle.stat({ bigint: true })).ino });
}

/** The stats of the file at a path, behind symbolic links. Rejects when there is none. */
export async function statOfPath(path: string): Promise<FileStats> {
  for (;;) {
    const stats = await fs.promises.stat(path);
    if (!isRounded(stats)) return stats;
    const exact = withExactInode(stats, await fs.promises.stat(path, { bigint: true }));
    if (exact) return exact;
  }
}

/** The same in this turn; undefined when there is nothing. Throws for a path that cannot be looked at. */
export function statOfPathNow(path: string): FileStats | undefined {
  for (;;) {
    const stats = fs.statSync(path, { throwIfNoEntry: false });
    if (!stats || !isRounded(stats)) return stats;
    const again = fs.statSync(path, { throwIfNoEntry: false, bigint: true });
    const exact = again && withExactInode(stats, again);
    if (exact) return exact;
  }
}
