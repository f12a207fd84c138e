import type net from 'node:net';
import tls from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import { systemClock, type Clock, type Random } from '../../component/clock.js';
import { guard } from '../../component/fault.js';
import type { ListeningAddress } from '../../component/lifecycle.js';
import { listen, type Listening } from '../listen.js';
import { addressOf } from '../listening/peer-address.js';
import { spokenBy, withFirstBytes, type Spoken } from '../listening/first-bytes.js';
import { InProgress } from '../listening/in-progress.js';
import { OpenSockets } from '../listening/open-sockets.js';
import type { AcceptStatus, ConnectionTaker } from '../listening/socket.js';
import { sameTls } from '../listening/same-tls.js';
import type { ListenConfig } from '../options/server-common.js';
import { handshakeMs, Handshakes, type HandshakeFault } from '../tls/handshakes.js';
import type { ServerTls } from '../tls/server.js';
import { Connection, type ConnectionRole } from './connection.js';
import { requestFault, type FieldList } from './fields.js';
import { errorCode } from './frames.js';
import { defaultKeepalive, PingJudge, sweepEveryMs, type KeepalivePolicy } from './keepalive.js';
import type { WindowSizes } from './receive-window.js';
import type { Stream, StreamEvents } from './stream.js';
import { keepShape, unset } from '../../runtime/memory/kept-shape.js';

/** The callbacks that receive the body of a request. None of them may throw. */
export interface RequestBody {
  /** Content at `bytes[from..to)`, borrowed until the call returns. */
  onData(bytes: Uint8Array, from: number, to: number): void;
  onEnd(): void;
  /** The stream is over, answered or not. */
  onGone(): void;
}

/** One request on a stream, before its body. */
export interface Http2Request {
  readonly headers: FieldList;
  /** The sender's address, `host:port`; empty for a socket with a path. */
  readonly peer: string;
  /** The same object for all requests of a connection. */
  readonly connection: object;
  /** Hands the body to `body`. To be called before the callback of the request returns. */
  receive(body: RequestBody): void;
  /** Responds with a body, and trailers if there are any. */
  respond(headers: FieldList, body: Uint8Array, trailers: FieldList | undefined): void;
  /** Responds with headers alone; what is still coming is no longer wanted. */
  respondOnly(headers: FieldList): void;
}

export interface Http2ServerOptions {
  readonly tls: ServerTls | undefined;
  /** 0: as many as we take at most. */
  readonly maxConcurrentStreams: number;
  /** grpc-go's defaults unless set. */
  readonly keepalive?: KeepalivePolicy;
  readonly clock?: Clock;
  readonly random?: Random;
  onRequest(request: Http2Request): void;
  /** A client speaks another protocol; returns the last bytes for it, if there is anything to say. */
  onForeign?(spoken: Spoken, first: Uint8Array, peer: string): Uint8Array | undefined;
  /** A TLS handshake failed. */
  onHandshakeFault?: HandshakeFault;
}

/**
 * Receive windows of one stream and of one connection, bytes. Bodies are read at once, so this bounds bursts, not
 * memory.
 */
const windows: WindowSizes = { stream: 1 << 20, connection: 4 << 20, mostConnection: 16 << 20 };
/** Streams one client may have open where no limit is configured; one more is refused, not announced. */
const mostStreams = 10_000;
/** How long a client may take until its SETTINGS are here, as grpc-go has it, milliseconds. */
const openWithinMs = 120_000;
/** How long a client may take to read that we go before its last streams are refused, milliseconds. */
const goingMs = 1000;

/** The part of the server that a connection needs. */
interface RequestTaker {
  readonly inProgress: InProgress;
  onRequest(request: Http2Request): void;
}

/** Serves HTTP/2 with prior knowledge or over TLS with ALPN (RFC 9113 3). */
export class Http2Server implements ConnectionTaker, RequestTaker {
  readonly inProgress: InProgress = new InProgress();
  readonly #options: Http2ServerOptions;
  #config: Pick<ListenConfig, 'endpoint' | 'transport'> | undefined;
  #connections: Connections;
  #listening: Listening | undefined;

