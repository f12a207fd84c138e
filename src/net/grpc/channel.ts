import type { ConnectionOptions } from 'node:tls';
import { Cancelled, unlessCancelled, type CancelSignal } from '../../component/cancellation.js';
import { sleep, type Clock, type Random } from '../../component/clock.js';
import { FirstConnection } from '../first-connection.js';
import type { Address, Http2Reply } from '../http2/client.js';
import type { FieldList } from '../http2/fields.js';
import { errorCode } from '../http2/frames.js';
import { Subchannel, type Keepalive } from './subchannel.js';
import type { Target } from './target.js';

export interface ChannelOptions {
  readonly target: Target;
  /** Overrides the target's `:authority`; empty keeps it. */
  readonly authority: string;
  readonly tls: (() => ConnectionOptions) | undefined;
  readonly roundRobin: boolean;
  readonly waitForReady: boolean;
  readonly keepalive: Keepalive | undefined;
  readonly clock: Clock;
  readonly random: Random;
}

/** Thrown when no connection can be had: gRPC's UNAVAILABLE. */
export class NoConnection extends Error {}

const connectTimeoutMs = 20_000;
/** The reply to a request that was cancelled before there was a connection for it. */
const abandoned: Http2Reply = {
  status: 0,
  fields: {},
  body: new Uint8Array(),
  written: true,
  reset: undefined,
  fault: { kind: 'aborted' },
};
/** Pause before a name without an address is asked for again then, and before a ready connection is looked for. */
const pollMs = 100;
/** Names are asked for again when connections fail, not more often than this. */
const resolveAgainMs = 5000;

/**
 * All connections towards one target: one per address of its name, used in turn (`round_robin`) or the first that
 * works (`pick_first`).
 */
export class Channel {
  readonly #options: ChannelOptions;
  readonly #authority: string;
  readonly #pseudo: FieldList;
  #subchannels: Map<string, Subchannel> = new Map();
  #order: Subchannel[] = [];
  #resolved: Promise<void> | undefined;
  #resolvedAt = Number.NEGATIVE_INFINITY;
  #resolveFailure: string | undefined;
  #turn = 0;
  #closed = false;
  readonly #first: FirstConnection;

  constructor(options: ChannelOptions) {
    this.#options = options;
    this.#first = new FirstConnection(options.clock);
    this.#authority = options.authority === '' ? options.target.authority : options.authority;
    this.#pseudo = [':method', 'POST', ':scheme', options.tls ? 'https' : 'http', ':authority', this.#authority];
  }

  /**
   * Begins to look its name up, without waiting. The first request connects: at the start of the program its own
   * receivers, which the target may be, do not listen yet.
   */
  start(): void {
    void this.#resolve();
  }

  /**
   * Sends one request over a connection that works. Rejects with `NoConnection`, else resolves with whatever came back.
   * `signal` ends it in every phase: also while a name is looked up, or a connection is made.
   */
  async request(
    headers: FieldList,
    parts: readonly Uint8Array[],
    signal: CancelSignal | undefined,
  ): Promise<Http2Reply> {
    const all = [...this.#pseudo, ...headers];
    let written = true;
    for (let first = true; ; first = false) {
      const subchannel = this.#pick() ?? (await this.#wait(signal));
      if (!subchannel) return written ? abandoned : { ...abandoned, written };
      const { connection } = subchannel;
      if (!connection) continue;
      subchannel.enter();
      const reply = await connection.request(all, parts, signal);
      subchannel.leave();
      written &&= reply.written;
      // The server promises not to have looked at the request.
      if (first && reply.reset === errorCode.refusedStream) continue;
      return written ? reply : { ...reply, written };
    }
  }

  close(): void {
    this.#closed = true;
    for (const subchannel of this.#order) subchannel.close();
  }

  destroy(): void {
    this.#closed = true;
    for (const subchannel of this.#order) subchannel.destroy();
  }

  #pick(): Subchannel | undefined {
    const count = this.#order.length;
    for (let i = 0; i < count; i++) {
      const candidate = this.#order[this.#options.roundRobin ? (this.#turn + i) % count : i];
      if (candidate?.connection) {
        this.#turn = (this.#turn + i + 1) % count;
        return candidate;
      }
    }
    return undefined;
  }

  /** Undefined when `signal` is cancelled first. */
  async #wait(signal: CancelSignal | undefined): Promise<Subchannel | undefined> {
    try {
      return await unlessCancelled(this.#ready(signal), signal);
    } catch (error) {
      if (error instanceof Cancelled) return undefined;
      throw error;
    }
  }

  async #ready(signal: CancelSignal | undefined): Promise<Subchannel> {
    const { clock, waitForReady } = this.#options;
    this.#first.begin();
    for (;;) {
      await this.#connectAll();
      const ready = this.#pick();
      if (ready) {
        this.#first.made();
        return ready;
      }
      if (this.#closed) throw new NoConnection('grpc: the client connection is closing');
      const left = this.#first.leftMs;
      if ((!waitForReady && left <= 0) || signal?.aborted) throw new NoConnection(this.#why());
      await sleep(clock, left > 0 ? Math.min(left, this.#pauseMs()) : pollMs);
    }
  }

  /** Until one of the addresses may be tried again. */
  #pauseMs(): number {
    return this.#order.length === 0 ? pollMs : Math.min(...this.#order.map((subchannel) => subchannel.pauseMs));
  }

  #why(): string {
    if (this.#order.length === 0) return this.#resolveFailure ?? 'name resolver error: produced zero addresses';
    const failures = this.#order.map((subchannel) => subchannel.failure).filter((failure) => failure !== undefined);
    return failures.at(-1) ?? 'no connection';
  }

  /** Resolves the name if it is time, and waits until one connection stands or every attempt is over. */
  async #connectAll(): Promise<void> {
    await this.#resolve();
    const attempts = this.#order.map(async (subchannel) => {
      await subchannel.connect();
      if (!subchannel.connection) throw new Error('no connection');
    });
    if (attempts.length > 0) await Promise.any(attempts).catch(() => {});
  }

  #resolve(): Promise<void> {
    const { target, clock } = this.#options;
    const known = this.#order.length > 0;
    if (this.#resolved) return this.#resolved;
    if (known && (!target.changes || clock.now() - this.#resolvedAt < resolveAgainMs)) return Promise.resolve();
    return (this.#resolved = this.#lookUp().finally(() => {
      this.#resolved = undefined;
    }));
  }

  async #lookUp(): Promise<void> {
    const { target, clock } = this.#options;
    try {
      this.#use(await target.resolve());
      this.#resolveFailure = undefined;
    } catch (error) {
      // Known addresses stay: a failing name server must not cut working connections.
      this.#resolveFailure = `name resolver error: ${(error as Error).message}`;
    }
    this.#resolvedAt = clock.now();
  }

  #use(addresses: readonly Address[]): void {
    const { tls, clock, random, keepalive } = this.#options;
    const next = new Map<string, Subchannel>();
    for (const address of addresses) {
      const key = JSON.stringify(address);
      const known = this.#subchannels.get(key);
      next.set(
        key,
        known ??
          new Subchannel(
            () => ({ address, authority: this.#authority, tls: tls?.(), connectTimeoutMs, clock }),
            clock,
            random,
            keepalive,
          ),
      );
    }
    for (const [key, subchannel] of this.#subchannels) if (!next.has(key)) subchannel.close();
    this.#subchannels = next;
    this.#order = [...next.values()];
  }
}
