import net from 'node:net';
import tls from 'node:tls';
import type { CancelSignal } from '../../component/cancellation.js';
import { systemClock, type Clock } from '../../component/clock.js';
import { mostInterimAnswers } from '../interim-answers.js';
import { Connection, type ConnectionRole } from './connection.js';
import { tlsFault } from '../tls/fault.js';
import { fieldListSize, responseFault, trailerFault, type FieldList } from './fields.js';
import { errorCode } from './frames.js';
import type { WindowSizes } from './receive-window.js';
import type { Stream, StreamEnd, StreamEvents } from './stream.js';
import { keepShape, unset } from '../../runtime/memory/kept-shape.js';

/** Where one connection goes, after names have been resolved. */
export type Address = { readonly host: string; readonly port: number } | { readonly path: string };

/** One request that ended, however it ended. */
export interface Http2Reply {
  /** HTTP status; 0 when no response came. */
  readonly status: number;
  /** Header and trailer fields, one map: a trailer wins. Names are lower case. */
  readonly fields: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** All of the request has left this process, so that its memory is no longer looked at. */
  readonly written: boolean;
  /** RST_STREAM code that ended it, if one did. */
  readonly reset: number | undefined;
  /** A failure below HTTP/2: the connection was lost, the reply was too large, or the caller left. */
  readonly fault: Http2Fault | undefined;
}

export type Http2Fault =
  | { readonly kind: 'connection'; readonly message: string }
  | { readonly kind: 'too_large'; readonly limit: number }
  /** The fields of the request are more than the server takes, bytes. Nothing was sent. */
  | { readonly kind: 'fields_too_large'; readonly limit: number }
  | { readonly kind: 'aborted' };

export interface ConnectOptions {
  readonly address: Address;
  /** The `:authority` and the TLS name. */
  readonly authority: string;
  /** Undefined means plaintext with prior knowledge. */
  readonly tls: tls.ConnectionOptions | undefined;
  /** For name look-up, TCP, TLS and the server's SETTINGS together. */
  readonly connectTimeoutMs: number;
  readonly clock?: Clock;
  /** Ends the attempt to connect. */
  readonly signal?: CancelSignal;
}

/** Largest reply that is read (what gRPC clients take by default), bytes. */
const maxReply = 4 << 20;
/** Largest list of fields that is sent to a server which names no limit, bytes: as much as most of them take. */
const mostFieldList = 65_536;
/** Replies are small and taken in at once. Bytes. */
const windows: WindowSizes = { stream: 1 << 18, connection: 1 << 20, mostConnection: 1 << 20 };
const noBody: Uint8Array = new Uint8Array(0);

/** Servers that expect TLS close connections whose first bytes are none of it. */
const closedAtOnce =
  'the server closed the connection before it said anything in HTTP/2: it may expect TLS, which ' +
  '`tls::insecure: true` turns off';

interface Waiting {
  readonly headers: FieldList;
  readonly parts: readonly Uint8Array[];
  readonly exchange: Exchange;
}

/** A connection that carries requests of known length. */
export class Http2Connection implements ConnectionRole {
  readonly side = 'client';
  readonly #connection: Connection;
  readonly #clock: Clock;
  /** Requests beyond the streams that the server allows, in their order. */
  #waiting: Waiting[] = [];
  #opened: (() => void) | undefined;
  #onClose: ((message: string) => void)[] = [];
  #going = false;
  #failure: string | undefined;
  readonly #exchanges: Set<Exchange> = new Set();

  private constructor(socket: net.Socket, clock: Clock, opened: () => void, closed: (message: string) => void) {
    this.#opened = opened;
    this.#onClose.push(closed);
    this.#clock = clock;
    this.#connection = new Connection({ socket, clock, windows, announcedMaxStreams: undefined, maxStreams: 0 }, this);
    socket.unref();
  }

