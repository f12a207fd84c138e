import type { ByteBudget } from '../component/budget.js';

/** Bytes that requests may occupy while they are received and handed on, all of them together. */
export type Admission = Pick<ByteBudget, 'tryReserve' | 'release'>;

/**
 * The bytes that one request reserves of the admission: more as its body arrives and is inflated, none after `end`.
 * This is the one place where a request asks for memory, so that further bounds (a share per connection) belong here.
 */
export class Reservation {
  readonly #admission: Admission;
  #bytes = 0;

  constructor(admission: Admission) {
    this.#admission = admission;
  }

  /** What is reserved, bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Changes the reservation to `bytes`. Without room for more it changes nothing and returns false. */
  resize(bytes: number): boolean {
    const more = bytes - this.#bytes;
    if (more > 0 && !this.#admission.tryReserve(more)) return false;
    if (more < 0) this.#admission.release(-more);
    this.#bytes = bytes;
    return true;
  }

  /** Releases the reservation; further calls do nothing. */
  end(): void {
    this.resize(0);
  }
}
