import type { Clock } from '../../../component/clock.js';
import type { Association } from '../association.js';
import type { Pod } from './pod.js';

interface Leaving {
  readonly pod: Pod;
  readonly at: number;
}

/** Counts of what happened to the table. */
export interface TableEvents {
  added(): void;
  updated(): void;
  deleted(): void;
}

/** The pods that are known, found by the values of each association. One that is gone is kept for a while. */
export class PodTable {
  /** Those that differ in what they find pods by. */
  readonly #associations: readonly Association[];
  /** By the number of an association as configured: its place in `#associations`. */
  readonly #places: readonly number[];
  readonly #graceMs: number;
  readonly #clock: Clock;
  readonly #events: TableEvents;
  readonly #byUid: Map<string, Pod> = new Map();
  /** For each of `#associations`, by its values. */
  readonly #found: readonly Map<string, Pod>[];
  /** In the order in which they went. */
  readonly #leaving: Map<string, Leaving> = new Map();
  #cancel: (() => void) | undefined;

  constructor(associations: readonly Association[], graceMs: number, clock: Clock, events: TableEvents) {
    const signatures = [...new Set(associations.map(({ signature }) => signature))];
    this.#places = associations.map(({ signature }) => signatures.indexOf(signature));
    this.#associations = signatures.flatMap(
      (signature) => associations.find((one) => one.signature === signature) ?? [],
    );
    this.#graceMs = graceMs;
    this.#clock = clock;
    this.#events = events;
    this.#found = signatures.map(() => new Map());
  }

  get size(): number {
    return this.#byUid.size;
  }

  /** The pod with these values of an association. */
  find(association: number, values: string): Pod | undefined {
    return this.#found[this.#places[association] ?? -1]?.get(values);
  }

  put(pod: Pod): void {
    const before = this.#byUid.get(pod.uid);
    this.#leaving.delete(pod.uid);
    // It was listed again as it was.
    if (before && before.version !== '' && before.version === pod.version) return;
    if (before) {
      this.#events.updated();
      this.#forget(before);
    } else this.#events.added();
    this.#byUid.set(pod.uid, pod);
    for (const [i, association] of this.#associations.entries())
      for (const key of association.keysOf(pod)) {
        const other = this.#found[i]?.get(key);
        // An address that was given to another pod belongs to the one that started last.
        if (!other || other.uid === pod.uid || startOf(other) <= startOf(pod)) this.#found[i]?.set(key, pod);
      }
  }

  /** The pod is gone; it is known until its time of grace is over. */
  remove(uid: string): void {
    const pod = this.#byUid.get(uid);
    if (!pod || this.#leaving.has(uid)) return;
    this.#events.deleted();
    this.#leaving.set(uid, { pod, at: this.#clock.now() + this.#graceMs });
    this.#schedule();
  }

  close(): void {
    this.#cancel?.();
  }

  #schedule(): void {
    if (this.#cancel) return;
    const [first] = this.#leaving.values();
    if (!first) return;
    this.#cancel = this.#clock.after(Math.max(0, first.at - this.#clock.now()), () => {
      this.#cancel = undefined;
      this.#expire();
      this.#schedule();
    });
  }

  #expire(): void {
    const now = this.#clock.now();
    for (const [uid, { pod, at }] of this.#leaving) {
      if (at > now) return;
      this.#leaving.delete(uid);
      this.#byUid.delete(uid);
      this.#forget(pod);
    }
  }

  #forget(pod: Pod): void {
    for (const [i, association] of this.#associations.entries())
      for (const key of association.keysOf(pod)) if (this.#found[i]?.get(key) === pod) this.#found[i]?.delete(key);
  }
}

function startOf({ startedSeconds }: Pod): number {
  return startedSeconds ?? 0;
}
