import type { ByteBudget } from '../component/budget.js';
import type { Bodies } from './bodies.js';
import { keepShape, unset } from '../runtime/memory/kept-shape.js';

/** Bytes that requests may occupy while they are received and handed on, all of them together. */
export type Admission = Pick<ByteBudget, 'tryReserve' | 'release'>;

/** The part of the admission that the requests of one connection hold together. */
export class ConnectionShare {
  readonly #bodies: Bodies;
  /** Bytes. */
  held = 0;

  constructor(bodies: Bodies) {
    this.#bodies = bodies;
  }

  /** Reserves where no room is left, at the cost of a connection that holds more. */
  makeRoom(bytes: number, reserve: () => boolean): boolean {
    return this.#bodies.makeRoom(this, bytes, reserve);
  }
}

/** The shares of the connections of one server. */
export class ConnectionShares {
  readonly #bodies: Bodies;
  readonly #all: WeakMap<object, ConnectionShare> = new WeakMap();

  constructor(bodies: Bodies) {
    this.#bodies = bodies;
  }

  of(connection: object): ConnectionShare {
    let share = this.#all.get(connection);
    if (!share) this.#all.set(connection, (share = new ConnectionShare(this.#bodies)));
    return share;
  }
}

/**
 * The bytes that one request reserves of the admission: more as its body arrives and is inflated, none after `end`.
 * This is the one place where a request asks for memory.
 */
export class Reservation {
  readonly #admission: Admission;
  /** That of its connection; undefined for a request that no peer sends. */
  readonly share: ConnectionShare | undefined;
  #bytes = 0;

  constructor(admission: Admission, share?: ConnectionShare) {
    this.#admission = admission;
    this.share = share;
  }

  /** Bytes that are reserved. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Changes the reservation to `bytes`. Without room for more it changes nothing and returns false. */
  resize(bytes: number): boolean {
    const more = bytes - this.#bytes;
    if (more > 0 && !this.#admission.tryReserve(more)) {
      if (this.share?.makeRoom(more, () => this.#admission.tryReserve(more)) !== true) return false;
    } else if (more < 0) this.#admission.release(-more);
    if (this.share) this.share.held += more;
    this.#bytes = bytes;
    return true;
  }

  /** Releases the reservation; further calls do nothing. */
  end(): void {
    this.resize(0);
  }
}

keepShape(new Reservation(unset));
keepShape(new ConnectionShare(unset));
