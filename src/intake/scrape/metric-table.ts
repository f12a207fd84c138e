import { alike, flag, group, type Schema } from '../../component/schema/schema.js';
import type { MetricPage } from './metric-page.js';

/** A metric of a receiver as data: options, documentation and output come from it. */
export interface TableMetricFacts {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  /** `counter` is a sum that only grows. All sums are cumulative. */
  readonly kind: 'gauge' | 'sum' | 'counter';
  readonly number: 'int' | 'double';
  readonly attributes: readonly string[];
  /** Whether it is there unless switched. */
  readonly on: boolean;
}

/** Takes a point; `attributes` are the values of the metric's attributes, in the order of its definition. */
export type PointTaker = (value: number | bigint, ...attributes: readonly string[]) => void;

/** A metric, and how its points come from what was read of one resource. */
export interface TableMetric<Reading> extends TableMetricFacts {
  points(reading: Reading, to: PointTaker): void;
}

export type MetricSwitches = Readonly<Record<string, { readonly enabled: boolean }>>;

// One schema for each default: what is the same is made, and tried by tests, once.
const enabled = {
  on: flag(true, { about: 'Whether the metric is there; the default of each is in the table of metrics.' }),
  off: flag(false, { about: 'Whether the metric is there; the default of each is in the table of metrics.' }),
};

/** The section `metrics` of a receiver, from its tables. */
export function metricSwitches(table: readonly TableMetricFacts[]): Schema<MetricSwitches> {
  return alike<Record<string, { readonly enabled: boolean }>>(
    Object.fromEntries(
      table.map(({ name, on }) => [name, group<{ enabled: boolean }>({ enabled: on ? enabled.on : enabled.off })]),
    ),
    'METRIC',
  );
}

/** Writes the metrics of a table that are switched on, for one resource after the other. */
export function tableWriter<Reading>(
  table: readonly TableMetric<Reading>[],
  switches: MetricSwitches,
  page: MetricPage,
): (reading: Reading) => void {
  const { builder } = page;
  const wanted = table
    .filter(({ name }) => switches[name]?.enabled === true)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return (reading) => {
    for (const { name, unit, description, kind, number, attributes, points } of wanted) {
      let isOpen = false;
      points(reading, (value, ...values) => {
        if (!isOpen) {
          isOpen = true;
          page.open();
          builder.metric(name, unit, description);
          if (kind === 'gauge') builder.gauge();
          else builder.sum('cumulative', kind === 'counter');
        }
        builder.point(page.now);
        if (page.start > 0) builder.start(page.start);
        if (number === 'int') builder.int(value);
        else builder.double(Number(value));
        for (const [i, key] of attributes.entries()) builder.attribute(key, values[i] ?? '');
      });
    }
  };
}
