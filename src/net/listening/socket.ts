import cluster from 'node:cluster';
import net from 'node:net';
import { connectionSlots } from '../open-files.js';
import { isAbstract, type ListenTarget } from './address.js';
import { removeSocketAtExit, removeStaleSocket, socketRemoved } from './unix-path.js';

/** Reports of a server that listens: connections that could not be accepted, and those that were. */
export interface AcceptStatus {
  failed(error: Error): void;
  succeeded(): void;
}

const noDescriptors = new Error('accept: no file descriptors are left for connections');

/** The server behind a listening socket. */
export interface ConnectionTaker {
  /** Takes a connection that was accepted. It allows half-open connections until the taker forbids them. */
  accept(socket: net.Socket): void;
  /** It stands in the place of `before` from now on, and may go on with that one's connections. */
  inherit?(before: ConnectionTaker): void;
}

/** One server's use of a listening socket. */
export interface SocketUse {
  readonly taker: ConnectionTaker;
  readonly status: AcceptStatus | undefined;
}

/** A listening socket, and the server that its connections go to. */
export class ListeningSocket {
  readonly target: ListenTarget;
  use: SocketUse;
  /** The server of a configuration that is being started, which takes the place of the one in use once it runs. */
  next: SocketUse | undefined;
  readonly #make: () => net.Server;
  #server: net.Server | undefined;

  constructor(target: ListenTarget, use: SocketUse, make: () => net.Server = accepting) {
    this.target = target;
    this.use = use;
    this.#make = make;
  }

  /**
   * Begins to listen; at the path of a unix socket that nobody uses any more, too. Rejects with the error of the
   * operating system. Afterwards a connection that can't be accepted, as when there are no file descriptors left, is
   * reported, and the socket listens on.
   */
  async open(): Promise<void> {
    const { target } = this;
    // Before the only attempt: in a worker, another one would not count as the same socket as that of the others. The
    // listener there may be the socket that the workers share.
    const fault = hasFile(target) ? await removeStaleSocket(target.path) : undefined;
    try {
      await this.#bind();
    } catch (error) {
      if (fault === undefined || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      throw new Error(`bind: address already in use: ${fault}`, { cause: error });
    }
    // In a worker it is a socket of the primary, which removes it when the last worker has closed it.
    if (hasFile(target) && !cluster.isWorker) removeSocketAtExit(target.path);
  }

  async #bind(): Promise<void> {
    const server = this.#make();
    // Before it listens: in a worker the first connections may come with the news that it does, ahead of the callback,
    // and one that nobody takes would wait for ever.
    server.on('connection', (socket) => {
      this.use.status?.succeeded();
      this.use.taker.accept(socket);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.target, () => {
        server.off('error', reject);
        resolve();
      });
    });
    // Without a listener the event would end the process.
    server.on('error', (error) => this.use.status?.failed(error));
    connectionSlots.bound(server, () => this.use.status?.failed(noDescriptors));
    this.#server = server;
  }

  /** The address that it has; undefined while it is closed. */
  get address(): net.AddressInfo | string | undefined {
    return this.#server?.address() ?? undefined;
  }

  /** A process that only waits for connections at it may end. */
  unref(): void {
    this.#server?.unref();
  }

  /** Takes no more connections. Those that were accepted are their server's. May be called again. */
  close(): void {
    this.#server?.close();
    this.#server = undefined;
    if (hasFile(this.target)) socketRemoved(this.target.path);
  }
}

function hasFile(target: ListenTarget): target is Extract<ListenTarget, { readonly path: string }> {
  return 'path' in target && !isAbstract(target.path);
}

/** The half-open connections are those of HTTP/1.1 clients that have sent their request and wait for the response. */
function accepting(): net.Server {
  return net.createServer({ allowHalfOpen: true });
}
