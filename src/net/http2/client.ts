import http2 from 'node:http2';
import net from 'node:net';
import tls from 'node:tls';

/** Where one connection goes, after names have been resolved. */
export type Address = { readonly host: string; readonly port: number } | { readonly path: string };

/** One request that ended, however it ended. */
export interface Http2Reply {
  /** HTTP status; 0 when no response came. */
  readonly status: number;
  /** Header and trailer fields, one map: a trailer wins. Names are lower case. */
  readonly fields: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** RST_STREAM code of the server, if that ended it. */
  readonly reset: number | undefined;
  /** What went wrong below HTTP/2: the connection was lost, the reply was too large, the caller went. */
  readonly fault: Http2Fault | undefined;
}

export type Http2Fault =
  | { readonly kind: 'connection'; readonly message: string }
  | { readonly kind: 'too_large'; readonly limit: number }
  | { readonly kind: 'aborted' };

export interface ConnectOptions {
  readonly address: Address;
  /** The `:authority` and the TLS name. */
  readonly authority: string;
  /** Undefined means plaintext with prior knowledge. */
  readonly tls: tls.ConnectionOptions | undefined;
  readonly connectTimeoutMs: number;
}

/** Largest reply that is read (what gRPC clients take by default), bytes. */
const maxReply = 4 << 20;
const noBody: Uint8Array = new Uint8Array(0);

/**
 * The one place on the client side that knows `node:http2`: a connection that carries requests of known length.
 * Another HTTP/2 engine replaces this file and nothing else.
 */
export class Http2Connection {
  readonly #session: http2.ClientHttp2Session;
  #failure: string | undefined;
  #lastHeard = 0;

  private constructor(session: http2.ClientHttp2Session) {
    this.#session = session;
    session.on('error', (error) => {
      this.#failure ??= describe(error);
    });
    session.on('goaway', () => session.close());
    session.unref();
  }

  /** Resolves when the server has answered with its SETTINGS; rejects with what kept it from that. */
  static connect(options: ConnectOptions): Promise<Http2Connection> {
    return new Promise((resolve, reject) => {
      const session = http2.connect(`${options.tls ? 'https' : 'http'}://${options.authority}`, {
        createConnection: () => openSocket(options),
        // A queue of large requests is bounded above, by the sending queue; node's own bound would refuse them here.
        maxSessionMemory: 4096,
        settings: { enablePush: false },
      });
      const timer = setTimeout(
        () => session.destroy(new Error(`connect to ${show(options.address)}: i/o timeout`)),
        options.connectTimeoutMs,
      );
      let failure: Error | undefined;
      session.once('error', (error) => {
        failure ??= error;
      });
      session.once('close', () => {
        clearTimeout(timer);
        reject(failure ?? new Error('the server closed the connection before its preface'));
      });
      session.once('remoteSettings', () => {
        clearTimeout(timer);
        if (options.tls) {
          const socket = session.socket as tls.TLSSocket;
          if (socket.alpnProtocol !== undefined && socket.alpnProtocol !== 'h2')
            session.destroy(new Error('the server does not speak HTTP/2 (ALPN)'));
        }
        resolve(new Http2Connection(session));
      });
    });
  }

  /** False once the server said GOAWAY or the connection broke. */
  get usable(): boolean {
    return !this.#session.closed && !this.#session.destroyed;
  }

  onClose(run: () => void): void {
    this.#session.once('close', run);
  }

