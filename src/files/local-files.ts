import fs from 'node:fs';

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

/** What there is at a path, behind symbolic links; undefined: nothing, or nothing that can be seen. */
export function statOf(path: string, local: boolean): fs.Stats | undefined | Promise<fs.Stats | undefined> {
  if (!local) return fs.promises.stat(path).catch(() => undefined);
  try {
    return fs.statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
