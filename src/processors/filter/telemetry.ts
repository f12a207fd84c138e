import type { TelemetrySpec } from '../../component/define.js';
import type { Counter, Meter, MetricSpec } from '../../component/telemetry.js';
import type { Signal } from '../../otlp/signal.js';
import { failureReasons } from '../../statements/failures.js';

const counter = (name: string, items: string): MetricSpec => ({
  name: `otelcol_processor_filter_${name}_filtered`,
  description: `Number of ${items} dropped by the filter processor [Development]`,
  unit: '1',
  kind: 'counter',
  level: 'basic',
});

const counters: Readonly<Partial<Record<Signal, MetricSpec>>> = {
  traces: counter('spans', 'spans'),
  metrics: counter('datapoints', 'metric data points'),
  logs: counter('logs', 'logs'),
};

export const telemetry: TelemetrySpec = {
  metrics: Object.values(counters),
  reasons: { ...failureReasons, filtered: 'One of the conditions holds.' },
};

/** The counter of items that were dropped; profiles have none. */
export function filteredCounter(signal: Signal, id: string, meter: Meter): Counter | undefined {
  const spec = counters[signal];
  return spec && meter.counter(spec, { filter: id });
}
