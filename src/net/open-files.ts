import { readFileSync } from 'node:fs';
import type { Server, Socket } from 'node:net';

/** Below this number of open files a gateway of many senders runs out of them; start warns of it. */
export const fewOpenFiles = 4096;

/** Kept back from connections of senders, for files, backends and look-ups: a share of the limit, at least, at most. */
const keptShare = 1 / 8;
const keptLeast = 32;
const keptMost = 512;
/**
 * As many connections a server may have of what is kept back, so that probes and scrapes are answered while the
 * connections of senders have used up the rest.
 */
const ownLeast = 16;

/** The most files and sockets that this process may have open; undefined when the system does not say. */
export function openFilesLimit(
  limits: () => string = () => readFileSync('/proc/self/limits', 'utf8'),
): number | undefined {
  try {
    const soft = /^Max open files +(\d+)/m.exec(limits())?.[1];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}

/** The connections that all servers of the process have accepted, bounded together by the limit of open files. */
export class ConnectionSlots {
  readonly #most: number;
  readonly #kept: number;
  #open = 0;

  constructor(limit: number | undefined) {
    const files = limit ?? Number.POSITIVE_INFINITY;
    this.#kept = Math.min(files / 2, Math.max(keptLeast, Math.min(keptMost, files * keptShare)));
    this.#most = files - this.#kept;
  }

  /**
   * Bounds a server: a connection for which no slot is free is closed at once, and `full` is called. Otherwise the
   * process would run out of file descriptors, and then nothing that opens a file or a socket works.
   */
  bound(server: Pick<Server, 'on'>, full: () => void): void {
    let own = 0;
    // Node asks for the property before each connection that it accepts: any number below the server's own closes it.
    Object.defineProperty(server, 'maxConnections', {
      configurable: true,
      get: () => (this.#allows(own) ? Number.MAX_SAFE_INTEGER : -1),
    });
    server.on('drop', full);
    server.on('connection', (socket: Socket) => {
      own++;
      this.#open++;
      socket.once('close', () => {
        own--;
        this.#open--;
      });
    });
  }

  #allows(own: number): boolean {
    return this.#open < this.#most || (own < ownLeast && this.#open < this.#most + this.#kept / 2);
  }
}

/** Those of this process. */
export const connectionSlots: ConnectionSlots = new ConnectionSlots(openFilesLimit());
