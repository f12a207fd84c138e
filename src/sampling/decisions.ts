import type { HashSeed } from '../otlp/keys/seeded-hash.js';
import { at32 } from '../otlp/wire/at.js';
import { TraceIds } from './trace-ids.js';

/** Bytes of memory of a remembered decision, about. */
export const perDecision = 44;

/**
 * The decisions on traces that have left, so that spans that come late follow them. Of more than there is room for, the
 * one that was needed longest ago is forgotten.
 */
export class Decisions {
  readonly #ids: TraceIds;
  /** By number: what was decided, and when. */
  readonly #outcomes: Int16Array;
  readonly #ticks: Int32Array;
  /** Neighbours in the order of use; -1 ends it. */
  readonly #newer: Int32Array;
  readonly #older: Int32Array;
  #newest = -1;
  #oldest = -1;

  /** @param limit - decisions that are remembered; 0 remembers none */
  constructor(limit: number, seed?: HashSeed) {
    this.#ids = new TraceIds(limit, seed);
    this.#outcomes = new Int16Array(limit);
    this.#ticks = new Int32Array(limit);
    this.#newer = new Int32Array(limit);
    this.#older = new Int32Array(limit);
  }

  /** Bytes of all buffers. */
  get reservedBytes(): number {
    return this.#ids.memory + this.#ids.limit * 14;
  }

  get count(): number {
    return this.#ids.count;
  }

  /** The hash of an ID, for `add` and `find`. */
  hashOf(bytes: Uint8Array, at: number): number {
    return this.#ids.hashOf(bytes, at);
  }

  /** Remembers the outcome for a trace whose ID is at `at`. */
  add(bytes: Uint8Array, at: number, hash: number, outcome: number, tick: number): void {
    if (this.#ids.limit === 0) return;
    let number = this.#ids.find(bytes, at, hash);
    if (number >= 0) this.#unlink(number);
    else {
      if (this.#ids.count === this.#ids.limit) this.#forgetOldest();
      number = this.#ids.add(bytes, at, hash);
    }
    this.#outcomes[number] = outcome;
    this.#ticks[number] = tick;
    this.#link(number);
  }

  /** The number of the decision on a trace, which is used now; -1 when there is none. */
  find(bytes: Uint8Array, at: number, hash: number): number {
    const number = this.#ids.find(bytes, at, hash);
    if (number >= 0 && number !== this.#newest) {
      this.#unlink(number);
      this.#link(number);
    }
    return number;
  }

  /** The number of the decision that was needed longest ago; -1 when there is none. */
  get oldest(): number {
    return this.#oldest;
  }

  /** The number of the decision that was needed next after another; -1 behind the latest. */
  newerThan(number: number): number {
    return at32(this.#newer, number);
  }

  /** The IDs of all decisions, by number * 16. */
  get ids(): Uint8Array {
    return this.#ids.bytes;
  }

  outcome(number: number): number {
    return this.#outcomes[number] ?? -1;
  }

  tick(number: number): number {
    return at32(this.#ticks, number);
  }

  #forgetOldest(): void {
    const number = this.#oldest;
    this.#unlink(number);
    this.#ids.forget(number);
    this.#ids.giveBack(number);
  }

  #link(number: number): void {
    this.#older[number] = this.#newest;
    this.#newer[number] = -1;
    if (this.#newest >= 0) this.#newer[this.#newest] = number;
    else this.#oldest = number;
    this.#newest = number;
  }

  #unlink(number: number): void {
    const newer = at32(this.#newer, number);
    const older = at32(this.#older, number);
    if (newer >= 0) this.#older[newer] = older;
    else this.#newest = older;
    if (older >= 0) this.#newer[older] = newer;
    else this.#oldest = newer;
  }
}
