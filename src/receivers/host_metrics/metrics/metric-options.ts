import { alike, flag, group, list, text, type Schema } from '../../../component/schema/schema.js';
import type { MetricFacts } from './host-metric.js';

const strategies = ['sum', 'avg', 'min', 'max'] as const;
export type Strategy = (typeof strategies)[number];

/** The options that every metric has. */
export interface MetricOptions {
  readonly enabled: boolean;
  /** Attributes that points keep. */
  readonly attributes: readonly string[];
  readonly aggregation_strategy: string;
}

export type MetricsOptions = Readonly<Record<string, MetricOptions>>;

/** The section `metrics` of a scraper, from its table. */
export function metricsOptions(table: readonly MetricFacts[]): Schema<MetricsOptions> {
  return alike<Record<string, MetricOptions>>(
    Object.fromEntries(table.map((facts) => [facts.name, optionsOf(facts)])),
    'METRIC',
  );
}

// One schema for each default: what is the same is made, and tried by tests, once.
const enabled = {
  on: flag(true, { about: 'Whether the metric is there; the default of each is in the table of metrics.' }),
  off: flag(false, { about: 'Whether the metric is there; the default of each is in the table of metrics.' }),
};
const joining = (usual: Strategy): Schema<string> =>
  text(usual, { about: 'How points become one: `sum`, `avg`, `min` or `max`. Gauges have `avg` unless it is set.' });
const strategyOf = { gauge: joining('avg'), sum: joining('sum'), counter: joining('sum') };

function optionsOf({ name, attributes, usual, kind, on }: MetricFacts): Schema<MetricOptions> {
  return group<MetricOptions>(
    {
      enabled: on ? enabled.on : enabled.off,
      attributes: list(text(), usual ?? attributes, {
        about: 'The attributes that its points keep; points that become alike are one. Default: those of the table.',
      }),
      aggregation_strategy: strategyOf[kind],
    },
    (value, report) => {
      for (const [i, attribute] of value.attributes.entries())
        if (!attributes.includes(attribute))
          report(
            `metric ${name} doesn't have an attribute ${attribute}, valid attributes: [${attributes.join(', ')}]`,
            ['attributes', i],
            undefined,
            attributes.length === 0 ? 'Remove it.' : `Choose among ${attributes.join(', ')}.`,
          );
      const { aggregation_strategy: strategy } = value;
      if (!strategies.some((each) => each === strategy))
        report(
          `invalid aggregation strategy ${JSON.stringify(strategy)}, valid strategies: [${strategies.join(', ')}]`,
          ['aggregation_strategy'],
          undefined,
          `Choose among ${strategies.join(', ')}.`,
        );
    },
  );
}
