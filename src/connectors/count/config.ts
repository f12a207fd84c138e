import { anyWritten, group, list, map, text, type Report, type Schema } from '../../component/schema/schema.js';
import { StatementError } from '../../ottl/ottl-error.js';
import { noServices } from '../../statements/services.js';
import { countCondition, type CountedKind } from './sections.js';

export interface CountedAttributeConfig {
  readonly key: string;
  /** Undefined where none was given. */
  readonly default_value: unknown;
}

export interface CountConfig {
  readonly description: string;
  readonly conditions: readonly string[];
  readonly attributes: readonly CountedAttributeConfig[];
}

/** By name of the metric. */
export type SectionConfig = Readonly<Record<string, CountConfig>>;

/** docs/spec/gateway.md#round-robin-forward-count. */
export type Config = Readonly<Record<CountedKind, SectionConfig>>;

/** Unknown keys are accepted, as in the Collector, and logged. */
const metric: Schema<CountConfig> = group<CountConfig>(
  {
    description: text('', { about: 'Description of the metric.' }),
    conditions: list(text(), [], {
      about: 'Only items for which one of these conditions of OTTL holds are counted; all when there is none.',
    }),
    attributes: list(
      group<CountedAttributeConfig>(
        {
          key: text('', { about: 'Name of an attribute of the item, else of its scope, else of its resource.' }),
          default_value: anyWritten({
            about: 'The value for items without the attribute. Not set: such items are not counted.',
          }),
        },
        undefined,
        undefined,
        'kept',
      ),
      [],
      { about: 'Attributes by whose values is counted: each combination is a data point.' },
    ),
  },
  undefined,
  undefined,
  'kept',
);

function section(of: string, name: string): Schema<SectionConfig> {
  const fallback = { [name]: { description: `The number of ${of} observed.`, conditions: [], attributes: [] } };
  return map(metric, { about: `Metrics that count ${of}, by name. Not set: \`${name}\` counts all.` }, fallback);
}

export const config: Schema<Config> = group<Config>(
  {
    spans: section('spans', 'trace.span.count'),
    spanevents: section('span events', 'trace.span.event.count'),
    metrics: section('metrics', 'metric.count'),
    datapoints: section('data points', 'metric.datapoint.count'),
    logs: section('log records', 'log.record.count'),
    profiles: section('profiles', 'profile.count'),
  },
  (value, report) => {
    for (const [name, metrics] of sectionsOf(value)) checkSection(name, metrics, report);
  },
  undefined,
  'kept',
);

/** The sections of a configuration that there are in it, in the order of the schema. */
function sectionsOf(value: Config): readonly (readonly [CountedKind, SectionConfig])[] {
  const { spans, spanevents, metrics, datapoints, logs, profiles } = value;
  return Object.entries({ spans, spanevents, metrics, datapoints, logs, profiles }) as [CountedKind, SectionConfig][];
}

function checkSection(section: CountedKind, metrics: SectionConfig, report: Report): void {
  for (const [name, { conditions, attributes }] of Object.entries(metrics)) {
    if (name === '') report(`${section}: metric name missing`, [section, name]);
    if (section === 'metrics' && attributes.length > 0)
      report(`metrics attributes not supported: metric "${name}"`, [section, name, 'attributes']);
    for (const [i, { key }] of attributes.entries())
      if (key === '')
        report(`${section} attributes: metric "${name}": attribute key missing`, [section, name, 'attributes', i]);
    for (const [i, condition] of conditions.entries()) {
      try {
        countCondition(section, condition, noServices);
      } catch (error) {
        if (!(error instanceof StatementError)) throw error;
        const { offset } = error;
        const at = offset === undefined ? undefined : { offset };
        const path = [section, name, 'conditions', i];
        report(`${section} condition: metric "${name}": ${error.message}`, path, at);
      }
    }
  }
}

const known: Readonly<Record<'top' | 'metric' | 'attribute', ReadonlySet<string>>> = {
  top: new Set(['spans', 'spanevents', 'metrics', 'datapoints', 'logs', 'profiles']),
  metric: new Set(['description', 'conditions', 'attributes']),
  attribute: new Set(['key', 'default_value']),
};

/** Keys that mean nothing here, such as `spans::x::condition`. */
export function unknownKeys(value: Config): readonly string[] {
  const found = Object.keys(value).filter((key) => !known.top.has(key));
  for (const [section, metrics] of sectionsOf(value))
    for (const [name, one] of Object.entries(metrics)) {
      const path = `${section}::${name}`;
      found.push(...unknownIn(one, known.metric, path));
      for (const [i, attribute] of one.attributes.entries())
        found.push(...unknownIn(attribute, known.attribute, `${path}::attributes[${i}]`));
    }
  return found;
}

function unknownIn(value: object, names: ReadonlySet<string>, path: string): readonly string[] {
  return Object.keys(value)
    .filter((key) => !names.has(key))
    .map((key) => `${path}::${key}`);
}
