import type { ByteBudget } from '../component/budget.js';

/** Bytes that requests may occupy while they are received and handed on, all of them together. */
export type Admission = Pick<ByteBudget, 'tryReserve' | 'release'>;

/**
 * One request's part of the admission: raised as bytes arrive and as they are inflated, returned once, by `end`. Any other bound of
 * a request (its connection's share, for one) is asked here and nowhere else.
 */
export class Reservation {
  readonly #admission: Admission;
  #bytes = 0;

  constructor(admission: Admission) {
    this.#admission = admission;
  }

  /** Changes the reservation to `bytes`; false, and no change, when there is no room for more. */
  resize(bytes: number): boolean {
    const more = bytes - this.#bytes;
    if (more > 0 && !this.#admission.tryReserve(more)) return false;
    if (more < 0) this.#admission.release(-more);
    this.#bytes = bytes;
    return true;
  }

  /** Returns what is reserved; further calls do nothing. */
  end(): void {
    this.resize(0);
  }
}
