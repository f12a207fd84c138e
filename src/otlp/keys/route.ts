import type { Batch } from '../batch.js';

/** The part of the ring that a route uses. */
export interface Owners {
  /** The index of the endpoint that owns what hashes to `hash`. */
  ownerOf(hash: number): number;
}

/**
 * Writes for each item (each data point of metrics) the index of its endpoint on the ring to `partOf`, -1 for an item
 * that no key can be found for. Returns the number of such items.
 */
export interface Route {
  (batch: Batch, ring: Owners, partOf: Int32Array): number;
  /** Each item has its key in itself, so that the items of one scope may be routed in several calls. */
  readonly byItem?: true;
}
