import { rm } from 'node:fs/promises';
import net from 'node:net';
import type { ByteBudget } from '../../component/budget.js';
import type { Clock } from '../../component/clock.js';
import { LinkClient } from './client.js';
import { LinkServer, type OpenEntry } from './server.js';

/** How long before a connection that ended is made again while its worker is there, milliseconds. */
const reconnectMs = 100;

/** A worker of the same set, as the primary announces it. */
export interface PeerAddress {
  readonly number: number;
  /** Its unix socket. */
  readonly path: string;
  /** `joined`: it can be reached, and receives nothing from outside yet. */
  readonly phase: 'joined' | 'ready' | 'stopping';
}

export interface LinksOptions {
  readonly number: number;
  /** The unix socket of this worker. */
  readonly path: string;
  readonly clock: Clock;
  readonly budget: ByteBudget;
  /** Writes the books to their file. */
  writeBooks(): void;
}

interface Peer {
  readonly address: PeerAddress;
  readonly client: LinkClient;
}

/** The connections between this worker and the others of its set: one for each direction. */
export class Links {
  /** The number of this worker. */
  readonly number: number;
  readonly #options: LinksOptions;
  readonly #listener: net.Server;
  /** By worker number. */
  #peers: Map<number, Peer> = new Map();
  readonly #incoming: Map<LinkServer, number | undefined> = new Map();
  readonly #entries: Map<string, OpenEntry> = new Map();
  /** Entries to which this worker sends nothing more. */
  readonly #endedHere: Set<string> = new Set();
  /** By entry, the workers that send nothing more to it. */
  readonly #ended: Map<string, Set<number>> = new Map();
  readonly #disconnected: Set<number> = new Set();
  readonly #listeners: Set<() => void> = new Set();
  #ending = false;
  #closed = false;

  constructor(options: LinksOptions) {
    this.#options = options;
    this.number = options.number;
    this.#listener = net.createServer((socket) => this.#accept(socket));
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#listener.once('error', reject);
      // Not by way of the primary, which would give every worker the same socket.
      this.#listener.listen({ path: this.#options.path, exclusive: true }, resolve);
    });
    // A connection that could not be accepted, for want of a file descriptor, is made again by the other side.
    this.#listener.on('error', () => {});
  }

  /** The workers that are there now. A connection to one that is not announced any more ends with that worker. */
  setPeers(addresses: readonly PeerAddress[]): void {
    const peers = new Map<number, Peer>();
    for (const address of addresses) {
      if (address.number === this.#options.number) continue;
      const before = this.#peers.get(address.number);
      const same = before?.address.path === address.path && !before.client.closed;
      peers.set(address.number, { address, client: same ? before.client : this.#connect(address.path) });
    }
    this.#peers = peers;
    this.#changed();
  }

  /** The workers of the set end: none that dies is replaced any more. */
  get ending(): boolean {
    return this.#ending;
  }

  beginEnd(): void {
    this.#ending = true;
    this.#changed();
  }

  /** The connection to a worker; undefined while there is none. */
  client(number: number): LinkClient | undefined {
    const client = this.#peers.get(number)?.client;
    return client?.closed === false ? client : undefined;
  }

  /** Connections to the workers that receive data of their own. */
  readyClients(): LinkClient[] {
    return [...this.#peers.values()]
      .filter(({ address, client }) => address.phase === 'ready' && !client.closed)
      .map(({ client }) => client);
  }

  /** Sends to all how many bytes this worker received from its own senders lately. */
  sendReceived(bytes: number): void {
    for (const server of this.#incoming.keys()) server.sendReceived(bytes);
  }

  /** Accepts batches of other workers for an entry. */
  open(name: string, entry: OpenEntry): void {
    this.#entries.set(name, entry);
    for (const server of this.#incoming.keys()) server.sendOpened(name);
  }

  /** Declines batches of other workers for an entry. */
  close(name: string): void {
    if (this.#entries.delete(name)) for (const server of this.#incoming.keys()) server.sendClosed(name);
  }

  /** Lets all others know that this worker sends nothing more to an entry. */
  end(name: string): void {
    this.#endedHere.add(name);
    for (const { client } of this.#peers.values()) client.end(name);
  }

  /** No other worker sends anything more to an entry. */
  hasEnded(name: string): boolean {
    const ended = this.#ended.get(name);
    return [...this.#peers.keys()].every((number) => ended?.has(number) === true || this.#disconnected.has(number));
  }

  /** Calls back when a worker came or went, or an entry opened, closed or ended; the returned function cancels. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async shutdown(): Promise<void> {
    this.#closed = true;
    for (const server of this.#incoming.keys()) server.close();
    for (const { client } of this.#peers.values()) client.close();
    this.#listener.close();
    await rm(this.#options.path, { force: true });
  }

  #connect(path: string): LinkClient {
    const { clock, number } = this.#options;
    const client = new LinkClient(net.connect({ path }), {
      clock,
      number,
      changed: () => {
        if (client.closed) clock.after(reconnectMs, () => this.#reconnect(path, client));
        this.#changed();
      },
    });
    for (const name of this.#endedHere) client.end(name);
    return client;
  }

  #reconnect(path: string, before: LinkClient): void {
    if (this.#closed) return;
    for (const [number, { address, client }] of this.#peers)
      if (client === before) this.#peers.set(number, { address, client: this.#connect(path) });
  }

  #accept(socket: net.Socket): void {
    const { clock, budget, writeBooks } = this.#options;
    const options = {
      ...{ clock, budget, writeBooks },
      entry: (name: string) => this.#entries.get(name),
      onHello: (number: number) => {
        this.#incoming.set(server, number);
        this.#disconnected.delete(number);
        for (const ended of this.#ended.values()) ended.delete(number);
      },
      onEnd: (name: string) => {
        const number = this.#incoming.get(server);
        const ended = this.#ended.get(name) ?? new Set();
        if (number !== undefined) this.#ended.set(name, ended.add(number));
        this.#changed();
      },
    };
    const server = new LinkServer(socket, options, () => {
      const number = this.#incoming.get(server);
      this.#incoming.delete(server);
      if (number !== undefined && ![...this.#incoming.values()].includes(number)) this.#disconnected.add(number);
      this.#changed();
    });
    this.#incoming.set(server, undefined);
    for (const name of this.#entries.keys()) server.sendOpened(name);
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
