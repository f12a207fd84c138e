import http from 'node:http';
import http2 from 'node:http2';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import { nodeTimeout, systemClock, type Clock } from '../../component/clock.js';
import { guard } from '../../component/fault.js';
import type { ListeningAddress } from '../../component/lifecycle.js';
import { listen, type Listening } from '../listen.js';
import { OpenSockets } from '../listening/open-sockets.js';
import { sameTls } from '../listening/same-tls.js';
import type { AcceptStatus, ConnectionTaker } from '../listening/socket.js';
import type { HttpServerConfig } from '../options/http-server.js';
import { Handshakes } from '../tls/handshakes.js';
import type { ServerTls } from '../tls/server.js';
import { Cors } from './cors.js';
import { bodyIsHeldBack } from './expect.js';
import { Sessions } from './sessions.js';

/** HTTP/1.1 requests, and over TLS also HTTP/2 ones: to a handler they look the same. */
export type HttpRequest = http.IncomingMessage | http2.Http2ServerRequest;
export type HttpResponse = http.ServerResponse | http2.Http2ServerResponse;

/** An error that it throws or rejects with is answered with 500. */
export type HttpHandler = (request: HttpRequest, response: HttpResponse) => void | Promise<void>;

/**
 * How long a client may take for the header fields of a request where no option says so, and until its first request,
 * milliseconds: the Collector's default of `read_header_timeout`.
 */
const headersMs = 60_000;
/** How often connections are checked against their time limits, milliseconds. */
const checkEveryMs = 1000;
/** How long the sender of an HTTP/2 request may go on with its body after the response, milliseconds. */
const answeredMs = 5000;
/** Requests that one HTTP/2 connection may have open, as in Go's server. */
const mostStreams = 250;

/**
 * An HTTP server with the options of every Collector server: where it listens, its timeouts, CORS, fixed response
 * headers.
 */
export class HttpServer implements ConnectionTaker {
  readonly #config: HttpServerConfig;
  readonly #tls: ServerTls | undefined;
  readonly #clock: Clock;
  readonly #cors: Cors | undefined;
  readonly #handler: HttpHandler;
  readonly #inProgress: Set<HttpResponse> = new Set();
  #idle: (() => void)[] = [];
  #connections: Connections;
  #listening: Listening | undefined;
  #closing = false;

  constructor(config: HttpServerConfig, tls: ServerTls | undefined, handler: HttpHandler, clock: Clock = systemClock) {
    this.#config = config;
    this.#clock = clock;
    this.#tls = tls;
    this.#handler = handler;
    this.#cors = config.cors && config.cors.allowed_origins.length > 0 ? new Cors(config.cors) : undefined;
    this.#connections = new Connections(config, tls, this, clock);
  }

  async listen(status?: AcceptStatus): Promise<void> {
    this.#listening = await listen(this, this.#config, status);
  }

  /** Where it listens; undefined before and after, and for a socket with a path. */
  get address(): ListeningAddress | undefined {
    const address = this.#listening?.address;
    return typeof address === 'object' ? address : undefined;
  }

  accept(socket: Socket): void {
    this.#connections.accept(socket);
  }