  constructor(options: Http2ServerOptions) {
    this.#options = options;
    this.#connections = new Connections(options, this);
  }

  async listen(config: Pick<ListenConfig, 'endpoint' | 'transport'>, status?: AcceptStatus): Promise<void> {
    this.#config = config;
    this.#listening = await listen(this, config, status);
  }

  /** Where it listens; undefined before and after, and for a socket with a path. */
  get address(): ListeningAddress | undefined {
    const address = this.#listening?.address;
    return typeof address === 'object' ? address : undefined;
  }

  accept(socket: net.Socket): void {
    this.#connections.accept(socket);
  }

  onRequest(request: Http2Request): void {
    this.#options.onRequest(request);
  }

  inherit(before: ConnectionTaker): void {
    if (!(before instanceof Http2Server) || !this.#isLike(before)) return;
    this.#connections = before.#connections;
    this.#connections.server = this;
  }

  /** Whether clients see no difference between the two. */
  #isLike(other: Http2Server): boolean {
    const { tls: ours, maxConcurrentStreams, keepalive } = this.#options;
    const { tls: theirs, ...options } = other.#options;
    return (
      isDeepStrictEqual(this.#config, other.#config) &&
      sameTls(ours?.options, theirs?.options) &&
      maxConcurrentStreams === options.maxConcurrentStreams &&
      isDeepStrictEqual(keepalive, options.keepalive)
    );
  }

  /**
   * Takes no more requests, lets running ones end, and cuts off what is left when `deadline` aborts. Connections that
   * another server has taken over stay open.
   */
  async close(deadline: AbortSignal): Promise<void> {
    this.#listening?.close();
    const connections = this.#connections;
    const mine = connections.server === this;
    const cut = (): void => (mine ? connections.cut() : connections.cancel(this));
    if (mine) connections.end();
    if (deadline.aborted) cut();
    else deadline.addEventListener('abort', cut, { once: true });
    await (mine ? connections.ended() : this.inProgress.none());
    deadline.removeEventListener('abort', cut);
  }
}

/** The connections of a server, or of one server after the other, when a reload changes only what is behind them. */
class Connections {
  /** The one that new requests go to. */
  server: RequestTaker;
  readonly #options: Http2ServerOptions;
  readonly #clock: Clock;
  /** Makes the handshakes; undefined without TLS. */
  readonly #tls: tls.Server | undefined;
  readonly #handshakes: Handshakes | undefined;
  readonly #connections: Set<ServerConnection> = new Set();
  /** Those of all connections, also of those that have not shown yet what they speak. */
  readonly #sockets: OpenSockets = new OpenSockets();
  #ending = false;
  #cancelSweep: (() => void) | undefined;

  constructor(options: Http2ServerOptions, server: RequestTaker) {
    this.server = server;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    if (!options.tls) return;
    this.#tls = tls.createServer({ ...options.tls.options, ALPNProtocols: ['h2'] }, (socket) => {
      if (socket.alpnProtocol === 'h2') this.#serve(socket);
      else this.#refuse(socket);
    });
    options.tls.keepNew(this.#tls);
    this.#handshakes = new Handshakes(this.#tls, options.onHandshakeFault);
  }

