import type { Batch } from '../otlp/batch.js';
import { collectorSize } from '../otlp/parts/collector-size.js';
import type { QueueSizer } from './config.js';

/** The size of a batch in units of `sizer`: 1, its items, or its bytes as the Collector encodes them. */
export function sizeOf(batch: Batch, sizer: QueueSizer): number {
  if (sizer === 'requests') return 1;
  return sizer === 'items' ? batch.itemCount : collectorSize(batch);
}
