import { at32 } from '../otlp/wire/at.js';

/**
 * Which of many places has the largest number, kept up to date by a knock-out: a tree in which each place meets its
 * neighbour, and the winners meet each other. It grows with the places that are used.
 */
export class Largest {
  /** Leaves, a power of two. Node `i` has the children `2i` and `2i + 1`; the leaves stand from `#leaves` on. */
  #leaves = 8;
  #values: Int32Array = new Int32Array(this.#leaves);
  /** By inner node: the place that wins below it, which is one of those below it even while all have 0. */
  #winners: Int32Array = new Int32Array(this.#leaves);

  constructor() {
    this.#meetAll();
  }

  /** The place with the largest number above 0, the first of several; -1 when there is none. */
  get first(): number {
    const place = at32(this.#winners, 1);
    return at32(this.#values, place) > 0 ? place : -1;
  }

  /** Places without a number have 0. */
  set(place: number, value: number): void {
    while (place >= this.#leaves) this.#grow();
    if (at32(this.#values, place) === value) return;
    this.#values[place] = value;
    for (let node = (this.#leaves + place) >> 1; node > 0; node >>= 1) {
      const before = at32(this.#winners, node);
      const winner = this.#winner(node);
      // Above, another one won before, and does so still.
      if (winner === before && winner !== place) return;
      this.#winners[node] = winner;
    }
  }

  #grow(): void {
    const values = this.#values;
    this.#leaves *= 2;
    this.#values = new Int32Array(this.#leaves);
    this.#values.set(values);
    this.#winners = new Int32Array(this.#leaves);
    this.#meetAll();
  }

  #meetAll(): void {
    for (let node = this.#leaves - 1; node > 0; node--) this.#winners[node] = this.#winner(node);
  }

  #winner(node: number): number {
    const left = this.#under(2 * node);
    const right = this.#under(2 * node + 1);
    return at32(this.#values, right) > at32(this.#values, left) ? right : left;
  }

  #under(node: number): number {
    return node < this.#leaves ? at32(this.#winners, node) : node - this.#leaves;
  }
}
