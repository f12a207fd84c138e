import type { TelemetrySpec } from '../../component/define.js';
import type { Meter, MetricSpec } from '../../component/telemetry.js';
import type { Regrouped } from '../../otlp/regroup/regrouping.js';
import type { Signal } from '../../otlp/signal.js';

interface Specs {
  readonly grouped: MetricSpec;
  readonly nonGrouped: MetricSpec;
  readonly groups: MetricSpec;
}

/** @param items - the Collector's word for data points is `metrics` */
const specsFor = (items: 'spans' | 'logs' | 'metrics'): Specs => {
  const spec = (name: string, kind: MetricSpec['kind'], description: string): MetricSpec => ({
    name: `otelcol_processor_groupbyattrs_${name}`,
    description: `${description} [Development]`,
    unit: '1',
    kind,
    level: 'basic',
  });
  return {
    grouped: spec(`num_grouped_${items}`, 'counter', `Number of ${items} that had attributes grouped`),
    nonGrouped: spec(`num_non_grouped_${items}`, 'counter', `Number of ${items} that did not have attributes grouped`),
    groups: spec(`${items.slice(0, -1)}_groups`, 'histogram', `Distribution of groups extracted for ${items}`),
  };
};

const traces = specsFor('spans');
const logs = specsFor('logs');
const metrics = specsFor('metrics');

export const telemetry: TelemetrySpec = {
  metrics: [traces, logs, metrics].flatMap(({ grouped, nonGrouped, groups }) => [grouped, nonGrouped, groups]),
  reasons: {},
};

/** Counts what was made of a batch. */
export function counting(signal: Signal, meter: Meter): (regrouped: Regrouped, items: number) => void {
  const specs = signal === 'traces' ? traces : signal === 'logs' ? logs : metrics;
  const grouped = meter.counter(specs.grouped, {});
  const nonGrouped = meter.counter(specs.nonGrouped, {});
  const groups = meter.histogram(specs.groups, {});
  return ({ moved, resources }, items) => {
    // A counter that has not counted yet is not there, as in the Collector.
    if (moved > 0) grouped.add(moved);
    if (items > moved) nonGrouped.add(items - moved);
    groups.record(resources);
  };
}
