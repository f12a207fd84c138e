import type { MetricReader, PeriodicReader, PrometheusReader } from './config/metrics.js';
import { checkPrometheusReader } from './pull-reader.js';
import { checkPeriodicReader } from './push/open.js';

/** The one reader that is configured. Throws the Collector's message for one that cannot work. */
export function readerOf(reader: MetricReader): PrometheusReader | PeriodicReader {
  const { pull, periodic } = reader;
  if (pull && periodic) throw new Error('must not specify multiple metric reader type');
  if (periodic) return checkPeriodicReader(periodic);
  if (!pull) throw new Error('no valid metric reader');
  return checkPrometheusReader(pull.exporter.prometheus);
}
