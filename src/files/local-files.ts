import fs from 'node:fs';
import { statOfPath, statOfPathNow, type FileStats } from './inode.js';

/**
 * File systems whose kernel is that of this machine: their calls do not wait for another one, and inotify sees every
 * change. Magic numbers of statfs(2): ext2 to ext4, XFS, Btrfs, tmpfs, overlayfs, ZFS, F2FS, ramfs, bcachefs.
 */
const localTypes: ReadonlySet<number> = new Set([
  0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x794c7630, 0x2fc12fc1, 0xf2f52010, 0x858458f6, 0xca451a4e,
]);

/** Whether a folder lies on such a file system; false too when it is not there. */
export async function isLocal(folder: string): Promise<boolean> {
  try {
    return localTypes.has((await fs.promises.statfs(folder)).type);
  } catch {
    return false;
  }
}

/** Names that are read from a folder at once. */
const namesAtOnce = 1024;

/** The entries of a folder. The first names of a local one are there at once: a way to another thread costs more. */
export async function* entriesOf(folder: string, local: boolean): AsyncGenerator<fs.Dirent> {
  const options = { bufferSize: namesAtOnce };
  const listing = local ? fs.opendirSync(folder, options) : await fs.promises.opendir(folder, options);
  try {
    for (let read = 0; ; read++) {
      const entry = local && read < namesAtOnce ? listing.readSync() : await listing.read();
      if (!entry) return;
      yield entry;
    }
  } finally {
    if (local) listing.closeSync();
    else await listing.close();
  }
}

/** The stats of the file at a path, behind symbolic links; undefined: none, or none that can be seen. */
export function statOf(path: string, local: boolean): FileStats | undefined | Promise<FileStats | undefined> {
  if (!local) return statOfPath(path).catch(() => undefined);
  try {
    return statOfPathNow(path);
  } catch {
    return undefined;
  }
}
