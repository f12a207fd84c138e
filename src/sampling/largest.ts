import { at32 } from '../otlp/wire/at.js';

/**
 * Which of many places has the largest number, kept up to date by a knock-out: a tree in which each place meets its
 * neighbour, and the winners meet each other.
 */
export class Largest {
  /** Leaves, a power of two. Node `i` has the children `2i` and `2i + 1`; the leaves stand from `#places` on. */
  readonly #places: number;
  readonly #values: Int32Array;
  /** By inner node: the place that wins below it. */
  readonly #winners: Int32Array;

  /** @param places - at least as many as are used; all begin with 0 */
  constructor(places: number) {
    let size = 2;
    while (size < places) size *= 2;
    this.#places = size;
    this.#values = new Int32Array(size);
    this.#winners = new Int32Array(size);
    for (let node = size - 1; node > 0; node--) this.#winners[node] = this.#winner(node);
  }

  /** The place with the largest number, the first of several; -1 when all are 0. */
  get first(): number {
    const place = at32(this.#winners, 1);
    return at32(this.#values, place) > 0 ? place : -1;
  }

  set(place: number, value: number): void {
    if (at32(this.#values, place) === value) return;
    this.#values[place] = value;
    for (let node = (this.#places + place) >> 1; node > 0; node >>= 1) {
      const before = at32(this.#winners, node);
      const winner = this.#winner(node);
      // Above, another one won before, and does so still.
      if (winner === before && winner !== place) return;
      this.#winners[node] = winner;
    }
  }

  #winner(node: number): number {
    const left = this.#under(2 * node);
    const right = this.#under(2 * node + 1);
    return at32(this.#values, right) > at32(this.#values, left) ? right : left;
  }

  #under(node: number): number {
    return node < this.#places ? at32(this.#winners, node) : node - this.#places;
  }
}
