import { at32 } from '../wire/at.js';
import type { Batch } from '../batch.js';
import { skipValue, tagAt, varintEnd } from '../wire/varint.js';

/** Fields that hold the attributes. */
export const attributesOf = { resource: 1, scope: 3, spans: 9, logs: 6 } as const;

/** Tag of the field of a ResourceX or ScopeX that holds the resource or the scope itself. */
export const holderTag = 10;

/** Rows of the scopes below resource `r`: from `firstScope` up to `lastScope`. */
export function firstScope(batch: Batch, r: number): number {
  const { resources, scopes } = batch.index;
  return r * 4 < resources.length ? at32(resources, r * 4 + 3) : scopes.length / 4;
}

/** Rows of the items below scope `s` start here. */
export function firstItem(batch: Batch, s: number): number {
  const { scopes, items } = batch.index;
  return s * 4 < scopes.length ? at32(scopes, s * 4 + 3) : items.length / 4;
}

/** How many entries of `partOf` the item rows `[from, to)` have: a metric has one for each data point. */
export function unitsOf(batch: Batch, from: number, to: number): number {
  if (batch.signal !== 'metrics') return to - from;
  const { items } = batch.index;
  let units = 0;
  for (let row = from; row < to; row++) units += at32(items, row * 4 + 3);
  return units;
}

/**
 * Gives everything below a resource one owner. `ownerOf` gets the bounds of the ResourceX and answers an endpoint or -1.
 * Answers how many items have no owner.
 */
export function byResource(batch: Batch, partOf: Int32Array, ownerOf: (bytes: Uint8Array, from: number, to: number) => number): number {
  const { bytes, index } = batch;
  const { resources } = index;
  let unit = 0;
  let lost = 0;
  for (let r = 0; r < resources.length / 4; r++) {
    const owner = ownerOf(bytes, at32(resources, r * 4 + 1), at32(resources, r * 4 + 2));
    const units = unitsOf(batch, firstItem(batch, firstScope(batch, r)), firstItem(batch, firstScope(batch, r + 1)));
    partOf.fill(owner, unit, unit + units);
    unit += units;
    if (owner < 0) lost += units;
  }
  return lost;
}

/** Calls `visit` with the bounds of each resource (or scope) message inside a ResourceX (or ScopeX): protobuf allows several, which merge. */
export function eachHolder(bytes: Uint8Array, from: number, to: number, visit: (from: number, to: number) => void): void {
  for (let at = from; at < to;) {
    const tag = tagAt(bytes, at);
    at = varintEnd(bytes, at);
    const end = skipValue(bytes, at, tag % 8);
    if (tag === holderTag) visit(varintEnd(bytes, at), end);
    at = end;
  }
}
