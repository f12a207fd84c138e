import fs from 'node:fs';

/** The calls of the file system that a store makes, so that tests can let each of them fail. */
export interface Disk {
  open(path: string, flags: string | number, mode?: number): Promise<number>;
  close(file: number): Promise<void>;
  size(file: number): Promise<number>;
  /** Reads at `at` until `into` is full or the file ends; resolves with the number of bytes. */
  read(file: number, into: Uint8Array, at: number): Promise<number>;
  /** Writes all pieces, one behind the other, or rejects; then some of them may have been written. */
  write(file: number, pieces: readonly Uint8Array[], at: number): Promise<void>;
  truncate(file: number, length: number): Promise<void>;
  /** Resolves when the content is on the medium. */
  sync(file: number): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  copy(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  list(folder: string): Promise<string[]>;
}

/** Buffers of one system call: what all systems take. */
const mostPieces = 512;

export const nodeDisk: Disk = {
  open: (path, flags, mode) => called((done) => fs.open(path, flags, mode, done)),
  close: (file) => called((done) => fs.close(file, (error) => done(error, undefined))),
  size: async (file) => (await called<fs.Stats>((done) => fs.fstat(file, done))).size,
  async read(file, into, at) {
    let read = 0;
    while (read < into.length) {
      const from = read;
      const bytes = await called<number>((done) => fs.read(file, into, from, into.length - from, at + from, done));
      if (bytes === 0) break;
      read += bytes;
    }
    return read;
  },
  async write(file, pieces, at) {
    let rest: readonly Uint8Array[] = pieces;
    let to = at;
    while (rest.length > 0) {
      const now = rest.slice(0, mostPieces);
      const position = to;
      const written = await called<number>((done) => fs.writev(file, now, position, done));
      to += written;
      rest = behind(rest, written);
    }
  },
  truncate: (file, length) => called((done) => fs.ftruncate(file, length, (error) => done(error, undefined))),
  sync: (file) => called((done) => fs.fdatasync(file, (error) => done(error, undefined))),
  rename: (from, to) => called((done) => fs.rename(from, to, (error) => done(error, undefined))),
  copy: (from, to) => called((done) => fs.copyFile(from, to, (error) => done(error, undefined))),
  remove: (path) => called((done) => fs.unlink(path, (error) => done(error, undefined))),
  list: (folder) => called<string[]>((done) => fs.readdir(folder, done)),
};

function called<T>(call: (done: (error: NodeJS.ErrnoException | null, value: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, value) => {
      if (error) reject(error);
      else resolve(value);
    });
  });
}

/** The pieces without their first `bytes`. */
function behind(pieces: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
  let left = bytes;
  for (const [i, piece] of pieces.entries()) {
    if (left < piece.length) return left === 0 ? pieces.slice(i) : [piece.subarray(left), ...pieces.slice(i + 1)];
    left -= piece.length;
  }
  return [];
}

/** The medium has no room, or this user may take no more of it. */
export function isFull(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT';
}

/** Makes the names in a folder outlast the power. Some file systems can't; they do it by themselves. */
export async function syncFolder(disk: Disk, folder: string): Promise<void> {
  let file: number | undefined;
  try {
    file = await disk.open(folder, 'r');
    await disk.sync(file);
  } catch (error) {
    if (!['EINVAL', 'EISDIR', 'EPERM', 'EBADF'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    if (file !== undefined) await disk.close(file);
  }
}
