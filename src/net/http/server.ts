import http from 'node:http';
import http2 from 'node:http2';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import { nodeTimeout, systemClock, type Clock } from '../../component/clock.js';
import { guard } from '../../component/fault.js';
import type { ListeningAddress } from '../../component/lifecycle.js';
import { isOfMessage } from '../../component/schema/header-field.js';
import { codeOfHttp } from '../grpc/status.js';
import { listen, type Listening } from '../listen.js';
import { lastAnswer, spokenBy, withFirstBytes, type Spoken } from '../listening/first-bytes.js';
import { addressOf } from '../listening/peer-address.js';
import { OpenSockets } from '../listening/open-sockets.js';
import { sameTls } from '../listening/same-tls.js';
import type { AcceptStatus, ConnectionTaker } from '../listening/socket.js';
import type { HttpServerConfig } from '../options/http-server.js';
import { Handshakes, type HandshakeFault } from '../tls/handshakes.js';
import type { ServerTls } from '../tls/server.js';
import { Cors } from './cors.js';
import { bodyIsHeldBack } from './expect.js';
import { RequestShapes } from './request-shapes.js';
import { Sessions } from './sessions.js';
import { UnreadResponses } from './unread.js';

/** HTTP/1.1 requests, and over TLS also HTTP/2 ones: to a handler they look the same. */
export type HttpRequest = http.IncomingMessage | http2.Http2ServerRequest;
export type HttpResponse = http.ServerResponse | http2.Http2ServerResponse;

/** How a server learns of clients that do not speak HTTP/1.1, and what it does with them. */
export interface ForeignClients {
  /** A client speaks another protocol, which the server does not answer in. */
  heard(spoken: Spoken, peer: string): void;
  /** A TLS handshake failed. */
  readonly handshake: HandshakeFault;
  /** Takes the connections of clients that begin as HTTP/2 does, though there is no TLS. */
  readonly http2: ConnectionTaker;
}

/** An error that it throws or rejects with is answered with 500. */
export type HttpHandler = (request: HttpRequest, response: HttpResponse) => void | Promise<void>;

/**
 * How long a client may take for the header fields of a request where no option says so, and until its first request,
 * milliseconds: the Collector's default of `read_header_timeout`.
 */
