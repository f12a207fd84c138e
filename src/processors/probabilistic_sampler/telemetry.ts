import type { TelemetrySpec } from '../../component/define.js';
import type { ComponentLedger } from '../../component/ledger.js';
import type { Counter, Meter, MetricSpec } from '../../component/telemetry.js';
import type { Signal } from '../../otlp/signal.js';
import type { Tally } from './tally.js';

const counter = (what: string, description: string): MetricSpec => ({
  name: `otelcol_processor_probabilistic_sampler_count_${what}`,
  description,
  unit: '1',
  kind: 'counter',
  level: 'basic',
});

const logs = counter('logs_sampled', 'Count of logs that were sampled or not [Development]');
const spans = counter('spans_processed_total', 'Count of spans that were sampled or not [Development]');
const traces = counter(
  'traces_sampled',
  '[DEPRECATED] Count of spans that were sampled or not [Deprecated since 0.161.0]',
);

/** The basis of the decision about an item; the name of the attribute stands for `attribute`. */
export const policies = [
  'trace_id_hash',
  'trace_id_w3c',
  'sampling_randomness',
  'sampling_priority',
  'missing_randomness',
  'attribute',
] as const;
export type Policy = (typeof policies)[number];

const reasons = {
  not_sampled: 'The randomness of the item is below the threshold of the sampling percentage, or of its priority.',
  sampling_priority: 'The priority of the item is 0.',
  missing_randomness: 'The item has no trace ID, nor an attribute to use in its place.',
  malformed_sampling_state: 'The tracestate, `sampling.threshold` or `sampling.randomness` of the item is malformed.',
  inconsistent_threshold: 'By its randomness the item should not have passed a threshold that it says it has passed.',
  sampling_state_in_use:
    'In the mode `hash_seed`: the item has a threshold or randomness of the modes `proportional` and `equalizing`.',
} as const;
export type Reason = keyof typeof reasons;

export const telemetry: TelemetrySpec = { metrics: [logs, spans, traces], reasons };

/** Books what happened to the items of a batch. */
export function booking(
  signal: Signal,
  attribute: string,
  meter: Meter,
  books: ComponentLedger,
): (tally: Tally) => void {
  const specs = signal === 'logs' ? [logs] : [spans, traces];
  const counters = new Map<string, readonly Counter[]>();
  const count = (policy: Policy, sampled: boolean, items: number): void => {
    const key = `${policy} ${sampled}`;
    let series = counters.get(key);
    if (!series) {
      const labels = { policy: policy === 'attribute' ? attribute : policy, sampled: String(sampled) };
      counters.set(key, (series = specs.map((spec) => meter.counter(spec, labels))));
    }
    for (const one of series) one.add(items);
  };
  return (tally) => {
    books.in(tally.items);
    tally.eachReason((reason, items) => books.dropped(items, reason));
    tally.eachPolicy(count);
  };
}
