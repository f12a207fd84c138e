import type { ByteBudget } from '../../component/budget.js';

/** The share of the memory for requests that the beginnings of lines may take, and bytes at most. */
const share = 1 / 8;
const mostBytes = 64 * 1024 * 1024;

/** The memory in which the connections of one input keep the beginnings of lines. */
export class LineMemory {
  readonly #budget: ByteBudget;
  readonly #most: number;
  #used = 0;

  constructor(budget: ByteBudget) {
    this.#budget = budget;
    this.#most = Math.min(mostBytes, budget.limit * share);
  }

  /** False: there is no more. */
  reserve(bytes: number): boolean {
    if (this.#used + bytes > this.#most || !this.#budget.tryReserve(bytes)) return false;
    this.#used += bytes;
    return true;
  }

  release(bytes: number): void {
    if (bytes === 0) return;
    this.#used -= bytes;
    this.#budget.release(bytes);
  }
}
