import type { Batch } from '../batch.js';
import { key } from '../view/key.js';
import { ResourceCursor } from '../view/resource-cursor.js';
import { ValueView } from '../view/value.js';
import { crc32Of } from './crc32.js';
import type { Owners } from './route.js';

const serviceName = key('service.name');
const resources = new ResourceCursor();
const value = new ValueView();

/** Hashes the bare `service.name` of the resource; without one, or when it is not text, the empty key. */
export function logService(batch: Batch, ring: Owners, partOf: Int32Array): number {
  for (resources.open(batch); resources.next();) {
    resources.resource.attribute(serviceName, value);
    partOf.fill(ring.ownerOf(crc32Of(value.string)), resources.unit, resources.unit + resources.units);
  }
  return 0;
}

/** The same, but without a `service.name` there is no owner: the result is how many items that are. */
export function metricService(batch: Batch, ring: Owners, partOf: Int32Array): number {
  let lost = 0;
  for (resources.open(batch); resources.next();) {
    const there = resources.resource.attribute(serviceName, value);
    if (!there) lost += resources.units;
    const owner = there ? ring.ownerOf(crc32Of(value.string)) : -1;
    partOf.fill(owner, resources.unit, resources.unit + resources.units);
  }
  return lost;
}
