import type { Batch } from '../batch.js';
import type { AttributedView } from '../view/attributes.js';
import { BatchCursor } from '../view/batch-cursor.js';
import { MetricView, type MetricType } from '../view/metric.js';
import type { Range } from '../view/range.js';
import { ResourceCursor } from '../view/resource-cursor.js';
import type { ScopeView } from '../view/resource.js';
import { byteAt } from '../wire/at.js';
import { crc32 } from './crc32.js';
import { fnv, fnvStart, type Half64 } from './hash64.js';
import { mapHash } from './map-hash.js';
import type { Owners } from './route.js';

/**
 * Identities as the Collector's pdatautil computes them (docs/spec/gateway.md#identities): FNV-1a over hashes of
 * attributes and names.
 */

const attributesHash = new Uint8Array(16);
const hexDigits = Buffer.from('0123456789abcdef');
const identity = new Uint8Array(32);
const resourcePrefix = Buffer.from('resource/');
const streamPrefix = Buffer.from('stream/');

const resources = new ResourceCursor();
const metrics = new BatchCursor(new MetricView());

/** The hash so far, and what it was up to the resource, the scope and the metric of the current point. */
const state: Half64 = { low: 0, high: 0 };
const upToResource: Half64 = { low: 0, high: 0 };
const upToScope: Half64 = { low: 0, high: 0 };
const upToMetric: Half64 = { low: 0, high: 0 };

/** Items by the identity of their resource: its attributes. */
export function resourceIdentity(batch: Batch, ring: Owners, partOf: Int32Array): number {
  for (resources.open(batch); resources.next();) {
    fnvStart(state);
    addAttributes(resources.resource);
    partOf.fill(ring.ownerOf(hashOfIdentity(resourcePrefix)), resources.unit, resources.unit + resources.units);
  }
  return 0;
}

/** Data points by the identity of their stream: resource, scope, metric and the point's attributes. */
export function streamIdentity(batch: Batch, ring: Owners, partOf: Int32Array): number {
  for (metrics.open(batch); metrics.nextResource();) {
    fnvStart(state);
    addAttributes(metrics.resource);
    copy(state, upToResource);
    while (metrics.nextScope()) {
      copy(upToResource, state);
      addScope(metrics.scope);
      copy(state, upToScope);
      while (metrics.nextItem()) {
        copy(upToScope, state);
        addMetric(metrics.item);
        copy(state, upToMetric);
        let { unit } = metrics;
        for (const point = metrics.item.points(); point.next();) {
          copy(upToMetric, state);
          addAttributes(point);
          partOf[unit++] = ring.ownerOf(hashOfIdentity(streamPrefix));
        }
      }
    }
  }
  return 0;
}

function copy(from: Half64, to: Half64): void {
  to.low = from.low;
  to.high = from.high;
}

/** The CRC-32 of `<prefix>/<hash in hexadecimal, without leading zeros>`. */
function hashOfIdentity(prefix: Buffer): number {
  let at = prefix.copy(identity);
  for (let shift = 60, begun = false; shift >= 0; shift -= 4) {
    const digit = ((shift >= 32 ? state.high : state.low) >>> (shift % 32)) & 15;
    begun ||= digit !== 0 || shift === 0;
    if (begun) identity[at++] = byteAt(hexDigits, digit);
  }
  return crc32(identity, 0, at);
}

function addAttributes(view: AttributedView): void {
  mapHash(view, attributesHash);
  fnv(state, attributesHash, 0, 16);
}

function addText(text: Range): void {
  fnv(state, text.bytes, text.start, text.end);
}

function addScope(scope: ScopeView): void {
  addText(scope.name);
  addText(scope.version);
  addAttributes(scope);
}

const typeBytes: Readonly<Record<MetricType, number>> = {
  empty: 0,
  gauge: 1,
  sum: 2,
  histogram: 3,
  exponentialHistogram: 4,
  summary: 5,
};
const kind = new Uint8Array(3);

/** A histogram is always monotonic here. */
function addMetric(metric: MetricView): void {
  const { type } = metric;
  addText(metric.name);
  addText(metric.unit);
  kind[0] = typeBytes[type];
  kind[1] = type === 'histogram' || type === 'exponentialHistogram' || metric.isMonotonic ? 1 : 0;
  kind[2] = metric.aggregationTemporality;
  fnv(state, kind, 0, 3);
}
