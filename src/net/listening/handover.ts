import { systemClock, type Clock } from '../../component/clock.js';
import { mayOverlap, sameTarget, type ListenTarget } from './address.js';
import type { ListeningSocket, SocketUse } from './socket.js';

/** How long a port that was given up for a configuration that did not start may stay taken before the next attempt. */
const againMs = 1000;

/** The listening sockets of this process that are in use: a port is the process's, whatever configuration runs. */
const inUse = new Set<ListeningSocket>();
let current: Handover | undefined;

/** Begins to pass listening sockets from the configuration that runs to one that is being started. */
export function beginHandover(clock: Clock = systemClock): Handover {
  if (current) throw new Error('a configuration is being started already');
  return (current = new Handover(clock, new Set(inUse), () => (current = undefined)));
}

/** The handover under way. */
export function handoverNow(): Handover | undefined {
  return current;
}

export function addListening(socket: ListeningSocket): void {
  inUse.add(socket);
}

/** Ends a server's use of a socket, which closes unless another server has it. */
export function endUse(socket: ListeningSocket, use: SocketUse): void {
  if (socket.next === use) socket.next = undefined;
  else if (socket.use === use) {
    inUse.delete(socket);
    socket.close();
  }
}

/**
 * While a new configuration is started beside the one that runs, each server of it that listens where one of the old
 * configuration does asks for that one's socket, which never closes. Nothing changes for clients until `commit`, and
 * `rollback` leaves everything as it was.
 */
export class Handover {
  readonly #clock: Clock;
  /** Those of the configuration that runs. */
  readonly #old: ReadonlySet<ListeningSocket>;
  readonly #done: () => void;
  /** Closed because the new configuration listens at an address that overlaps. */
  readonly #closed: Set<ListeningSocket> = new Set();

  constructor(clock: Clock, old: ReadonlySet<ListeningSocket>, done: () => void) {
    this.#clock = clock;
    this.#old = old;
    this.#done = done;
  }

  /** The socket at an address, for a server of the new configuration; undefined when there is none for it. */
  claim(target: ListenTarget, use: SocketUse): ListeningSocket | undefined {
    for (const socket of this.#old) {
      if (socket.next || !sameTarget(socket.target, target)) continue;
      socket.next = use;
      return socket;
    }
    return undefined;
  }

  /** Closes what the old configuration has at an overlapping address. Returns whether there was anything. */
  makeRoom(target: ListenTarget): boolean {
    const before = this.#closed.size;
    for (const socket of this.#old) {
      if (socket.next || this.#closed.has(socket) || !mayOverlap(socket.target, target)) continue;
      socket.close();
      this.#closed.add(socket);
    }
    return this.#closed.size > before;
  }

  /** The new configuration runs: its servers take the connections, and sockets that it does not have are closed. */
  commit(): void {
    this.#done();
    for (const socket of this.#old) {
      const { use, next } = socket;
      if (!next) endUse(socket, use);
      else {
        socket.use = next;
        socket.next = undefined;
        next.taker.inherit?.(use.taker);
      }
    }
  }

  /** The new configuration does not run. Ports that were given up for it are opened again, as soon as they are free. */
  async rollback(): Promise<void> {
    this.#done();
    for (const socket of this.#old) socket.next = undefined;
    await Promise.all([...this.#closed].map((socket) => this.#reopen(socket)));
  }

  async #reopen(socket: ListeningSocket): Promise<void> {
    if (!inUse.has(socket)) return;
    try {
      await socket.open();
    } catch (error) {
      socket.use.status?.failed(error as Error);
      this.#clock.after(againMs, () => void this.#reopen(socket));
      return;
    }
    if (inUse.has(socket)) socket.use.status?.succeeded();
    else socket.close();
  }
}
