import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

/** The folder for the books of the workers, and their sockets, of one running program. */
export interface BooksFolder {
  readonly path: string;
  remove(): void;
}

const prefix = 'kanmon-books-';
/** The name until its socket accepts connections: a program that tidies up must not take it for one that was left. */
const unfinished = 'kanmon-new-';
/** Accepts connections as long as the program runs that the folder belongs to. */
const ownerSocket = 'owner.sock';

/**
 * Makes a folder in memory where there is such a place, so that no acknowledgement waits for a disk, and removes those
 * that killed programs left.
 */
export async function openBooksFolder(parents: readonly string[] = ['/dev/shm', os.tmpdir()]): Promise<BooksFolder> {
  for (const parent of parents) {
    let made: string;
    try {
      made = fs.mkdtempSync(path.join(parent, unfinished));
    } catch {
      continue;
    }
    await removeLeft(parent);
    const owner = await listening(path.join(made, ownerSocket));
    const folder = path.join(parent, `${prefix}${path.basename(made).slice(unfinished.length)}`);
    fs.renameSync(made, folder);
    return {
      path: folder,
      remove: () => {
        owner?.close();
        fs.rmSync(folder, { recursive: true, force: true });
      },
    };
  }
  throw new Error(
    `--workers needs a folder for the books of the workers: none of ${parents.join(', ')} can be written; set TMPDIR`,
  );
}

/** Undefined when there is no socket: the path may be too long for one. Nobody removes such a folder later. */
function listening(file: string): Promise<net.Server | undefined> {
  const server = net.createServer((socket) => socket.destroy());
  server.unref();
  return new Promise((resolve) => {
    server.once('error', () => resolve(undefined));
    server.listen(file, () => resolve(server));
  });
}

/** Removes the folders of this user whose program, and all of whose workers, accept no connections any more. */
async function removeLeft(parent: string): Promise<void> {
  for (const name of fs.readdirSync(parent)) {
    if (!name.startsWith(prefix)) continue;
    const folder = path.join(parent, name);
    try {
      const stat = fs.lstatSync(folder);
      if (!stat.isDirectory() || stat.uid !== process.getuid?.()) continue;
      const files = fs.readdirSync(folder);
      if (!files.includes(ownerSocket)) continue;
      const sockets = files.filter((file) => file.endsWith('.sock'));
      const refused = await Promise.all(sockets.map((file) => isRefused(path.join(folder, file))));
      // Workers outlive a primary that was killed for as long as they hand on what they hold.
      if (refused.every(Boolean)) fs.rmSync(folder, { recursive: true, force: true });
    } catch {
      // Another program that starts has removed it, or this process may not read it.
    }
  }
}

/** Whether nothing listens on a socket file. The number of a process says less: it may belong to another container. */
function isRefused(file: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(file);
    const end = (refused: boolean): void => {
      socket.destroy();
      resolve(refused);
    };
    socket.once('connect', () => end(false));
    socket.once('error', ({ code }: NodeJS.ErrnoException) => end(code === 'ECONNREFUSED' || code === 'ENOENT'));
  });
}
