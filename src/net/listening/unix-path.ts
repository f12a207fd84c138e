import fs from 'node:fs';
import net from 'node:net';

/**
 * Makes room for a unix socket at a path. A socket that a process left behind when it was killed is removed: nobody
 * accepts there. Resolves with what is there otherwise, and leaves it alone.
 */
export async function removeStaleSocket(path: string): Promise<string | undefined> {
  const found = statOf(path);
  if (!found) return undefined;
  if (!found.isSocket()) return `it is ${kindOfFile(found)}, and no socket: remove it, or use another path`;
  const fault = await whyItStays(path);
  if (fault !== undefined) return fault;
  const now = statOf(path);
  // Another process may have been faster.
  if (now && isSame(now, found)) fs.unlinkSync(path);
  return undefined;
}

/** Why the socket at a path must stay; undefined when nobody accepts there. */
function whyItStays(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const probe = net.connect({ path });
    probe.once('connect', () => {
      probe.destroy();
      resolve('another process accepts connections on it');
    });
    probe.once('error', ({ code, message }: NodeJS.ErrnoException) => {
      switch (code) {
        case 'ECONNREFUSED':
        case 'ENOENT':
          return resolve(undefined);
        // The queue of those that wait to be accepted is full.
        case 'EAGAIN':
          return resolve('another process listens on it');
        case 'EACCES':
          return resolve('it belongs to another user, and cannot be asked whether a process listens on it');
        default:
          return resolve(`it cannot be asked whether a process listens on it: ${message}`);
      }
    });
  });
}

/** The kind of a file that is no socket, in words. */
export function kindOfFile(found: fs.Stats): string {
  if (found.isFile()) return 'a file';
  if (found.isDirectory()) return 'a directory';
  if (found.isSymbolicLink()) return 'a symbolic link';
  return 'something else';
}

function statOf(path: string): fs.Stats | undefined {
  return fs.lstatSync(path, { throwIfNoEntry: false });
}

/** Inodes are used again soon, so that their number alone does not tell two files apart. */
function isSame(a: fs.Stats, b: fs.Stats): boolean {
  return a.ino === b.ino && a.dev === b.dev && a.birthtimeMs === b.birthtimeMs;
}

/** The sockets that this process made and has not closed, by path. */
const made = new Map<string, fs.Stats>();

/** Removes a socket at the exit of the process if that is still the one made now: its server may not be closed then. */
export function removeSocketAtExit(path: string): void {
  const stat = statOf(path);
  if (!stat) return;
  if (made.size === 0) process.on('exit', removeAll);
  made.set(path, stat);
}

/** The socket of a path is closed, which removes it. */
export function socketRemoved(path: string): void {
  if (made.delete(path) && made.size === 0) process.off('exit', removeAll);
}

function removeAll(): void {
  for (const [path, before] of made) {
    const now = statOf(path);
    if (now && isSame(now, before)) fs.rmSync(path, { force: true });
  }
}
