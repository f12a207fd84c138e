import type { Socket } from 'node:net';
import tls, { type TLSSocket } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import type { ByteBudget } from '../../component/budget.js';
import { guard } from '../../component/fault.js';
import type { ListeningAddress } from '../../component/lifecycle.js';
import { listen, type Listening } from '../../net/listen.js';
import { sameTls } from '../../net/listening/same-tls.js';
import type { AcceptStatus, ConnectionTaker } from '../../net/listening/socket.js';
import { Handshakes, type HandshakeFault } from '../../net/tls/handshakes.js';
import type { ServerTls } from '../../net/tls/server.js';
import { LineConnection, type LineConnectionParts, type LineTaker } from './line-connection.js';
import { LineMemory } from './line-memory.js';

export interface TcpInputOptions {
  readonly endpoint: string;
  readonly tls: ServerTls | undefined;
  /** 0: as many as there are file descriptors for. */
  readonly maxConnections: number;
  /** The settings of lines; connections go on at a reload only when they are the same. */
  readonly framing: unknown;
  /** Memory for the beginnings of lines is counted here. */
  readonly budget: ByteBudget;
  /** The parts of a new connection. */
  partsOf(): Omit<LineConnectionParts, 'memory'>;
  /** A connection was closed because there are as many as allowed. */
  onRefused(): void;
  onHandshakeFault: HandshakeFault;
}

/** Listens on TCP and reads lines from each connection. */
export class TcpInput implements ConnectionTaker {
  readonly #options: TcpInputOptions;
  readonly taker: LineTaker;
  #connections: LineConnections;
  #listening: Listening | undefined;

  constructor(options: TcpInputOptions, taker: LineTaker) {
    this.#options = options;
    this.taker = taker;
    this.#connections = new LineConnections(options, this);
  }

  async listen(status: AcceptStatus): Promise<void> {
    this.#listening = await listen(this, { endpoint: this.#options.endpoint, transport: 'tcp' }, status);
  }

  /** Where it listens; undefined before and after. */
  get address(): ListeningAddress | undefined {
    const address = this.#listening?.address;
    return typeof address === 'object' ? address : undefined;
  }

  /** Connections that are open. */
  get open(): number {
    return this.#connections.input === this ? this.#connections.size : 0;
  }

  /** Lets all connections read on, or wait. */
  roomChanged(): void {
    if (this.#connections.input === this) this.#connections.roomChanged();
  }

  accept(socket: Socket): void {
    this.#connections.accept(socket);
  }

  inherit(before: ConnectionTaker): void {
    if (!(before instanceof TcpInput) || !this.#isLike(before)) return;
    this.#connections = before.#connections;
    this.#connections.input = this;
    this.#connections.roomChanged();
  }

  /** Whether senders see no difference between the two. */
  #isLike(other: TcpInput): boolean {
    const { tls: ours, framing, maxConnections } = this.#options;
    const { tls: theirs, ...options } = other.#options;
    return (
      sameTls(ours?.options, theirs?.options) &&
      maxConnections === options.maxConnections &&
      isDeepStrictEqual(framing, options.framing)
    );
  }

  /** Takes no more connections. The bytes that the others have sent become lines, unless another input has them now. */
  async close(deadline: AbortSignal): Promise<void> {
    this.#listening?.close();
    if (this.#connections.input === this) await this.#connections.end(deadline);
  }
}

/** The connections of an input, or of one input after the other, when a reload changes only what is behind them. */
class LineConnections {
  input: TcpInput;
  readonly #options: TcpInputOptions;
  readonly #tls: tls.Server | undefined;
  readonly #handshakes: Handshakes | undefined;
  readonly #connections: Set<LineConnection> = new Set();
  readonly #memory: LineMemory;
  /** Those that are open, with those whose handshake is not complete. */
  #open = 0;

  constructor(options: TcpInputOptions, input: TcpInput) {
    this.input = input;
    this.#options = options;
    this.#memory = new LineMemory(options.budget);
    if (!options.tls) return;
    this.#tls = tls.createServer(options.tls.options, (socket: TLSSocket) => this.#read(socket));
    options.tls.keepNew(this.#tls);
    this.#handshakes = new Handshakes(this.#tls, options.onHandshakeFault);
  }

  get size(): number {
    return this.#open;
  }

  accept(socket: Socket): void {
    const { maxConnections, onRefused } = this.#options;
    if (maxConnections > 0 && this.#open >= maxConnections) {
      onRefused();
      socket.destroy();
      return;
    }
    this.#open++;
    socket.once('close', () => this.#open--);
    socket.on('error', () => {});
    socket.allowHalfOpen = false;
    if (this.#tls) this.#tls.emit('connection', socket);
    else this.#read(socket);
  }

  roomChanged(): void {
    for (const connection of this.#connections) connection.pauseWhileFull();
  }

  /** Ends all connections; resolves when what they have sent is taken, or at `deadline`. */
  async end(deadline: AbortSignal): Promise<void> {
    this.#handshakes?.end();
    const all = [...this.#connections];
    for (const connection of all) connection.end();
    const over = new Promise<void>((resolve) => {
      if (deadline.aborted) resolve();
      else deadline.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([over, Promise.all(all.map((connection) => connection.done()))]);
  }

  readonly #read: (socket: Socket) => void = guard(
    'line connection',
    (socket) => {
      const parts = { ...this.#options.partsOf(), memory: this.#memory };
      const connection = new LineConnection(socket, parts, () => this.input.taker);
      this.#connections.add(connection);
      socket.once('close', () => this.#connections.delete(connection));
    },
    (socket) => socket.destroy(),
  );
}
