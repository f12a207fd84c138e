import type { MetricSpec } from '../component/telemetry.js';
import { itemNames, itemUnits, signals, type Signal } from '../otlp/signal.js';

/** Upper bounds of histograms of items per batch. */
export const sizeBoundaries: readonly number[] = [
  10, 25, 50, 75, 100, 250, 500, 750, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000, 10_000, 20_000, 30_000,
  50_000, 100_000,
];
/** Upper bounds of histograms of bytes per batch: powers of two from 128 B to 16 MiB. */
export const byteBoundaries: readonly number[] = Array.from({ length: 18 }, (_, i) => 128 * 2 ** i);

const words: Readonly<Record<Signal, string>> = {
  traces: 'spans',
  metrics: 'metric points',
  logs: 'log records',
  profiles: 'profile samples',
};

const counter = (what: string, signal: Signal, description: string): MetricSpec => ({
  name: `otelcol_exporter_${what}_${itemNames[signal]}`,
  description,
  unit: itemUnits[signal],
  kind: 'counter',
  level: 'basic',
});

export const sent = (signal: Signal): MetricSpec =>
  // "log record" is the Collector's own spelling here.
  counter(
    'sent',
    signal,
    `Number of ${signal === 'logs' ? 'log record' : words[signal]} successfully sent to destination. [Alpha]`,
  );
export const sendFailed = (signal: Signal): MetricSpec =>
  counter(
    'send_failed',
    signal,
    `Number of ${words[signal]} in failed attempts to send to destination. At detailed telemetry level, includes ` +
      `attributes: error.type (semantic convention), error.permanent. [Alpha]`,
  );
export const enqueueFailed = (signal: Signal): MetricSpec =>
  counter('enqueue_failed', signal, `Number of ${words[signal]} failed to be added to the sending queue. [Alpha]`);

export const inFlight: MetricSpec = {
  name: 'otelcol_exporter_in_flight_requests',
  description: 'Number of export requests currently in-flight (including retry backoff). [Development]',
  unit: '{request}',
  kind: 'updown',
  level: 'basic',
};
export const queueSize: MetricSpec = {
  name: 'otelcol_exporter_queue_size',
  description: 'Current size of the retry queue (in batches). [Alpha]',
  unit: '{batch}',
  kind: 'gauge',
  level: 'basic',
};
export const queueCapacity: MetricSpec = {
  name: 'otelcol_exporter_queue_capacity',
  description: 'Fixed capacity of the retry queue (in batches). [Alpha]',
  unit: '{batch}',
  kind: 'gauge',
  level: 'basic',
};
export const queueMemory: MetricSpec = {
  name: 'kanmon_exporter_queue_memory',
  description: 'Bytes of memory that the requests in the queue keep alive.',
  unit: 'By',
  kind: 'gauge',
  level: 'basic',
};
export const queueMemoryRoom: MetricSpec = {
  name: 'kanmon_exporter_queue_memory_room',
  description:
    'Bytes of memory that the queues of the exporter may take now: what is left of their guaranteed share and of the ' +
    'common part.',
  unit: 'By',
  kind: 'gauge',
  level: 'basic',
};
export const queueAge: MetricSpec = {
  name: 'kanmon_exporter_queue_age',
  description: 'Age of the oldest request in the queue that is neither delivered nor given up; 0 when there is none.',
  unit: 's',
  kind: 'gauge',
  level: 'basic',
  merge: 'max',
};
export const enqueueSize: MetricSpec = {
  name: 'otelcol_exporter_enqueue_size',
  description:
    'Number of units in the request added to the sending queue. Only available on detailed level. [Development]',
  unit: '{unit}',
  kind: 'histogram',
  level: 'detailed',
  boundaries: sizeBoundaries,
};
export const enqueueBytes: MetricSpec = {
  name: 'otelcol_exporter_enqueue_size_bytes',
  description:
    'Number of bytes in the request added to the sending queue. Only available on detailed level. [Development]',
  unit: 'By',
  kind: 'histogram',
  level: 'detailed',
  boundaries: byteBoundaries,
};
export const batchSendSize: MetricSpec = {
  name: 'otelcol_exporter_queue_batch_send_size',
  description:
    'Number of units in the batch. Only recorded when batching is enabled. Only available on detailed level. ' +
    '[Development]',
  unit: '{unit}',
  kind: 'histogram',
  level: 'detailed',
  boundaries: sizeBoundaries,
};
export const batchSendBytes: MetricSpec = {
  name: 'otelcol_exporter_queue_batch_send_size_bytes',
  description:
    'Number of bytes in batch that was sent. Only recorded when batching is enabled. Only available on detailed ' +
    'level. [Development]',
  unit: 'By',
  kind: 'histogram',
  level: 'detailed',
  boundaries: byteBoundaries,
};

/** The metrics of every exporter that delivers through this chain, for its `telemetry.ts`. */
export const deliveryMetrics: readonly MetricSpec[] = [
  ...signals.flatMap((signal) => [sent(signal), sendFailed(signal), enqueueFailed(signal)]),
  inFlight,
  queueSize,
  queueCapacity,
  queueMemory,
  queueMemoryRoom,
  queueAge,
  enqueueSize,
  enqueueBytes,
  batchSendSize,
  batchSendBytes,
];

/**
 * The chain's own reasons for dropping and refusing, for an exporter's `telemetry.ts`, which adds those of its backend.
 */
export const deliveryReasons: Readonly<Record<string, string>> = {
  queue_full: 'The queue, or the memory that all queues share, had no room.',
  storage_full: 'The storage of the queue has no room.',
  storage_failed: 'The storage of the queue can not be written.',
  stored: 'The service ended, and the storage of the queue keeps the data for the next start.',
  damaged: 'The storage can not read the data any more; the log names the file.',
  too_large: 'One request or item is larger than the queue or the largest batch may be.',
  retries_exhausted: 'The next retry would have come after max_elapsed_time.',
  deadline_exceeded: "The sender's deadline would have passed before the data was accepted.",
  cancelled: 'The sender left before its data was accepted.',
  rejected_by_backend: 'The backend accepted the request but rejected some of its items (partial success).',
  shutdown: 'The service ended before the backend accepted the data.',
  metadata_too_long: 'The values of `metadata_keys` are too long to keep requests apart by.',
  bad_header: "A sender's value cannot be a header, or is too long for one.",
  internal_error: 'A defect in this program; the log has the error.',
};
