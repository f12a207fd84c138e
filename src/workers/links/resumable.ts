import type { Clock } from '../../component/clock.js';

/** Bytes kept for one connection so that its sender can resume; the oldest are forgotten first. */
const mostBytes = 8 * 1024 * 1024;
/** A caller that repeats a request does so within this time, milliseconds. */
const keptMs = 60_000;

/**
 * Failed batches that a fan-out of this worker can hand on again without repeating them to branches that took them, for
 * a sender in another worker. Bounded in bytes and time: the sender repeats as a whole what is forgotten.
 */
export class Resumables<T extends { readonly bytes: number }> {
  readonly #clock: Clock;
  readonly #onForgotten: (kept: T) => void;
  readonly #kept: Map<number, { readonly value: T; stopTimer(): void }> = new Map();
  #bytes = 0;

  constructor(clock: Clock, onForgotten: (kept: T) => void) {
    this.#clock = clock;
    this.#onForgotten = onForgotten;
  }

  /** Keeps a value under the number of its request. False when it is too large to be kept. */
  keep(id: number, value: T): boolean {
    if (value.bytes > mostBytes) return false;
    const stopTimer = this.#clock.after(keptMs, () => this.#forget(id));
    this.#bytes += value.bytes;
    this.#kept.set(id, { value, stopTimer });
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= mostBytes) break;
      this.#forget(oldest);
    }
    return true;
  }

  /** Hands out what is kept under a number, at most once; undefined when it is forgotten. */
  take(id: number): T | undefined {
    const kept = this.#kept.get(id);
    if (!kept) return undefined;
    this.#kept.delete(id);
    kept.stopTimer();
    this.#bytes -= kept.value.bytes;
    return kept.value;
  }

  clear(): void {
    for (const id of [...this.#kept.keys()]) this.#forget(id);
  }

  #forget(id: number): void {
    const value = this.take(id);
    if (value) this.#onForgotten(value);
  }
}
