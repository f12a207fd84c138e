import { at32 } from '../wire/at.js';
import { withRoom } from '../wire/numbers.js';

const rowSize = 3;

/**
 * Lists of runs `[from, to)` of one buffer, all in one typed array, so that a message in pieces costs no object. A list
 * and a run are numbers; 0 is none. A run keeps its number while others are added or cut around it.
 */
export class Runs {
  /** Rows of a run: from, to, next run. Of a list: first run, last run, unused. */
  #rows: Int32Array = new Int32Array(rowSize * 64);
  #used = rowSize;

  /** Drops all lists. */
  clear(): void {
    this.#used = rowSize;
    if (this.#rows.length > rowSize * 65_536) this.#rows = new Int32Array(rowSize * 64);
  }

  /** A new list without runs. */
  create(): number {
    return this.#add(0, 0);
  }

  first(list: number): number {
    return at32(this.#rows, list);
  }

  /** The run behind another one; 0 behind the last. */
  next(run: number): number {
    return at32(this.#rows, run + 2);
  }

  from(run: number): number {
    return at32(this.#rows, run);
  }

  to(run: number): number {
    return at32(this.#rows, run + 1);
  }

  /** Moves a run to other bytes. */
  move(run: number, from: number, to: number): void {
    this.#rows[run] = from;
    this.#rows[run + 1] = to;
  }

  /** Adds a run at the end of a list and returns its number. */
  append(list: number, from: number, to: number): number {
    const run = this.#add(from, to);
    const last = at32(this.#rows, list + 1);
    if (last === 0) this.#rows[list] = run;
    else this.#rows[last + 2] = run;
    this.#rows[list + 1] = run;
    return run;
  }

  /** Sets a run of its own in place of `[start, end)` within `run`, and returns its number. */
  replace(list: number, run: number, start: number, end: number, from: number, to: number): number {
    const after = this.to(run);
    let own = run;
    if (start > this.from(run)) {
      this.#rows[run + 1] = start;
      own = this.#insert(list, run, from, to);
    } else this.move(run, from, to);
    if (end < after) this.#insert(list, own, end, after);
    return own;
  }

  /** Bytes of all runs of a list. */
  length(list: number): number {
    let length = 0;
    for (let run = this.first(list); run !== 0; run = this.next(run)) length += this.to(run) - this.from(run);
    return length;
  }

  #insert(list: number, before: number, from: number, to: number): number {
    const run = this.#add(from, to);
    this.#rows[run + 2] = this.next(before);
    this.#rows[before + 2] = run;
    if (at32(this.#rows, list + 1) === before) this.#rows[list + 1] = run;
    return run;
  }

  #add(a: number, b: number): number {
    this.#rows = withRoom(this.#rows, this.#used + rowSize);
    const row = this.#used;
    this.#used += rowSize;
    this.#rows[row] = a;
    this.#rows[row + 1] = b;
    this.#rows[row + 2] = 0;
    return row;
  }
}