  accept(socket: net.Socket): void {
    if (!this.#cancelSweep) this.#sweep();
    socket.allowHalfOpen = false;
    this.#sockets.add(socket);
    if (this.#tls) this.#tls.emit('connection', socket);
    else this.#serve(socket);
  }

  /** Lets each connection end with its last request. */
  end(): void {
    this.#ending = true;
    this.#handshakes?.end();
    for (const connection of this.#connections) connection.close();
  }

  async ended(): Promise<void> {
    await this.#sockets.closed();
    this.#cancelSweep?.();
  }

  cut(): void {
    for (const connection of this.#connections) connection.destroy();
    this.#sockets.destroyAll();
  }

  /** Ends the requests of a server that were taken before another one was behind the connections. */
  cancel(server: RequestTaker): void {
    for (const connection of this.#connections) connection.cancel(server.inProgress);
  }

  readonly #serve: (socket: net.Socket) => void = guard(
    'HTTP/2 connection',
    (socket) => {
      socket.setNoDelay(true);
      const connection = new ServerConnection(
        socket,
        this.#clock,
        this.#options,
        () => this.server,
        () => this.#connections.delete(connection),
      );
      this.#connections.add(connection);
      if (this.#ending) connection.close();
    },
    (socket) => socket.destroy(),
  );

  /** A client that has not asked for HTTP/2 in its handshake (RFC 9113 3.2). */
  #refuse(socket: tls.TLSSocket): void {
    withFirstBytes(socket, this.#clock, handshakeMs, (first) => {
      const answer = this.#options.onForeign?.(spokenBy(first), first, addressOf(socket));
      socket.on('data', () => {});
      if (answer) socket.end(answer);
      else socket.destroy();
    });
  }

  #sweep(): void {
    const sweepOne = guard(
      'HTTP/2 connection, limits',
      (connection: ServerConnection, now: number) => connection.sweep(now),
      (connection) => connection.destroy(),
    );
    this.#cancelSweep = this.#clock.after(sweepEveryMs(this.#options.keepalive ?? defaultKeepalive), () => {
      const now = this.#clock.now();
      for (const connection of this.#connections) sweepOne(connection, now);
      this.#sweep();
    });
  }
}

class ServerConnection implements ConnectionRole {
  readonly side = 'server';
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #server: () => RequestTaker;
  readonly #onClosed: () => void;
  readonly #peer: string;
  readonly #onForeign: Http2ServerOptions['onForeign'];
  readonly #policy: KeepalivePolicy;
  readonly #pings: PingJudge;
  /** When it has to go, clock milliseconds. */
  readonly #oldAt: number;
  #idleSince: number;
  /** The first GOAWAY announces the end and still allows requests; the second one refuses them. */
  #going = false;
  #closing = false;
  #goneAt: number = Number.POSITIVE_INFINITY;
  /** Until when a ping of this server must be answered. */
  #answerBy: number = Number.POSITIVE_INFINITY;

  constructor(
    socket: net.Socket,
    clock: Clock,
    options: Http2ServerOptions,
    server: () => RequestTaker,
    onClosed: () => void,
  ) {
    this.#clock = clock;
    this.#server = server;
    this.#onClosed = onClosed;
    this.#peer = addressOf(socket);
    this.#onForeign = options.onForeign;
    this.#policy = options.keepalive ?? defaultKeepalive;
    this.#pings = new PingJudge(this.#policy);
    this.#idleSince = clock.now();
    this.#oldAt = clock.now() + this.#policy.ageMs * (0.9 + 0.2 * (options.random ?? Math.random)());
    const limit = options.maxConcurrentStreams > 0 ? options.maxConcurrentStreams : undefined;
    this.#connection = new Connection(
      { socket, clock, windows, announcedMaxStreams: limit, maxStreams: limit ?? mostStreams },
      this,
    );
  }

