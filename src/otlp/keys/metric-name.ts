import type { Batch } from '../batch.js';
import { BatchCursor } from '../view/batch-cursor.js';
import { MetricView } from '../view/metric.js';
import { crc32Of } from './crc32.js';
import type { Owners } from './route.js';

const metrics = new BatchCursor(new MetricView());

/** All points of a metric go by its name. */
export function metricName(batch: Batch, ring: Owners, partOf: Int32Array): number {
  for (metrics.open(batch); metrics.next();)
    partOf.fill(ring.ownerOf(crc32Of(metrics.item.name)), metrics.unit, metrics.unit + metrics.units);
  return 0;
}
