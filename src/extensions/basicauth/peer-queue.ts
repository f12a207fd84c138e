import type { Clock } from '../../component/clock.js';

/** A peer whose check was wrong comes after the others for so long, milliseconds. */
const doubtMs = 60_000;
/** Peers that are remembered for that. */
const mostDoubted = 10_000;

/**
 * Checks that wait, in a bounded number of places. Peers take turns, so that one with many checks delays each other by
 * one; those that were wrong in the last minute take turns after all others. When all places are taken, a check of the
 * peer with the most makes room for one of a peer with fewer.
 */
export class PeerQueue<T extends { readonly peer: string }> {
  readonly #places: number;
  readonly #clock: Clock;
  /** The checks of each peer, in the order of the peers' turns. */
  readonly #trusted: Map<string, T[]> = new Map();
  readonly #doubted: Map<string, T[]> = new Map();
  /** When the doubt about a peer ends; the oldest first. */
  readonly #doubtEnds: Map<string, number> = new Map();
  #size = 0;

  constructor(places: number, clock: Clock) {
    this.#places = places;
    this.#clock = clock;
  }

  /** Returns the check that has no place: `check`, or that of another peer which made room. */
  add(check: T): T | undefined {
    const lines = this.#linesOf(check.peer);
    const own = lines.get(check.peer) ?? [];
    let displaced: T | undefined;
    if (this.#size >= this.#places) {
      const longest = this.#longest(lines, own.length);
      if (longest === undefined) return check;
      displaced = this.#removeNewest(longest);
    }
    own.push(check);
    lines.set(check.peer, own);
    this.#size++;
    return displaced;
  }

  /** Takes the next check out. */
  next(): T | undefined {
    const lines = this.#trusted.size > 0 ? this.#trusted : this.#doubted;
    const first = lines.entries().next().value;
    if (first === undefined) return undefined;
    const [peer, line] = first;
    // Its next turn comes after those of the others.
    lines.delete(peer);
    if (line.length > 1) lines.set(peer, line);
    this.#size--;
    return line.shift();
  }

  /** Takes out all checks that `wanted` is true for. */
  takeAll(wanted: (check: T) => boolean): T[] {
    const taken: T[] = [];
    for (const lines of [this.#trusted, this.#doubted])
      for (const [peer, line] of lines) {
        const left = line.filter((check) => !wanted(check));
        if (left.length === line.length) continue;
        taken.push(...line.filter(wanted));
        if (left.length > 0) lines.set(peer, left);
        else lines.delete(peer);
      }
    this.#size -= taken.length;
    return taken;
  }

  /** A check of this peer was wrong. */
  doubt(peer: string): void {
    this.#doubtEnds.delete(peer);
    this.#doubtEnds.set(peer, this.#clock.now() + doubtMs);
    for (const oldest of this.#doubtEnds.keys()) {
      if (this.#doubtEnds.size <= mostDoubted) break;
      this.#doubtEnds.delete(oldest);
    }
    const line = this.#trusted.get(peer);
    if (line === undefined) return;
    this.#trusted.delete(peer);
    this.#doubted.set(peer, line);
  }

  #linesOf(peer: string): Map<string, T[]> {
    if (this.#trusted.has(peer)) return this.#trusted;
    const doubted = this.#doubted.has(peer) || (this.#doubtEnds.get(peer) ?? 0) > this.#clock.now();
    return doubted ? this.#doubted : this.#trusted;
  }

  /** The line that has to make room for one more check among `lines`, where its peer has `own` already. */
  #longest(lines: Map<string, T[]>, own: number): readonly [Map<string, T[]>, string] | undefined {
    const overDoubted = lines === this.#trusted && this.#doubted.size > 0;
    const from = overDoubted ? this.#doubted : lines;
    let most = overDoubted ? 1 : own + 2;
    let longest: string | undefined;
    for (const [peer, { length }] of from)
      if (length >= most) {
        most = length;
        longest = peer;
      }
    return longest === undefined ? undefined : [from, longest];
  }

  #removeNewest([lines, peer]: readonly [Map<string, T[]>, string]): T | undefined {
    const line = lines.get(peer);
    const newest = line?.pop();
    if (line?.length === 0) lines.delete(peer);
    this.#size--;
    return newest;
  }
}