  /** Sends one request whose body is `parts` in a row; never rejects. The parts are borrowed until it resolves. */
  request(headers: http2.OutgoingHttpHeaders, parts: readonly Uint8Array[], signal: AbortSignal | undefined): Promise<Http2Reply> {
    return new Promise((resolve) => {
      let fault: Http2Fault | undefined = signal?.aborted ? { kind: 'aborted' } : undefined;
      const fields: Record<string, string> = {};
      const chunks: Uint8Array[] = [];
      let size = 0;
      let status = 0;
      const nothing = (kind: Http2Fault): void => resolve({ status: 0, fields, body: noBody, reset: undefined, fault: kind });
      if (fault) {
        nothing(fault);
        return;
      }
      let stream: http2.ClientHttp2Stream;
      try {
        stream = this.#session.request(headers, { endStream: false });
      } catch (error) {
        nothing({ kind: 'connection', message: this.#failure ?? describe(error) });
        return;
      }
      const take = (received: http2.IncomingHttpHeaders): void => {
        this.#lastHeard = performance.now();
        for (const [name, value] of Object.entries(received))
          if (value !== undefined) fields[name] = Array.isArray(value) ? value.join(',') : value;
      };
      const abort = (): void => {
        fault ??= { kind: 'aborted' };
        stream.close(http2.constants.NGHTTP2_CANCEL);
      };
      signal?.addEventListener('abort', abort, { once: true });
      let failure: unknown;
      stream.on('response', (received) => {
        status = received[':status'] ?? 0;
        take(received);
      });
      stream.on('trailers', take);
      stream.on('data', (chunk: Uint8Array) => {
        size += chunk.length;
        if (size <= maxReply) chunks.push(chunk);
        else {
          fault ??= { kind: 'too_large', limit: maxReply };
          stream.close(http2.constants.NGHTTP2_CANCEL);
        }
      });
      // An answer may come before all was sent: the rest is not wanted then.
      stream.on('end', () => {
        if (!stream.writableFinished) stream.close(http2.constants.NGHTTP2_CANCEL);
      });
      stream.on('error', (error) => {
        failure = error;
      });
      stream.on('close', () => {
        signal?.removeEventListener('abort', abort);
        const reset = stream.rstCode !== undefined && stream.rstCode !== 0 ? stream.rstCode : undefined;
        if (!fault && status === 0 && (reset === undefined || !this.usable))
          fault = { kind: 'connection', message: this.#failure ?? (failure === undefined ? 'connection closed' : describe(failure)) };
        resolve({ status, fields, body: chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks), reset, fault });
      });
      stream.cork();
      for (const part of parts) stream.write(part);
      stream.end();
      stream.uncork();
    });
  }

  /** Resolves true when the server answers a PING within `timeoutMs`. */
  ping(timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), timeoutMs);
      timer.unref();
      const sent = this.#session.ping((error) => {
        clearTimeout(timer);
        resolve(error === null);
      });
      if (!sent) {
        clearTimeout(timer);
        resolve(false);
      }
    });
  }

  /** When the server was last heard, in `performance.now()` milliseconds. */
  get lastHeard(): number {
    return this.#lastHeard;
  }

  /** Lets running requests end, then closes. */
  close(): void {
    this.#session.close();
  }

  destroy(reason: string): void {
    this.#failure ??= reason;
    this.#session.destroy();
  }
}

function openSocket({ address, authority, tls: secure }: ConnectOptions): net.Socket {
  const host = authority.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  if (!secure)
    return 'path' in address ? net.connect(address.path) : net.connect({ host: address.host, port: address.port, noDelay: true });
  const name = secure.servername ?? (net.isIP(host) === 0 ? host : undefined);
  const socket = tls.connect({
    ...('path' in address ? { path: address.path } : { host: address.host, port: address.port }),
    ...secure,
    ...(name === undefined ? {} : { servername: name }),
    ALPNProtocols: ['h2'],
  });
  socket.setNoDelay(true);
  return socket;
}

function show(address: Address): string {
  return 'path' in address ? address.path : `${address.host}:${address.port}`;
}

/** An error of a socket in the words that Go users know. */
export function describe(error: unknown): string {
  const { code, message, syscall, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number };
  if (code === 'ECONNREFUSED')
    return `connection error: desc = "transport: Error while dialing: dial tcp ${address ?? ''}:${port ?? ''}: connect: connection refused"`;
  if (code === 'ECONNRESET') return `connection error: ${syscall ?? 'read'}: connection reset by peer`;
  return message === '' || message === undefined ? (code ?? 'unknown error') : message;
}
