import type { Socket } from 'node:net';
import type { Server, TLSSocket } from 'node:tls';

/** How long a client may take for its handshake, milliseconds: several round trips of the slowest path. */
export const handshakeMs = 10_000;
/** Handshakes that may be under way at once on one server. One more ends the oldest, which is the least alive. */
const mostPending = 500;

/** The connections of a TLS server that have not completed their handshake, bounded in number. */
export class Handshakes {
  readonly #pending: Set<Socket> = new Set();

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => {
      this.#pending.add(socket);
      socket.once('close', () => this.#pending.delete(socket));
      const [oldest] = this.#pending;
      if (this.#pending.size > mostPending) oldest?.destroy();
    });
    server.on('secureConnection', (socket: TLSSocket) => this.#pending.delete(rawOf(socket)));
  }

  get pending(): number {
    return this.#pending.size;
  }

  /** Ends them all, as at a shutdown: none of them has sent a request. */
  end(): void {
    for (const socket of this.#pending) socket.destroy();
  }
}

/** The socket below TLS. Node has no public name for it. */
function rawOf(socket: TLSSocket): Socket {
  return (socket as TLSSocket & { readonly _parent: Socket })._parent;
}
