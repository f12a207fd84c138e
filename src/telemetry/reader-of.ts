import type { MetricReader, PeriodicReader, PrometheusReader } from './config/metrics.js';
import type { TemporalityPreference } from './push/metrics.js';

/** The one reader that is configured. Throws the Collector's message for one that cannot work. */
export function readerOf(reader: MetricReader): PrometheusReader | PeriodicReader {
  const { pull, periodic } = reader;
  if (pull && periodic) throw new Error('must not specify multiple metric reader type');
  if (periodic) return checkedPeriodic(periodic);
  if (!pull) throw new Error('no valid metric reader');
  return checkedPrometheus(pull.exporter.prometheus);
}

function checkedPrometheus(reader: PrometheusReader | undefined): PrometheusReader {
  if (!reader) throw new Error('no valid metric exporter');
  const { host, port } = reader;
  if (host === '') throw new Error('host must be specified');
  if (port === -2) throw new Error('port must be specified');
  if (port < 0 || port > 65_535)
    throw new Error(
      `binding address ${host}:${port} for Prometheus exporter: listen tcp: address ${port}: invalid port`,
    );
  return reader;
}

const temporalities: readonly string[] = ['cumulative', 'delta', 'lowmemory'] satisfies TemporalityPreference[];

function checkedPeriodic(reader: PeriodicReader): PeriodicReader {
  const { otlp, console } = reader.exporter;
  if (otlp && console) throw new Error('must not specify multiple exporters');
  if (!otlp && !console) throw new Error('no valid metric exporter');
  if (otlp && !temporalities.includes(otlp.temporality_preference))
    throw new Error(`unsupported temporality preference ${JSON.stringify(otlp.temporality_preference)}`);
  return reader;
}