  /** Resolves when the server has answered with its SETTINGS; rejects with what kept it from that. */
  static connect(options: ConnectOptions): Promise<Http2Connection> {
    return new Promise((resolve, reject) => {
      const { clock = systemClock, signal } = options;
      if (signal?.aborted) {
        reject(new Error('connect was cancelled'));
        return;
      }
      const socket = openSocket(options);
      const giveUp = (): void => connection.destroy('connect was cancelled');
      const stopTimer = clock.after(options.connectTimeoutMs, () =>
        connection.destroy(`connect to ${show(options.address)}: i/o timeout`),
      );
      signal?.addEventListener('abort', giveUp);
      const settled = (): void => {
        stopTimer();
        signal?.removeEventListener('abort', giveUp);
      };
      const connection = new Http2Connection(
        socket,
        clock,
        () => {
          settled();
          resolve(connection);
        },
        (message) => {
          settled();
          const silent = !options.tls && message === 'connection closed';
          reject(connection.#connection.failure ?? new Error(silent ? closedAtOnce : message));
        },
      );
      if (options.tls)
        (socket as tls.TLSSocket).once('secureConnect', () => {
          if ((socket as tls.TLSSocket).alpnProtocol !== 'h2')
            connection.destroy(
              'the server did not agree to HTTP/2 in the TLS handshake (ALPN): it is no gRPC endpoint, or a proxy ' +
                'before it has HTTP/2 turned off',
            );
        });
    });
  }

  /** False once the server said GOAWAY or the connection broke. */
  get usable(): boolean {
    return !this.#going && this.#connection.canOpen;
  }

  onClose(run: () => void): void {
    if (this.#connection.isClosed) run();
    else this.#onClose.push(run);
  }

  /** Sends one request whose body is `parts` in a row; never rejects. The parts are borrowed until it resolves. */
  request(headers: FieldList, parts: readonly Uint8Array[], signal: CancelSignal | undefined): Promise<Http2Reply> {
    return new Promise((resolve) => {
      const exchange = new Exchange(this.#connection, signal, (reply) => {
        this.#exchanges.delete(exchange);
        resolve(reply);
      });
      if (signal?.aborted) exchange.fail({ kind: 'aborted' });
      else if (!this.usable) exchange.fail({ kind: 'connection', message: this.#failure ?? 'connection closed' });
      else {
        this.#exchanges.add(exchange);
        this.#waiting.push({ headers, parts, exchange });
        this.moved();
      }
    });
  }

  /** Resolves true when the server answers a PING within `timeoutMs`. */
  ping(timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(timeoutMs, () => resolve(false));
      this.#connection.ping((alive) => {
        cancel();
        resolve(alive);
      });
    });
  }

  /** When the server was last heard, in milliseconds of the clock. */
  get lastHeard(): number {
    return this.#connection.lastHeard;
  }

  /** Lets running requests end, then closes. */
  close(): void {
    this.#going = true;
    this.moved();
  }

  destroy(reason: string): void {
    this.#failure ??= reason;
    this.#connection.destroy(reason);
  }

  ready(): void {
    this.#opened?.();
    this.#opened = undefined;
  }

  moved(): void {
    const connection = this.#connection;
    if (connection.isClosed) return;
    const { maxConcurrentStreams } = connection.sender.peer;
    while (this.#waiting.length > 0 && connection.streams < maxConcurrentStreams && connection.canOpen) {
      const { headers, parts, exchange } = this.#waiting.shift() as Waiting;
      if (exchange.over) continue;
      // Most servers answer too many fields by ending the connection, which would take other requests along.
      const limit = Math.min(connection.sender.peer.maxHeaderListSize, mostFieldList);
      if (fieldListSize(headers) > limit) exchange.fail({ kind: 'fields_too_large', limit });
      else exchange.begin(connection.open(headers, parts, exchange));
    }
    if (this.#going && connection.streams === 0 && this.#waiting.length === 0) connection.end('connection closed');
  }

  goaway(lastStream: number, code: number, debug: string): void {
    this.#going = true;
    if (code !== errorCode.noError)
      this.#failure = `the server closed the connection: error code ${code}${debug === '' ? '' : `, ${debug}`}`;
    const { exchanges, waiting } = { exchanges: [...this.#exchanges], waiting: this.#waiting };
    this.#waiting = [];
    // A request that the server reports as unprocessed is safe to send on another connection.
    for (const exchange of exchanges)
      if (
        exchange.stream === undefined ? waiting.some((one) => one.exchange === exchange) : exchange.stream > lastStream
      )
        exchange.refuse();
    this.moved();
  }

  closed(message: string): void {
    this.#failure ??= message;
    this.#waiting = [];
    for (const exchange of [...this.#exchanges]) exchange.fail({ kind: 'connection', message: this.#describe() });
    for (const run of this.#onClose) run(message);
    this.#onClose = [];
  }

  #describe(): string {
    const { failure } = this.#connection;
    return failure ? describe(failure) : (this.#failure ?? 'connection closed');
  }
}

/** One request and what comes back. */
class Exchange implements StreamEvents {
  readonly #connection: Connection;
  readonly #signal: CancelSignal | undefined;
  readonly #resolve: (reply: Http2Reply) => void;
  readonly #fields: Record<string, string> = {};
  #stream: Stream | undefined;
  #status = 0;
  #interim = 0;
  #chunks: Uint8Array[] = [];
  #size = 0;
  #ended = false;
  #fault: Http2Fault | undefined;
  over = false;

  constructor(connection: Connection, signal: CancelSignal | undefined, resolve: (reply: Http2Reply) => void) {
    this.#connection = connection;
    this.#signal = signal;
    this.#resolve = resolve;
    signal?.addEventListener('abort', this.#abort);
  }

  /** The number of its stream; undefined while it waits for one. */
  get stream(): number | undefined {
    return this.#stream?.id;
  }

  begin(stream: Stream): void {
    this.#stream = stream;
  }

  fail(fault: Http2Fault): void {
    this.#fault ??= fault;
    this.#finish(undefined);
  }

  /** The server never looked at it. */
  refuse(): void {
    this.#finish(errorCode.refusedStream);
    this.#reset();
  }

  onFields(fields: FieldList, last: boolean): void {
    const first = this.#status === 0;
    const fault = first ? responseFault(fields) : trailerFault(fields);
    // Fields after those of the response are trailers, which come once (RFC 9113 8.1).
    if (fault !== undefined || (!first && !last)) {
      if (this.#stream) this.#connection.reset(this.#stream, errorCode.protocolError);
      return;
    }
    const status = first ? Number(fields[1]) : this.#status;
    // An interim response says nothing of the request.
    if (first && status < 200) {
      if (++this.#interim <= mostInterimAnswers) return;
      this.#fault ??= { kind: 'connection', message: `more than ${mostInterimAnswers} interim responses` };
      return this.#reset();
    }
    this.#status = status;
    for (let i = first ? 2 : 0; i < fields.length; i += 2) {
      const name = fields[i] as string;
      const before = first ? this.#fields[name] : undefined;
      this.#fields[name] = before === undefined ? (fields[i + 1] as string) : `${before},${fields[i + 1]}`;
    }
  }

  onData(bytes: Uint8Array, from: number, to: number): void {
    this.#size += to - from;
    if (this.#size <= maxReply) this.#chunks.push(Buffer.from(bytes.subarray(from, to)));
    else {
      this.#fault ??= { kind: 'too_large', limit: maxReply };
      this.#reset();
    }
  }

  onEnd(): void {
    this.#ended = true;
    // A response may come before all was sent: the rest is not wanted then.
    if (this.#stream && !this.#stream.localEnded) this.#reset();
  }

  onClosed(end: StreamEnd): void {
    if (end.kind === 'lost' && !this.#ended) {
      const { failure } = this.#connection;
      this.#fault ??= { kind: 'connection', message: failure ? describe(failure) : end.message };
    }
    this.#finish(end.kind === 'reset' && !this.#ended && !this.#fault ? end.code : undefined);
  }

  readonly #abort = (): void => {
    this.#fault ??= { kind: 'aborted' };
    if (this.#stream) this.#reset();
    else this.#finish(undefined);
  };

  #reset(): void {
    if (this.#stream) this.#connection.reset(this.#stream, errorCode.cancel);
  }

  #finish(reset: number | undefined): void {
    if (this.over) return;
    this.over = true;
    this.#signal?.removeEventListener('abort', this.#abort);
    const chunks = this.#chunks;
    const body = chunks.length > 1 ? Buffer.concat(chunks) : (chunks[0] ?? noBody);
    const written = this.#stream === undefined || this.#connection.sender.isWritten(this.#stream);
    this.#resolve({ status: this.#status, fields: this.#fields, body, written, reset, fault: this.#fault });
  }
}

function openSocket({ address, authority, tls: secure }: ConnectOptions): net.Socket {
  const host = authority.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  if (!secure)
    return 'path' in address
      ? net.connect(address.path)
      : net.connect({ host: address.host, port: address.port, noDelay: true });
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
  const { code, message, syscall, address, port } = error as NodeJS.ErrnoException & {
    address?: string;
    port?: number;
  };
  if (code === 'ECONNREFUSED')
    return (
      `connection error: desc = "transport: Error while dialing: dial tcp ${address ?? ''}:${port ?? ''}: ` +
      `connect: connection refused"`
    );
  const cause = tlsFault(error);
  if (cause !== undefined) return cause;
  if (code === 'ECONNRESET') return `connection error: ${syscall ?? 'read'}: connection reset by peer`;
  return message === '' || message === undefined ? (code ?? 'unknown error') : message;
}

keepShape(new Exchange(unset, undefined, unset));
