import type { Clock } from '../../component/clock.js';
import type { Logger } from '../../component/telemetry.js';
import type { Batch } from '../../otlp/batch.js';
import type { Signal } from '../../otlp/signal.js';
import { exporterOf, type RecordProcessor } from '../config/destination.js';
import type { PeriodicReader } from '../config/metrics.js';
import type { Families } from '../families.js';
import { openSink, type PushParts } from './destination.js';
import { MetricsEncoder, type TemporalityPreference } from './metrics.js';
import { Periodic } from './periodic.js';
import { Records } from './records.js';
import type { OwnOrigin } from './values.js';

export interface Closable {
  close(graceMs: number): Promise<void>;
}

/** Opens every processor of a list. Rejects when one cannot work. */
export async function openProcessors<T>(
  processors: readonly RecordProcessor[],
  signal: Signal,
  encode: (records: readonly T[]) => Batch,
  parts: PushParts,
): Promise<Records<T>[]> {
  const opened: Records<T>[] = [];
  const what = signal === 'traces' ? 'spans' : 'log lines';
  for (const { batch, simple } of processors) {
    if (batch && simple) throw new Error('must not specify multiple processors');
    const exporter = batch?.exporter ?? simple?.exporter;
    if (!exporter) throw new Error('no valid processor: use batch or simple');
    const sink = await openSink(exporterOf(exporter, signal === 'traces' ? 'span' : 'log'), signal, parts);
    const options = batch
      ? {
          delayMs: batch.schedule_delay,
          timeoutMs: batch.export_timeout,
          maxQueue: batch.max_queue_size,
          maxBatch: batch.max_export_batch_size,
        }
      : { delayMs: 0, timeoutMs: 30_000, maxQueue: 2048, maxBatch: 1 };
    opened.push(new Records(options, sink, encode, parts, what));
  }
  return opened;
}

/** Starts to send all metrics at every interval. */
export async function openPeriodicReader(
  reader: PeriodicReader,
  families: Families,
  origin: OwnOrigin,
  parts: PushParts & { readonly clock: Clock; readonly logger: Logger },
): Promise<Closable> {
  const { clock } = parts;
  const sink = await openSink(reader.exporter, 'metrics', parts);
  const temporality = (reader.exporter.otlp?.temporality_preference ?? 'cumulative') as TemporalityPreference;
  const encoder = new MetricsEncoder(temporality, clock.unixMs());
  // As in the Collector, 0 and negative numbers mean the default.
  const intervalMs = reader.interval > 0 ? reader.interval : 60_000;
  const timeoutMs = reader.timeout > 0 ? reader.timeout : 30_000;
  const collect = async (): Promise<Batch> => encoder.batch(await families(), origin, clock.unixMs());
  return new Periodic(intervalMs, timeoutMs, sink, collect, parts);
}
