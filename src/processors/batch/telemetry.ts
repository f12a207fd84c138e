import type { TelemetrySpec } from '../../component/define.js';
import type { Attributes, Counter, Histogram, Meter, MetricSpec } from '../../component/telemetry.js';
import type { Departure } from '../../delivery/accumulator.js';
import { byteBoundaries, sizeBoundaries } from '../../delivery/metrics.js';
import type { Batch } from '../../otlp/batch.js';

const name = (end: string): string => `otelcol_processor_batch_${end}`;

export const metrics: Readonly<Record<'size' | 'bytes' | 'bySize' | 'byTimeout' | 'cardinality', MetricSpec>> = {
  size: {
    name: name('batch_send_size'),
    description: 'Number of units in the batch [Development]',
    unit: '{unit}',
    kind: 'histogram',
    level: 'normal',
    boundaries: sizeBoundaries,
  },
  bytes: {
    name: name('batch_send_size_bytes'),
    description: 'Number of bytes in batch that was sent. Only available on detailed level. [Development]',
    unit: 'By',
    kind: 'histogram',
    level: 'detailed',
    boundaries: byteBoundaries,
  },
  bySize: {
    name: name('batch_size_trigger_send'),
    description: 'Number of times the batch was sent due to a size trigger. [Development]',
    unit: '{time}',
    kind: 'counter',
    level: 'normal',
  },
  byTimeout: {
    name: name('timeout_trigger_send'),
    description: 'Number of times the batch was sent due to a timeout trigger [Development]',
    unit: '{time}',
    kind: 'counter',
    level: 'normal',
  },
  cardinality: {
    name: name('metadata_cardinality'),
    description: 'Number of distinct metadata value combinations being processed [Development]',
    unit: '{combination}',
    kind: 'updown',
    level: 'normal',
  },
};

/** The metrics of the batches that the next component accepted. */
export interface BatchSeries {
  readonly size: Histogram;
  readonly bytes: Histogram;
  readonly triggers: Readonly<Record<Departure<unknown>['trigger'], Counter>>;
}

export function seriesOf(meter: Meter, attributes: Attributes): BatchSeries {
  return {
    size: meter.histogram(metrics.size, attributes),
    bytes: meter.histogram(metrics.bytes, attributes),
    triggers: {
      size: meter.counter(metrics.bySize, attributes),
      timeout: meter.counter(metrics.byTimeout, attributes),
    },
  };
}

export function recordSent(series: BatchSeries, batch: Batch, trigger: Departure<unknown>['trigger']): void {
  series.size.record(batch.itemCount);
  series.bytes.record(batch.bytes.byteLength);
  series.triggers[trigger].add(1);
}

export const telemetry: TelemetrySpec = {
  metrics: Object.values(metrics),
  reasons: {
    queue_full:
      'The next component refuses data at the moment and enough waits for it already, or the memory that all ' +
      'queues share is used up.',
    too_many_combinations: 'metadata_cardinality_limit is reached.',
    metadata_too_long: 'The values of `metadata_keys` are too long to keep requests apart by.',
    retries_exhausted: 'The next component has refused a batch for five minutes.',
    shutdown: 'The service ended before the next component accepted the batch.',
  },
};
