import { rm } from 'node:fs/promises';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ByteBudget } from '../../component/budget.js';
import type { Clock, Random } from '../../component/clock.js';
import type { Consumer } from '../../component/consumer.js';
import type { Spread } from '../../component/spread.js';
import type { Signal } from '../../otlp/signal.js';
import { OffloadServer } from './server.js';
import { OffloadClient } from './client.js';

/** How often loads are told and shares set anew, milliseconds. */
const everyMs = 100;
/** Below this load a worker keeps what it gets: handing over costs, too. */
const busy = 0.75;
/** Who gets less than this many times the mean of all keeps it. */
const tolerated = 1.3;
/** How much of the way to the share that would even things out is gone at a time. */
const gain = 0.5;

export interface BalancerOptions {
  /** Where this worker can be reached by the others. */
  readonly path: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly budget: ByteBudget;
  /** Puts the books on file. */
  write(): void;
  /** How busy this worker was since the last call, 0 to 1. */
  load(): number;
}

/**
 * Evens out the load of the workers where connections do not: whoever is busy and gets much more than the others hands the part above the
 * mean over to them, so that a single long connection uses all workers. Where connections are spread evenly nothing is handed over.
 */
export class Balancer implements Spread {
  /** Batches that another worker took so far. */
  handedOver = 0;
  readonly #options: BalancerOptions;
  readonly #entries: Map<string, Consumer> = new Map();
  readonly #incoming: Set<OffloadServer> = new Set();
  readonly #peers: Map<string, OffloadClient> = new Map();
  readonly #listener: net.Server;
  /** Bytes from own senders since the last time loads were told. */
  #received = 0;
  #share = 0;
  #targets: readonly OffloadClient[] = [];
  #turn = 0;
  #taking = true;
  #stopTimer: (() => void) | undefined;

  constructor(options: BalancerOptions) {
    this.#options = options;
    const { clock, budget } = options;
    this.#listener = net.createServer((socket) => {
      const server = new OffloadServer(
        socket,
        {
          clock,
          budget,
          entry: (receiver, signal) => (this.#taking ? this.#entries.get(`${signal} ${receiver}`) : undefined),
          write: () => options.write(),
        },
        () => this.#incoming.delete(server),
      );
      this.#incoming.add(server);
    });
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#listener.once('error', reject);
      // Not by way of the primary, which would give every worker the same socket.
      this.#listener.listen({ path: this.#options.path, exclusive: true }, resolve);
    });
    this.#schedule();
  }

  /** Those that are there now, by where they are reached; others are let go when nothing is under way to them. */
  setPeers(paths: readonly string[]): void {
    for (const path of paths) {
      if (path === this.#options.path || this.#peers.has(path)) continue;
      const peer = new OffloadClient(net.connect({ path }), () => this.#peers.delete(path));
      this.#peers.set(path, peer);
    }
    for (const path of this.#peers.keys()) if (!paths.includes(path)) this.#peers.get(path)?.retire();
  }

  between(receiver: string, signal: Signal, next: Consumer): Consumer {
    this.#entries.set(`${signal} ${receiver}`, next);
    const { random, clock } = this.#options;
    return {
      consume: async (batch, context) => {
        this.#received += batch.bytes.byteLength;
        const peer = this.#targets[this.#turn++ % Math.max(1, this.#targets.length)];
        // What an authenticator found out, and own spans, stay where they were made.
        const fits = peer !== undefined && context.auth === undefined && context.span === undefined && random() < this.#share;
        if (fits && peer.hasRoom(batch.bytes.byteLength) && (await peer.consume(receiver, batch, context, clock.now()))) {
          this.handedOver++;
          return;
        }
        await next.consume(batch, context);
      },
    };
  }

  /** Takes nothing more from others, and resolves when what was taken is done, or `deadline` aborts. */
  async stop(deadline: AbortSignal): Promise<void> {
    this.#taking = false;
    this.#targets = [];
    this.#stopTimer?.();
    while (!deadline.aborted && [...this.#incoming].some((server) => server.busy > 0)) await sleep(20);
  }

  async close(): Promise<void> {
    for (const server of this.#incoming) server.close();
    for (const peer of this.#peers.values()) peer.close();
    this.#listener.close();
    await rm(this.#options.path, { force: true });
  }

  #schedule(): void {
    this.#stopTimer = this.#options.clock.after(everyMs, () => {
      this.#balance();
      this.#schedule();
    });
  }

  #balance(): void {
    const load = this.#options.load();
    const received = this.#received;
    this.#received = 0;
    for (const server of this.#incoming) server.tellReceived(received);
    const peers = [...this.#peers.values()].filter((peer) => peer.open && !peer.retired);
    const mean = peers.reduce((sum, peer) => sum + peer.received, received) / (peers.length + 1);
    const wanted = load >= busy && received > tolerated * mean ? 1 - mean / received : 0;
    this.#share += gain * (wanted - this.#share);
    this.#targets = wanted > 0 ? peers.filter((peer) => peer.received < mean) : [];
  }
}
