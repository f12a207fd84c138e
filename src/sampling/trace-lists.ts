import type { Rows } from './rows.js';

/**
 * Lists of traces that are linked through their rows, so that a trace joins and leaves one in a step and a list costs
 * two numbers. In the order of joining.
 */
export class TraceLists {
  readonly #rows: Rows;
  readonly #next: number;
  readonly #previous: number;
  readonly #heads: number[] = [];
  readonly #tails: number[] = [];

  /** @param next - the field for the trace behind; @param previous - the field for the one before */
  constructor(rows: Rows, next: number, previous: number) {
    this.#rows = rows;
    this.#next = next;
    this.#previous = previous;
  }

  /** The first trace of a list; -1 when it is empty. */
  first(list: number): number {
    return this.#heads[list] ?? -1;
  }

  push(list: number, trace: number): void {
    const last = this.#tails[list] ?? -1;
    this.#rows.set(trace, this.#previous, last);
    this.#rows.set(trace, this.#next, -1);
    if (last < 0) this.#heads[list] = trace;
    else this.#rows.set(last, this.#next, trace);
    this.#tails[list] = trace;
  }

  remove(list: number, trace: number): void {
    const next = this.#rows.get(trace, this.#next);
    const previous = this.#rows.get(trace, this.#previous);
    if (previous < 0) this.#heads[list] = next;
    else this.#rows.set(previous, this.#next, next);
    if (next < 0) this.#tails[list] = previous;
    else this.#rows.set(next, this.#previous, previous);
  }
}
