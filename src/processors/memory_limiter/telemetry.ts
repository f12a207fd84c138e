import type { TelemetrySpec } from '../../component/define.js';
import type { MetricSpec } from '../../component/telemetry.js';
import { itemNames, itemUnits, type Signal } from '../../otlp/signal.js';

const counter = (which: string, what: string, signal: Signal): MetricSpec => ({
  name: `otelcol_processor_memory_limiter_${which}_${itemNames[signal]}`,
  description: `Number of ${itemNames[signal].replace('_', ' ')} ${what} [Alpha]`,
  unit: itemUnits[signal],
  kind: 'counter',
  level: 'basic',
});

export const accepted = (signal: Signal): MetricSpec =>
  counter('accepted', 'successfully pushed into the next component in the pipeline.', signal);
export const refused = (signal: Signal): MetricSpec =>
  counter('refused', 'that were rejected by the next component in the pipeline.', signal);

/** Profiles are not counted, as in the Collector. */
export const counted: readonly Signal[] = ['traces', 'metrics', 'logs'];

export const telemetry: TelemetrySpec = {
  metrics: counted.flatMap((signal) => [accepted(signal), refused(signal)]),
  reasons: { memory_limit: 'The memory in use is above the soft limit.' },
};
