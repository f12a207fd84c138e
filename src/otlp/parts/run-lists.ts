import { at32, byteAt } from '../wire/at.js';
import { kept, withRoom } from '../wire/numbers.js';

/** Up to this length a loop copies a run faster than a call into the runtime. */
const shortRun = 32;

/** Copies bytes `[from, to)` to `out` at `at`; the result is the offset behind them. */
export function appendRun(source: Buffer, from: number, to: number, out: Buffer, at: number): number {
  if (to - from > shortRun) {
    source.copy(out, at, from, to);
    return at + to - from;
  }
  while (from < to) out[at++] = byteAt(source, from++);
  return at;
}

/**
 * Lists of runs `[from, to)` of a batch's bytes, all in one array, so that a list costs no object: a request may have
 * millions of messages. A list is known by its place, where its bytes and the number of its runs stand before the runs.
 */
export class RunLists {
  /** The list without runs, which all messages share that need none. */
  static readonly empty = 0;
  #numbers: Int32Array = new Int32Array(64);
  #used = 2;

  /** Bytes of memory. */
  get memory(): number {
    return this.#numbers.byteLength;
  }

  /** Forgets all lists. */
  clear(): void {
    this.#numbers = kept(this.#numbers);
    this.#used = 2;
  }

  /** Opens a list. Beside the one opened last, a list takes no more runs than it has asked room for. */
  open(mostRuns: number): number {
    const place = this.#used;
    this.#used += 2 + mostRuns * 2;
    this.#numbers = withRoom(this.#numbers, this.#used);
    this.#numbers[place] = 0;
    this.#numbers[place + 1] = 0;
    return place;
  }

  /** Adds a run to the list at `place`; one that follows the last run prolongs it. */
  add(place: number, from: number, to: number): void {
    const runs = at32(this.#numbers, place + 1);
    const next = place + 2 + runs * 2;
    if (runs > 0 && at32(this.#numbers, next - 1) === from) this.#numbers[next - 1] = to;
    else {
      if (next + 2 > this.#used) {
        this.#used = next + 2;
        this.#numbers = withRoom(this.#numbers, this.#used);
      }
      this.#numbers[next] = from;
      this.#numbers[next + 1] = to;
      this.#numbers[place + 1] = runs + 1;
    }
    this.#numbers[place] = at32(this.#numbers, place) + to - from;
  }

  /** Ends the list opened last; the result is where it stands from now on. */
  close(place: number): number {
    if (at32(this.#numbers, place + 1) > 0) return place;
    this.#used = place;
    return RunLists.empty;
  }

  /** Bytes of all runs of a list. */
  length(place: number): number {
    return at32(this.#numbers, place);
  }

  /** How many runs a list has; run `i` is `[from(place, i), to(place, i))`. */
  count(place: number): number {
    return at32(this.#numbers, place + 1);
  }

  from(place: number, i: number): number {
    return at32(this.#numbers, place + 2 + i * 2);
  }

  to(place: number, i: number): number {
    return at32(this.#numbers, place + 3 + i * 2);
  }

  /** Copies the runs of a list to `out` from `at` on; the result is the offset behind them. */
  copy(place: number, source: Buffer, out: Buffer, at: number): number {
    const numbers = this.#numbers;
    const end = place + 2 + at32(numbers, place + 1) * 2;
    for (let i = place + 2; i < end; i += 2) at = appendRun(source, at32(numbers, i), at32(numbers, i + 1), out, at);
    return at;
  }
}
