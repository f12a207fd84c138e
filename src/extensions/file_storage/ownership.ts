import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { randomBytes } from 'node:crypto';
import { nodeTimeout, sleep, type Clock } from '../../component/clock.js';

/** The sockets of owners by generation. The newest one counts; it is alive as long as somebody accepts there. */
const socketName = (generation: number): string => `owner.${generation}`;
const generationOf = (name: string): number => Number(/^owner\.(\d{1,15})$/.exec(name)?.[1] ?? 0);

/** Between two looks at a directory that another process has, milliseconds. */
const lookMs = 50;
/** The longest path of a socket that the kernel takes, bytes. */
const longestPath = 100;
/** How long the owner may take to say its name, milliseconds. */
const answerMs = 1000;
/** Bytes of an answer that are read. */
const mostAnswer = 512;

/** A directory that this process owns. */
export interface Ownership {
  release(): Promise<void>;
}

/**
 * Makes this process the owner of a directory: a unix socket in it, which nobody accepts on once the process has ended,
 * whichever way. The number of a process would not do, because it is another one's in the next container. Of several
 * that come at the same time one makes the next generation, which the file system allows one alone; a file of an older
 * generation is removed only by the owner of a newer one. Rejects when another process is the owner for `timeoutMs`
 * more; 0 waits without end.
 */
export async function own(directory: string, name: string, timeoutMs: number, clock: Clock): Promise<Ownership> {
  const deadline = timeoutMs === 0 ? Number.POSITIVE_INFINITY : clock.now() + timeoutMs;
  const place = new SocketPlace(directory);
  try {
    const mine = `owner-new-${randomBytes(8).toString('hex')}`;
    const server = await listening(place.path(mine), name);
    try {
      for (;;) {
        const owner = await tryOwn(directory, place, mine);
        if (owner === undefined) return { release: () => closed(server) };
        if (clock.now() >= deadline)
          throw new Error(
            `timeout: the directory ${directory} is in use by ${owner}: stop it, or use another directory`,
          );
        await sleep(clock, lookMs);
      }
    } catch (error) {
      await closed(server);
      throw error;
    } finally {
      fs.rmSync(path.join(directory, mine), { force: true });
    }
  } finally {
    place.close();
  }
}

/** Undefined when the directory is this process's now, else the name of its owner. */
async function tryOwn(directory: string, place: SocketPlace, mine: string): Promise<string | undefined> {
  for (;;) {
    const newest = newestIn(directory);
    if (newest > 0) {
      const owner = await ownerAt(place.path(socketName(newest)));
      if (owner !== undefined) return owner;
    }
    const next = newest + 1;
    try {
      fs.linkSync(path.join(directory, mine), path.join(directory, socketName(next)));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
      throw error;
    }
    // Another one may have been faster by more than one generation.
    if (newestIn(directory) !== next) continue;
    for (const name of fs.readdirSync(directory)) {
      const generation = generationOf(name);
      if (generation > 0 && generation < next) fs.rmSync(path.join(directory, name), { force: true });
    }
    return undefined;
  }
}

function newestIn(directory: string): number {
  return fs.readdirSync(directory).reduce((newest, name) => Math.max(newest, generationOf(name)), 0);
}

/** Paths of sockets in a directory, by a shorter way where its own path is too long for the kernel. */
class SocketPlace {
  readonly #directory: string;
  readonly #file: number | undefined;

  constructor(directory: string) {
    const tooLong = Buffer.byteLength(path.join(directory, 'owner-new-0123456789abcdef')) > longestPath;
    if (tooLong && process.platform === 'linux') this.#file = fs.openSync(directory, 'r');
    this.#directory = directory;
  }

  path(name: string): string {
    return path.join(this.#file === undefined ? this.#directory : `/proc/self/fd/${this.#file}`, name);
  }

  close(): void {
    if (this.#file !== undefined) fs.closeSync(this.#file);
  }
}

/** Accepts connections and says who does. */
function listening(file: string, name: string): Promise<net.Server> {
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.end(name);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // Not by way of the process that leads several workers, which would own it.
    server.listen({ path: file, exclusive: true }, () => {
      server.unref();
      resolve(server);
    });
  });
}

function closed(server: net.Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

/** The name of the process that accepts on a socket; undefined when none does. */
function ownerAt(file: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    let name = '';
    let connected = false;
    const socket = net.connect({ path: file });
    // Also when nothing came in time, which may be the time that this process stood still: only a refusal means none.
    const end = (): void => {
      socket.destroy();
      resolve(name || 'another process');
    };
    socket.setTimeout(nodeTimeout(answerMs), end);
    socket.once('connect', () => (connected = true));
    socket.on('data', (bytes) => {
      name = (name + bytes.toString()).slice(0, mostAnswer);
      if (name.length === mostAnswer) end();
    });
    socket.once('end', end);
    socket.once('error', ({ code, message }: NodeJS.ErrnoException) => {
      if (connected || code === 'EAGAIN') return end();
      if (code === 'ECONNREFUSED' || code === 'ENOENT') return resolve(undefined);
      reject(new Error(`can't ask who owns ${file}: ${message}`));
    });
  });
}