const headersMs = 60_000;
/** How long a client may leave a response unread where no option says so, milliseconds. */
const unreadMs = 60_000;
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
  /** `response_headers` without those that HTTP writes itself. */
  readonly #added: readonly (readonly [name: string, value: string])[];
  readonly #handler: HttpHandler;
  readonly foreign: ForeignClients | undefined;
  readonly #inProgress: Set<HttpResponse> = new Set();
  readonly #unread: UnreadResponses;
  #idle: (() => void)[] = [];
  #connections: Connections;
  #listening: Listening | undefined;
  #closing = false;

  constructor(
    config: HttpServerConfig,
    tls: ServerTls | undefined,
    handler: HttpHandler,
    clock: Clock = systemClock,
    foreign?: ForeignClients,
  ) {
    this.foreign = foreign;
    this.#config = config;
    this.#clock = clock;
    this.#tls = tls;
    this.#handler = handler;
    this.#added = config.response_headers.filter(([name, value]) => !isOfMessage(name, value));
    this.#unread = new UnreadResponses(set(config.write_timeout) || unreadMs);
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

  /** Ends what has been unread for too long. To be called now and then. */
  sweep(): void {
    const now = this.#clock.now();
    for (const response of this.#inProgress) if (this.#unread.isOver(response, now)) breakOff(response);
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
    const fault = headFault(request);
    if (fault) return refusePlainly(request, response, fault.http, fault.text);
    if (!(request instanceof http.IncomingMessage)) this.#endAfter(request);
    if (old && (this.#closing || !this.#config.keep_alives_enabled)) response.setHeader('connection', 'close');
    for (const [name, value] of this.#added) response.setHeader(name, value);
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

type RequestServer = Pick<HttpServer, 'respond' | 'sweep' | 'foreign'>;

/** The connections of a server, or of one server after the other, when a reload changes only what is behind them. */
class Connections {
  /** The one that new requests go to. */
  server: RequestServer;
  readonly #node: http.Server | http2.Http2SecureServer;
  /** Node reads HTTP/1.1 without TLS from sockets that a client may have closed for writing. */
  readonly #halfOpen: boolean;
  readonly #sockets: OpenSockets = new OpenSockets();
  /** Those that have not brought a request of HTTP/1.1 yet, and when they began. */
  readonly #silent: Map<Socket, number> = new Map();
  /** How long they may take. */
  readonly #firstMs: number;
  readonly #sessions: Sessions;
  readonly #handshakes: Handshakes | undefined;
  readonly #clock: Clock;
  readonly #shapes: RequestShapes = new RequestShapes();
  #stopSweep: (() => void) | undefined;

  constructor(config: HttpServerConfig, tls: ServerTls | undefined, server: RequestServer, clock: Clock) {
    this.server = server;
    this.#clock = clock;
    this.#halfOpen = tls === undefined;
    const firstMs = (this.#firstMs = headersTimeout(config));
    const wholeMs = set(config.read_timeout);
    const idleMs = set(config.idle_timeout) || wholeMs;
    const limits = {
      maxHeaderSize: 1 << 20,
      requestTimeout: nodeTimeout(wholeMs),
      headersTimeout: nodeTimeout(firstMs),
      keepAliveTimeout: nodeTimeout(idleMs),
      connectionsCheckingInterval: checkEveryMs,
      insecureHTTPParser: false,
    };
    this.#sessions = new Sessions(clock, {
      firstMs,
      idleMs: idleMs || Number.POSITIVE_INFINITY,
    });
    const listener = guard(
      'HTTP request',
      (request: HttpRequest, response: HttpResponse) => {
        if (request.httpVersionMajor === 1) this.#silent.delete(request.socket);
        this.#shapes.keep(request, response);
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
      this.#handshakes = new Handshakes(secure, (why, peer) => this.server.foreign?.handshake(why, peer));
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
    if (!this.#halfOpen) {
      this.#node.emit('connection', socket);
      return;
    }
    prepare(socket);
    this.#isSilent(socket);
    withFirstBytes(socket, this.#clock, this.#firstMs, (first) => this.#begin(socket, first));
  }

  /** A connection without TLS has brought its first bytes. */
  #begin(socket: Socket, first: Buffer): void {
    const { foreign } = this.server;
    const spoken = spokenBy(first);
    if (spoken === 'HTTP/2' && foreign) {
      this.#silent.delete(socket);
      foreign.http2.accept(socket);
      return;
    }
    if (spoken === 'HTTP/2' || spoken === 'TLS') foreign?.heard(spoken, addressOf(socket));
    // Node passes over empty lines.
    if (first[0] === 10 || first[0] === 13) {
      socket.on('data', () => {});
      socket.end(lastAnswer('400 Bad Request', 3, 'malformed HTTP request ""', first));
    } else this.#node.emit('connection', socket);
  }

  /** Lets each connection end with its last request. */
  end(): void {
    this.#node.close();
    this.#handshakes?.end();
    // To Node a connection without a first request is not idle.
    for (const socket of this.#silent.keys()) socket.destroy();
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
    this.#silent.set(socket, this.#clock.now());
    socket.once('close', () => this.#silent.delete(socket));
  }

  /** Ends connections whose first head takes too long. Node bounds each head, by its own clock. */
  #endSilent(): void {
    const now = this.#clock.now();
    for (const [socket, since] of this.#silent) if (now - since >= this.#firstMs) this.#endOne(socket);
  }

  readonly #endOne: (socket: Socket) => void = guard(
    'HTTP connection, limits',
    (socket) => {
      if (socket.bytesRead === 0) socket.destroy();
      else respondToBroken({ code: 'ERR_HTTP_REQUEST_TIMEOUT' }, socket);
    },
    (socket) => socket.destroy(),
  );

  #sweep(): void {
    this.#stopSweep = this.#clock.after(checkEveryMs, () => {
      this.#sessions.sweep();
      this.#endSilent();
      this.server.sweep();
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
  const given = set(header) || set(whole) || headersMs;
  return whole > 0 ? Math.min(given, whole) : given;
}

/** A time limit; below zero, as in Go, none. */
function set(ms: number): number {
  return Math.max(0, ms);
}

/** Requests with faults that Node lets pass. */
function headFault(request: HttpRequest): { readonly http: number; readonly text: string } | undefined {
  const { headers, rawHeaders, httpVersionMajor } = request;
  if (!/^[A-Za-z0-9!$%&'()*+,\-.:;=@[\]_~]*$/.test(headers.host ?? ''))
    return { http: 400, text: 'malformed Host header' };
  if (!(request instanceof http.IncomingMessage)) return undefined;
  if (httpVersionMajor !== 1) return { http: 505, text: 'HTTP Version Not Supported' };
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2)
    if (rawHeaders[i]?.length === 4 && rawHeaders[i]?.toLowerCase() === 'host') hosts++;
  if (hosts > 1) return { http: 400, text: 'too many Host headers' };
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && coding.trim().toLowerCase() !== 'chunked')
    return { http: 501, text: `unsupported transfer encoding: ${JSON.stringify(coding)}` };
  return undefined;
}

/** The text is a google.rpc.Status for a client that sends JSON. */
function refusePlainly(request: HttpRequest, response: HttpResponse, status: number, text: string): void {
  const json = /^application\/json\b/i.test(request.headers['content-type'] ?? '');
  response.statusCode = status;
  response.setHeader('content-type', json ? 'application/json' : 'text/plain; charset=utf-8');
  if (response instanceof http.ServerResponse) response.setHeader('connection', 'close');
  response.end(json ? JSON.stringify({ code: codeOfHttp(status), message: text }) : text);
}

/** Responds with 500 unless a response has begun, and ends the connection: its state is not known any more. */
function respondToFault(request: HttpRequest, response: HttpResponse): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  // One of them may be the fault.
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  refusePlainly(request, response, 500, 'Internal Server Error');
}

/** Bytes that are no HTTP get the plainest of responses, and the connection ends. */
function respondToBroken(error: Pick<NodeJS.ErrnoException, 'code'>, socket: Socket): void {
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
  const { rawPacket: sent = new Uint8Array() } = error as { readonly rawPacket?: Uint8Array };
  socket.end(lastAnswer(status, codeOfHttp(Number(status.slice(0, 3))), status, sent));
}