  open(stream: Stream, fields: FieldList | undefined): StreamEvents | undefined {
    if (!fields) {
      // As RFC 6585 has it; the rest of the request is dropped.
      this.#connection.sender.headers(stream, [':status', '431'], true);
      return undefined;
    }
    if (requestFault(fields) !== undefined) return undefined;
    const server = this.#server();
    const { inProgress } = server;
    const request = new StreamRequest(this.#connection, stream, fields, this.#peer, inProgress);
    server.onRequest(request);
    if (!stream.closed) inProgress.began();
    return request;
  }

  ready(): void {}

  foreign(first: Uint8Array): Uint8Array | undefined {
    return this.#onForeign?.(spokenBy(first), first, this.#peer);
  }

  moved(): void {
    if (this.#connection.streams === 0) this.#idleSince = this.#clock.now();
    if (this.#closing && this.#connection.streams === 0) this.#connection.end('the server is shutting down');
  }

  pinged(): boolean {
    const { sender, streams } = this.#connection;
    return this.#pings.allows(this.#clock.now(), streams, sender.headerBlocks);
  }

  goaway(): void {}

  closed(): void {
    this.#onClosed();
  }

  /** Says that no more requests are wanted, takes those that are already under way, and ends with the last. */
  close(): void {
    if (this.#going) return;
    this.#going = true;
    this.#connection.goaway(true);
    const last = guard(
      'HTTP/2 connection, ending',
      () => {
        if (this.#closing) return;
        this.#closing = true;
        this.#connection.goaway(false);
        this.moved();
      },
      () => this.destroy(),
    );
    this.#connection.ping(last);
    this.#clock.after(goingMs, last);
  }

  destroy(): void {
    this.#connection.destroy('the server is shutting down');
  }

  /** Resets the streams of requests that are counted here. */
  cancel(inProgress: InProgress): void {
    this.#connection.resetStreams(
      (events) => events instanceof StreamRequest && events.inProgress === inProgress,
      errorCode.cancel,
    );
  }

  sweep(now: number): void {
    this.#connection.sweep(openWithinMs, now);
    if (this.#connection.isClosed) return;
    const { idleMs, graceMs } = this.#policy;
    if (now >= this.#goneAt) this.#connection.destroy('the connection is too old');
    else if (now >= this.#oldAt) {
      this.#goneAt = Math.min(this.#goneAt, now + graceMs);
      this.close();
    } else if (this.#connection.streams === 0 && now - this.#idleSince >= idleMs) this.close();
    this.#probe(now);
  }

  /** Asks a client that has been silent for long whether it is there. */
  #probe(now: number): void {
    const { pingAfterMs, pingTimeoutMs } = this.#policy;
    const silent = now - this.#connection.lastHeard;
    if (silent < Math.min(pingAfterMs, pingTimeoutMs)) this.#answerBy = Number.POSITIVE_INFINITY;
    if (now >= this.#answerBy) this.#connection.destroy('the client does not answer pings');
    else if (silent >= pingAfterMs && this.#answerBy === Number.POSITIVE_INFINITY) {
      this.#answerBy = now + pingTimeoutMs;
      this.#connection.ping(() => {
        this.#answerBy = Number.POSITIVE_INFINITY;
      });
    }
  }
}

class StreamRequest implements Http2Request, StreamEvents {
  readonly headers: FieldList;
  readonly peer: string;
  readonly inProgress: InProgress;
  readonly connection: object;
  readonly #connection: Connection;
  readonly #stream: Stream;
  #body: RequestBody | undefined;
  #answered = false;

  constructor(connection: Connection, stream: Stream, headers: FieldList, peer: string, inProgress: InProgress) {
    this.connection = this.#connection = connection;
    this.#stream = stream;
    this.headers = headers;
    this.peer = peer;
    this.inProgress = inProgress;
  }

  receive(body: RequestBody): void {
    this.#body = body;
  }

  respond(headers: FieldList, body: Uint8Array, trailers: FieldList | undefined): void {
    if (this.#answered || this.#stream.closed) return;
    this.#answered = true;
    this.#connection.sender.headers(this.#stream, headers, false);
    this.#connection.sender.body(this.#stream, [body], trailers);
  }

  respondOnly(headers: FieldList): void {
    if (this.#answered || this.#stream.closed) return;
    this.#answered = true;
    this.#connection.sender.headers(this.#stream, headers, true);
  }

  onFields(): void {}

  onData(bytes: Uint8Array, from: number, to: number): void {
    // The rest of a refused body is let in and dropped: a reset could overtake the response.
    if (!this.#answered) this.#body?.onData(bytes, from, to);
  }

  onEnd(): void {
    this.#body?.onEnd();
  }

  onClosed(): void {
    this.inProgress.ended();
    this.#body?.onGone();
  }
}

keepShape(new StreamRequest(unset, unset, [], '', unset));
