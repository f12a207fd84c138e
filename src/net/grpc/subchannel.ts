import { Cancellation } from '../../component/cancellation.js';
import type { Clock, Random } from '../../component/clock.js';
import { describe, Http2Connection, type ConnectOptions } from '../http2/client.js';

/** The connection to one address. It reconnects when asked to, not sooner than the backoff allows. */
type State =
  | { readonly kind: 'idle' }
  | { readonly kind: 'connecting'; readonly done: Promise<void>; readonly dial: Cancellation }
  | { readonly kind: 'ready'; readonly connection: Http2Connection }
  | { readonly kind: 'failed'; readonly message: string; readonly retryAt: number };

const firstBackoffMs = 250;
const lastBackoffMs = 10_000;
/** Of an address that never had a connection: its server may be about to listen. */
const startBackoffMs = 10;

export interface Keepalive {
  readonly time: number;
  readonly timeout: number;
  readonly permit_without_stream: boolean;
}

export class Subchannel {
  readonly #options: () => Omit<ConnectOptions, 'signal'>;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #keepalive: Keepalive | undefined;
  #state: State = { kind: 'idle' };
  #backoffMs: number = startBackoffMs;
  #running = 0;
  #closed = false;
  #cancelPing: (() => void) | undefined;

  constructor(
    options: () => Omit<ConnectOptions, 'signal'>,
    clock: Clock,
    random: Random,
    keepalive: Keepalive | undefined,
  ) {
    this.#options = options;
    this.#clock = clock;
    this.#random = random;
    this.#keepalive = keepalive;
  }

  /** The connection if it can carry a request now. */
  get connection(): Http2Connection | undefined {
    return this.#state.kind === 'ready' && this.#state.connection.usable ? this.#state.connection : undefined;
  }

  /** The error of the last connection attempt, until the back-off allows the next one. */
  get failure(): string | undefined {
    return this.#state.kind === 'failed' && this.#clock.now() < this.#state.retryAt ? this.#state.message : undefined;
  }

  /** Until the back-off allows the next attempt, milliseconds; 0 when it does now. */
  get pauseMs(): number {
    return this.#state.kind === 'failed' ? Math.max(0, this.#state.retryAt - this.#clock.now()) : 0;
  }

  /**
   * Connects unless it is connected, connecting, or too early. Resolves when that attempt is over, whatever came of it.
   */
  connect(): Promise<void> {
    if (this.#closed || this.connection || this.failure !== undefined) return Promise.resolve();
    if (this.#state.kind === 'connecting') return this.#state.done;
    const dial = new Cancellation();
    const done = this.#attempt(dial);
    this.#state = { kind: 'connecting', done, dial };
    return done;
  }

  async #attempt(signal: Cancellation): Promise<void> {
    try {
      const connection = await Http2Connection.connect({ ...this.#options(), signal });
      if (this.#closed) {
        connection.close();
        return;
      }
      this.#backoffMs = firstBackoffMs;
      this.#state = { kind: 'ready', connection };
      connection.onClose(() => this.#lost(connection));
      this.#watch(connection);
    } catch (error) {
      const wait = this.#backoffMs * (0.8 + 0.4 * this.#random());
      const growth = this.#backoffMs < firstBackoffMs ? 2 : 1.6;
      this.#backoffMs = Math.min(this.#backoffMs * growth, lastBackoffMs);
      this.#state = { kind: 'failed', message: describe(error), retryAt: this.#clock.now() + wait };
    }
  }

  /** Counts a running request, so that keepalive knows whether there is any. */
  enter(): void {
    this.#running++;
  }

  leave(): void {
    this.#running--;
  }

  close(): void {
    this.#closed = true;
    this.#cancelPing?.();
    if (this.#state.kind === 'ready') this.#state.connection.close();
    else this.#hangUp();
  }

  destroy(): void {
    this.#closed = true;
    this.#cancelPing?.();
    if (this.#state.kind === 'ready') this.#state.connection.destroy('the client is shutting down');
    else this.#hangUp();
  }

  /** Nobody waits for a connection that is being made. */
  #hangUp(): void {
    if (this.#state.kind === 'connecting') this.#state.dial.abort('drain');
  }

  #lost(connection: Http2Connection): void {
    if (this.#state.kind !== 'ready' || this.#state.connection !== connection) return;
    this.#cancelPing?.();
    this.#state = { kind: 'idle' };
  }

  #watch(connection: Http2Connection): void {
    const keepalive = this.#keepalive;
    if (!keepalive) return;
    const time = Math.max(keepalive.time, 10_000);
    const next = (): void => {
      this.#cancelPing = this.#clock.after(time, () => {
        if (!connection.usable) return;
        const quiet = this.#clock.now() - connection.lastHeard >= time;
        if (!quiet || (this.#running === 0 && !keepalive.permit_without_stream)) next();
        else
          void connection.ping(keepalive.timeout).then((alive) => {
            if (alive) next();
            else connection.destroy('keepalive ping failed to receive ACK within timeout');
          });
      });
    };
    next();
  }
}
