import http from 'node:http';
import http2 from 'node:http2';
import type { Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import { nodeTimeout } from '../../component/clock.js';
import type { ListeningAddress } from '../../component/lifecycle.js';
import { listen, type Listening } from '../listen.js';
import { OpenSockets } from '../listening/open-sockets.js';
import { sameTls } from '../listening/same-tls.js';
import type { AcceptStatus, ConnectionTaker } from '../listening/socket.js';
import type { HttpServerConfig } from '../options/http-server.js';
import { Cors } from './cors.js';

/** HTTP/1.1 requests, and over TLS also HTTP/2 ones: to a handler they look the same. */
export type HttpRequest = http.IncomingMessage | http2.Http2ServerRequest;
export type HttpResponse = http.ServerResponse | http2.Http2ServerResponse;

export type HttpHandler = (request: HttpRequest, response: HttpResponse) => void;

/**
 * An HTTP server with the options of every Collector server: where it listens, its timeouts, CORS, fixed response
 * headers.
 */
export class HttpServer implements ConnectionTaker {
  readonly #config: HttpServerConfig;
  readonly #tls: TlsOptions | undefined;
  readonly #cors: Cors | undefined;
  readonly #handler: HttpHandler;
  readonly #inProgress: Set<HttpResponse> = new Set();
  #idle: (() => void)[] = [];
  #connections: Connections;
  #listening: Listening | undefined;
  #closing = false;

  constructor(config: HttpServerConfig, tls: TlsOptions | undefined, handler: HttpHandler) {
    this.#config = config;
    this.#tls = tls;
    this.#handler = handler;
    this.#cors = config.cors && config.cors.allowed_origins.length > 0 ? new Cors(config.cors) : undefined;
    this.#connections = new Connections(config, tls, this);
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
    if (!sameTls(before.#tls, this.#tls)) return;
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

  respond(request: HttpRequest, response: HttpResponse): void {
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
    if (old && (this.#closing || !this.#config.keep_alives_enabled)) response.setHeader('connection', 'close');
    for (const [name, value] of this.#config.response_headers) response.setHeader(name, value);
    const cors = this.#cors?.respond({ method: request.method ?? '', headers: request.headers });
    for (const [name, value] of Object.entries(cors?.fields ?? {})) response.setHeader(name, value);
    if (cors?.preflight === true) {
      response.statusCode = 204;
      response.end();
    } else this.#handler(request, response);
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
  readonly #sessions: Set<http2.ServerHttp2Session> = new Set();
  #began = false;

  constructor(config: HttpServerConfig, tls: TlsOptions | undefined, server: Pick<HttpServer, 'respond'>) {
    this.server = server;
    this.#halfOpen = tls === undefined;
    const limits = {
      maxHeaderSize: 1 << 20,
      requestTimeout: nodeTimeout(config.read_timeout),
      headersTimeout: nodeTimeout(config.read_header_timeout || config.read_timeout),
      keepAliveTimeout: nodeTimeout(config.idle_timeout || config.read_timeout),
      insecureHTTPParser: false,
    };
    const listener = (request: HttpRequest, response: HttpResponse): void => this.server.respond(request, response);
    if (tls) {
      const secure = http2.createSecureServer(
        { ...tls, allowHTTP1: true, ALPNProtocols: ['h2', 'http/1.1'], maxSessionMemory: 64 },
        listener,
      );
      secure.on('session', (session) => {
        this.#sessions.add(session);
        session.on('close', () => this.#sessions.delete(session));
        session.on('error', () => session.destroy());
      });
      secure.on('secureConnection', (socket: Socket) => prepare(socket));
      // Node gives these to its HTTP/1.1 side of a TLS server as properties only.
      Object.assign(secure, limits);
      this.#node = secure;
    } else {
      this.#node = http.createServer(limits, listener);
      // A header block may be long, but not without end; Node's own bound on their number would drop some silently.
      this.#node.maxHeadersCount = 0;
      this.#node.on('connection', prepare);
      this.#node.on('clientError', (error: NodeJS.ErrnoException, socket) => respondToBroken(error, socket as Socket));
      // A client that asks whether it may send its body gets its response by sending it.
      this.#node.on('checkContinue', (request, response) => {
        response.writeContinue();
        listener(request, response);
      });
    }
    if (config.write_timeout > 0) this.#node.setTimeout(nodeTimeout(config.write_timeout));
  }

  accept(socket: Socket): void {
    // Node's server does not listen itself; it watches the times of requests from this event on.
    if (!this.#began) this.#node.emit('listening');
    this.#began = true;
    socket.allowHalfOpen = this.#halfOpen;
    this.#sockets.add(socket);
    this.#node.emit('connection', socket);
  }

  /** Lets each connection end with its last request. */
  end(): void {
    this.#node.close();
    for (const session of this.#sessions) session.close();
  }

  ended(): Promise<void> {
    return this.#sockets.closed();
  }

  cut(): void {
    for (const session of this.#sessions) session.destroy();
    this.#sockets.destroyAll();
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

function refusePlainly(response: HttpResponse, status: number, text: string): void {
  response.statusCode = status;
  response.setHeader('content-type', 'text/plain; charset=utf-8');
  response.setHeader('connection', 'close');
  response.end(text);
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