  inherit(before: ConnectionTaker): void {
    // Clients must see no difference between the two.
    if (!(before instanceof HttpServer) || !isDeepStrictEqual(before.#config, this.#config)) return;
    if (!sameTls(before.#tls?.options, this.#tls?.options)) return;
    this.#connections = before.#connections;
    this.#connections.server = this;
  }

  /**
   * Takes no more connections, lets running requests end, and cuts off what is left when `deadline` aborts.
   * Connections that another server has taken over stay open.
   */
  async close(deadline: AbortSignal): Promise<void> {
    this.#closing = true;
    this.#listening?.close();
    const connections = this.#connections;
    const mine = connections.server === this;
    const cut = (): void => (mine ? connections.cut() : this.#inProgress.forEach(breakOff));
    if (mine) connections.end();
    if (deadline.aborted) cut();
    else deadline.addEventListener('abort', cut, { once: true });
    await (mine ? connections.ended() : this.#ended());
    deadline.removeEventListener('abort', cut);
  }

  /** Resolves when no request is in progress. */
  #ended(): Promise<void> {
    return this.#inProgress.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }

  respond(request: HttpRequest, response: HttpResponse): void | Promise<void> {
    request.on('error', () => {});
    this.#inProgress.add(response);
    response.once('close', () => {
      this.#inProgress.delete(response);
      if (this.#inProgress.size > 0) return;
      for (const end of this.#idle) end();
      this.#idle = [];
    });
    const old = request.httpVersionMajor === 1;
    if (request instanceof http.IncomingMessage && !old)
      return refusePlainly(response, 505, 'HTTP Version Not Supported');
    if (!/^[A-Za-z0-9!$%&'()*+,\-.:;=@[\]_~]*$/.test(request.headers.host ?? ''))
      return refusePlainly(response, 400, 'malformed Host header');
    if (!(request instanceof http.IncomingMessage)) this.#endAfter(request);
    if (old && (this.#closing || !this.#config.keep_alives_enabled)) response.setHeader('connection', 'close');
    for (const [name, value] of this.#config.response_headers) response.setHeader(name, value);
    const cors = this.#cors?.respond({ method: request.method ?? '', headers: request.headers });
    for (const [name, value] of Object.entries(cors?.fields ?? {})) response.setHeader(name, value);
    if (cors?.preflight === true) {
      response.statusCode = 204;
      response.end();
    } else return this.#handler(request, response);
  }

  /** A sender of HTTP/2 that goes on with its body although it has the response is cut off after a while. */
  #endAfter({ stream }: http2.Http2ServerRequest): void {
    stream.once('finish', () => {
      if (stream.readableEnded || stream.destroyed) return;
      const stop = this.#clock.after(answeredMs, () => stream.close(http2.constants.NGHTTP2_NO_ERROR));
      stream.once('close', stop);
    });
  }
}

/** The connections of a server, or of one server after the other, when a reload changes only what is behind them. */
class Connections {
  /** The one that new requests go to. */
  server: Pick<HttpServer, 'respond'>;
  readonly #node: http.Server | http2.Http2SecureServer;
  /** Node reads HTTP/1.1 without TLS from sockets that a client may have closed for writing. */
  readonly #halfOpen: boolean;
  readonly #sockets: OpenSockets = new OpenSockets();
  /** Those that have not brought a request of HTTP/1.1 yet. */
  readonly #silent: Set<Socket> = new Set();
  readonly #sessions: Sessions;
  readonly #handshakes: Handshakes | undefined;
  readonly #clock: Clock;
  #stopSweep: (() => void) | undefined;

  constructor(config: HttpServerConfig, tls: ServerTls | undefined, server: Pick<HttpServer, 'respond'>, clock: Clock) {
    this.server = server;
    this.#clock = clock;
    this.#halfOpen = tls === undefined;
    const firstMs = headersTimeout(config);
    const limits = {
      maxHeaderSize: 1 << 20,
      requestTimeout: nodeTimeout(config.read_timeout),
      headersTimeout: nodeTimeout(firstMs),
      keepAliveTimeout: nodeTimeout(config.idle_timeout || config.read_timeout),
      connectionsCheckingInterval: checkEveryMs,
      insecureHTTPParser: false,
    };
    this.#sessions = new Sessions(clock, {
      firstMs,
      idleMs: config.idle_timeout || config.read_timeout || Number.POSITIVE_INFINITY,
    });
    const listener = guard(
      'HTTP request',
      (request: HttpRequest, response: HttpResponse) => {
        if (request.httpVersionMajor === 1) this.#silent.delete(request.socket);
        return this.server.respond(request, response);
      },
      respondToFault,
    );
    if (tls) {
      const secure = http2.createSecureServer(
        {
          ...tls.options,
          allowHTTP1: true,
          ALPNProtocols: ['h2', 'http/1.1'],
          maxSessionMemory: 64,
          settings: { maxConcurrentStreams: mostStreams },
        },
        listener,
      );
      tls.keepNew(secure);
      this.#handshakes = new Handshakes(secure);
      secure.on('session', (session) => this.#sessions.add(session));
      secure.on('secureConnection', (socket: TLSSocket) => {
        prepare(socket);
        if (socket.alpnProtocol !== 'h2') this.#isSilent(socket);
      });
      // Node gives these to its HTTP/1.1 side of a TLS server as properties only.
      Object.assign(secure, limits);
      this.#node = secure;
    } else {
      this.#node = http.createServer(limits, listener);
      // A header block may be long, but not without end; Node's own bound on their number would drop some silently.
      this.#node.maxHeadersCount = 0;
      this.#node.on('connection', (socket) => {
        prepare(socket);
        this.#isSilent(socket);
      });
      this.#node.on(
        'clientError',
        guard(
          'broken HTTP request',
          (error: NodeJS.ErrnoException, socket) => respondToBroken(error, socket as Socket),
          (_error, socket) => socket.destroy(),
        ),
      );
    }
    this.#node.on('checkContinue', (request: HttpRequest, response: HttpResponse) => {
      bodyIsHeldBack(request, response);
      listener(request, response);
    });
    if (config.write_timeout > 0) this.#node.setTimeout(nodeTimeout(config.write_timeout));
  }

  accept(socket: Socket): void {
    // Node's server does not listen itself; it watches the times of requests from this event on.
    if (!this.#stopSweep) {
      this.#node.emit('listening');
      this.#sweep();
    }
    socket.allowHalfOpen = this.#halfOpen;
    this.#sockets.add(socket);
    this.#node.emit('connection', socket);
  }

  /** Lets each connection end with its last request. */
  end(): void {
    this.#node.close();
    this.#handshakes?.end();
    // To Node a connection without a first request is not idle.
    for (const socket of this.#silent) socket.destroy();
    this.#sessions.close();
  }

  async ended(): Promise<void> {
    await this.#sockets.closed();
    this.#stopSweep?.();
  }

  cut(): void {
    this.#sessions.destroy();
    this.#sockets.destroyAll();
  }

  #isSilent(socket: Socket): void {
    this.#silent.add(socket);
    socket.once('close', () => this.#silent.delete(socket));
  }

  #sweep(): void {
    this.#stopSweep = this.#clock.after(checkEveryMs, () => {
      this.#sessions.sweep();
      this.#sweep();
    });
  }
}

/** Ends a request that will not be answered any more. */
function breakOff(response: HttpResponse): void {
  if (response instanceof http.ServerResponse) response.destroy();
  else response.stream.close(http2.constants.NGHTTP2_CANCEL);
}

function prepare(socket: Socket): void {
  socket.setNoDelay(true);
  socket.on('error', () => {});
}

/** Milliseconds. Node wants it to be no longer than the time of the whole request. */
function headersTimeout({ read_header_timeout: header, read_timeout: whole }: HttpServerConfig): number {
  const given = header || whole || headersMs;
  return whole > 0 ? Math.min(given, whole) : given;
}

function refusePlainly(response: HttpResponse, status: number, text: string): void {
  response.statusCode = status;
  response.setHeader('content-type', 'text/plain; charset=utf-8');
  if (response instanceof http.ServerResponse) response.setHeader('connection', 'close');
  response.end(text);
}

/** Responds with 500 unless a response has begun, and ends the connection: its state is not known any more. */
function respondToFault(_request: HttpRequest, response: HttpResponse): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  // One of them may be the fault.
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  refusePlainly(response, 500, 'Internal Server Error');
}

/** Bytes that are no HTTP get the plainest of responses, and the connection ends. */
function respondToBroken(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const status =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : '400 Bad Request';
  socket.end(`HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${status}`);
}
