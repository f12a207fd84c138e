import { at32 } from '../wire/at.js';
import type { Batch } from '../batch.js';
import { skipValue, tagAt, varintEnd } from '../wire/varint.js';
import { crc32 } from './crc32.js';
import type { Owners } from './route.js';

/** All points of a metric go by its name. */
export function metricName(batch: Batch, ring: Owners, partOf: Int32Array): number {
  const { bytes, index } = batch;
  const { items } = index;
  let unit = 0;
  for (let row = 0; row < items.length; row += 4) {
    const points = at32(items, row + 3);
    const owner = ring.ownerOf(nameHash(bytes, at32(items, row + 1), at32(items, row + 2)));
    partOf.fill(owner, unit, unit + points);
    unit += points;
  }
  return 0;
}

function nameHash(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0;
  for (let at = from; at < to;) {
    const tag = tagAt(bytes, at);
    at = varintEnd(bytes, at);
    const end = skipValue(bytes, at, tag % 8);
    if (tag === 10) hash = crc32(bytes, varintEnd(bytes, at), end);
    at = end;
  }
  return hash;
}
