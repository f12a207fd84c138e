import { absent, type Values } from '../../aggregation/values.js';
import { connection, virtual } from './connection.js';
import { edgeField as field, edgeNumber, type Edges } from './edges.js';
import type { SpanOutcomes } from './outcomes.js';

export interface PairingParts {
  readonly edges: Edges;
  readonly values: Values;
  readonly outcomes: SpanOutcomes;
  readonly ttlMs: number;
  /** Virtual nodes stand for halves that do not come: the texts `user` and `unknown`. Undefined: they are off. */
  readonly virtual: { readonly user: number; readonly unknown: number } | undefined;
  /** Counts a complete edge; `side` is what a virtual node stands for. */
  complete(edge: number, side: number): void;
  opened(): void;
  expired(): void;
  /** A span has found no room. */
  refused(): void;
}

/** The course of edges: they wait for their other half, are counted when it has come, or expire. */
export class Pairing {
  readonly edges: Edges;
  readonly #parts: PairingParts;

  constructor(parts: PairingParts) {
    this.#parts = parts;
    this.edges = parts.edges;
  }

  /** A span was added to an edge, which it made when `isNew`. */
  added(edge: number, isNew: boolean, now: number): void {
    const { edges, outcomes, ttlMs, opened } = this.#parts;
    edges.set(edge, field.spans, edges.get(edge, field.spans) + 1);
    if (this.#isComplete(edge)) {
      if (isNew) opened();
      else outcomes.waiting -= edges.get(edge, field.spans) - 1;
      this.#count(edge, virtual.none);
      return;
    }
    if (!isNew) {
      outcomes.waiting++;
      return;
    }
    // Those that wait stand by age, so that one look tells whether time makes room.
    while (!edges.keep(edge, now + ttlMs)) if (!this.#expireOldest(now)) return this.refuse(edge, true);
    opened();
    outcomes.waiting++;
  }

  /** There is no room for a span; the edge that was made for it is gone. */
  refuse(edge: number | undefined, isNew: boolean): void {
    const { edges, outcomes, refused } = this.#parts;
    if (edge !== undefined && isNew) edges.remove(edge);
    outcomes.full++;
    refused();
  }

  /** Ends at most `most` edges whose wait is over; false when there is none left. */
  expire(now: number, most: number): boolean {
    for (let left = most; left > 0; left--) if (!this.#expireOldest(now)) return false;
    return true;
  }

  #expireOldest(now: number): boolean {
    const { edges, expired } = this.#parts;
    const edge = edges.oldest;
    if (edge < 0 || edges.number(edge, edgeNumber.expires) > now) return false;
    expired();
    this.#parts.outcomes.waiting -= edges.get(edge, field.spans);
    this.#end(edge);
    return true;
  }

  /** An edge whose other half did not come: a virtual node may stand for it. */
  #end(edge: number): void {
    const { edges, values, virtual: nodes, outcomes } = this.#parts;
    if (nodes) {
      edges.set(edge, field.connection, connection.virtual);
      if (values.lengthOf(edges.get(edge, field.server)) === 0) {
        const peer = edges.get(edge, field.peer);
        edges.setValue(edge, field.server, peer === absent ? nodes.unknown : peer);
        this.#count(edge, virtual.server);
        return;
      }
      if (edges.isRoot(edge)) {
        edges.setValue(edge, field.client, nodes.user);
        this.#count(edge, virtual.client);
        return;
      }
    }
    outcomes.unpaired += edges.get(edge, field.spans);
    edges.remove(edge);
  }

  #count(edge: number, side: number): void {
    const { edges, outcomes, complete } = this.#parts;
    complete(edge, side);
    outcomes.done += edges.get(edge, field.spans);
    edges.remove(edge);
  }

  #isComplete(edge: number): boolean {
    const { edges, values } = this.#parts;
    return values.lengthOf(edges.get(edge, field.client)) > 0 && values.lengthOf(edges.get(edge, field.server)) > 0;
  }
}
