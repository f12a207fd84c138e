import type { Socket } from 'node:net';
import type { Server, TLSSocket } from 'node:tls';
import { guard } from '../../component/fault.js';
import { addressOf } from '../listening/peer-address.js';

/** How long a client may take for its handshake, milliseconds: several round trips of the slowest path. */
export const handshakeMs = 10_000;
/** Handshakes that may be under way at once on one server. One more ends the oldest, which is the least alive. */
const mostPending = 500;

/** Reports a handshake that failed: why, and the client's address, empty when it is not known. */
export type HandshakeFault = (why: string, peer: string) => void;

/** The connections of a TLS server that have not completed their handshake, bounded in number. */
export class Handshakes {
  readonly #pending: Set<Socket> = new Set();

  constructor(server: Server, onFault?: HandshakeFault) {
    if (onFault) watchFaults(server, onFault);
    server.on('connection', (socket: Socket) => {
      this.#pending.add(socket);
      socket.once('close', () => this.#pending.delete(socket));
      const [oldest] = this.#pending;
      if (this.#pending.size > mostPending) oldest?.destroy();
    });
    // A server of TLS alone leaves that to its listeners.
    server.on('tlsClientError', ({ code }: NodeJS.ErrnoException, socket: TLSSocket) => {
      if (code === 'ERR_TLS_HANDSHAKE_TIMEOUT') socket.destroy();
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

function watchFaults(server: Server, onFault: HandshakeFault): void {
  // Node keeps an address that was asked for; a closed socket has none any more.
  server.on('connection', (socket: Socket) => addressOf(socket));
  server.on(
    'tlsClientError',
    guard(
      'TLS handshake that failed',
      (error: HandshakeError, socket: TLSSocket) => {
        const why = whyFailed(error, socket);
        if (why !== undefined) onFault(why, addressOf(rawOf(socket)));
      },
      () => {},
    ),
  );
}

/** OpenSSL's reason is a property; its whole message names files of its source. */
interface HandshakeError extends NodeJS.ErrnoException {
  readonly reason?: string;
}

/** Reasons that mean that a client does not speak TLS. */
const plainText: ReadonlySet<string> = new Set(['http request', 'wrong version number', 'unknown protocol']);

/** Undefined for a client that only opened the connection, as health checks do. */
function whyFailed({ code, reason, message }: HandshakeError, socket: TLSSocket): string | undefined {
  const { authorizationError } = socket;
  // Node ends the connection without another word when a client's certificate is not trusted.
  if (authorizationError) return `the client's certificate is refused: ${String(authorizationError)}`;
  if (reason !== undefined) return plainText.has(reason) ? `the client does not speak TLS (${reason})` : reason;
  if (code !== 'ECONNRESET') return message;
  return rawOf(socket).bytesRead > 0 ? 'the client left during the handshake' : undefined;
}

/** The socket below TLS. Node has no public name for it. */
function rawOf(socket: TLSSocket): Socket {
  return (socket as TLSSocket & { readonly _parent: Socket })._parent;
}
