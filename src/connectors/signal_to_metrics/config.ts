import { exponentialSize } from '../../aggregation/exponential-histograms.js';
import {
  anyWritten,
  flag,
  float,
  group,
  int,
  list,
  section,
  text,
  type Report,
  type Schema,
} from '../../component/schema/schema.js';
import { StatementError } from '../../ottl/ottl-error.js';
import { errorMode } from '../../statements/error-mode.js';
import { noServices } from '../../statements/services.js';
import { metricCondition, sectionNames, metricValue, type MeasuredKind } from './sections.js';

export interface SelectedAttribute {
  readonly key: string;
  readonly prefix: string;
  readonly optional: boolean;
  /** Undefined where none was given. */
  readonly default_value: unknown;
}

export interface ExplicitConfig {
  readonly buckets: readonly number[];
  readonly count: string;
  readonly value: string;
}

export interface ExponentialConfig {
  readonly max_size: number;
  readonly count: string;
  readonly value: string;
}

export interface MeasuredMetric {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly include_resource_attributes: readonly SelectedAttribute[];
  readonly attributes: readonly SelectedAttribute[];
  readonly conditions: readonly string[];
  readonly histogram: ExplicitConfig | undefined;
  readonly exponential_histogram: ExponentialConfig | undefined;
  readonly sum: { readonly value: string; readonly monotonic: boolean } | undefined;
  readonly gauge: { readonly value: string } | undefined;
}

/** docs/spec/gateway.md#signal-to-metrics-facts. */
export interface Config extends Readonly<Record<MeasuredKind, readonly MeasuredMetric[]>> {
  readonly error_mode: string;
  readonly collector_instance_id: string;
}

export const defaultBounds: readonly number[] = [
  ...[2, 4, 6, 8, 10, 50, 100, 200, 400, 800, 1000, 1400, 2000, 5000, 10_000, 15_000],
];

const attributes = (about: string): Schema<readonly SelectedAttribute[]> =>
  list(
    group<SelectedAttribute>({
      key: text('', { about: 'Name of an attribute.' }),
      prefix: text('', { about: 'In place of a key: all attributes whose names begin so.' }),
      optional: flag(false, { about: 'Items without the attribute make points without it.' }),
      default_value: anyWritten({ about: 'The value where there is no such attribute.' }),
    }),
    [],
    { about },
  );

const value = (about: string): Schema<string> => text('', { about });
const count = (): Schema<string> =>
  text('', { about: 'How often the value counts: a value expression of OTTL. Not set: once.' });
const off = { absent: 'off', empty: 'off' } as const;

const metric: Schema<MeasuredMetric> = group<MeasuredMetric>({
  name: text('', { about: 'Name of the metric.' }),
  description: text('', { about: 'Its description.' }),
  unit: text('', { about: 'Its unit.' }),
  include_resource_attributes: attributes('Attributes of the resource that the metric keeps. Not set: all.'),
  attributes: attributes(
    'Attributes of the item that its points have. An item that lacks one makes no point, unless it is optional or ' +
      'has a default.',
  ),
  conditions: list(text(), [], { about: 'Conditions of OTTL; one that holds is enough. Not set: all items.' }),
  histogram: section(
    group<ExplicitConfig>({
      buckets: list(float(0), defaultBounds, { about: 'Upper bounds, increasing. By default 2 to 15000.' }),
      count: count(),
      value: value('Value that is measured: a value expression of OTTL.'),
    }),
    off,
    { about: 'Makes a histogram with given bounds.' },
  ),
  exponential_histogram: section(
    group<ExponentialConfig>({
      max_size: int(160, { about: 'Buckets of each sign, at most: 2 to 16384.' }, (size) =>
        size !== 0 && size !== exponentialSize(size) ? `must be 2 to 16384, not ${size}` : undefined,
      ),
      count: count(),
      value: value('Value that is measured: a value expression of OTTL.'),
    }),
    off,
    { about: 'Makes an exponential histogram.' },
  ),
  sum: section(
    group({
      value: value('Value that is added up: a value expression of OTTL.'),
      monotonic: flag(false, { about: 'Says that the sum never falls.' }),
    }),
    off,
    { about: 'Makes a sum.' },
  ),
  gauge: section(group({ value: value('The last value is kept: a value expression of OTTL.') }), off, {
    about: 'Makes a gauge.',
  }),
});

const metricsOf = (of: string): Schema<readonly MeasuredMetric[]> =>
  list(metric, [], { about: `Metrics made of ${of}.` });

export const config: Schema<Config> = group<Config>(
  {
    spans: metricsOf('spans'),
    datapoints: metricsOf('data points'),
    logs: metricsOf('log records'),
    profiles: metricsOf('profiles'),
    error_mode: errorMode('propagate'),
    collector_instance_id: text('', {
      about:
        'Value of `signal_to_metrics.service.instance.id`, to be the same after a restart, such as the name of the ' +
        'pod. Empty: a random UUID. Kanmon only.',
    }),
  },
  (given, report) => {
    if (sectionNames.every((name) => given[name].length === 0))
      report('no configuration provided, at least one should be specified');
    for (const name of sectionNames)
      for (const [i, one] of given[name].entries()) checkMetric(name, one, [name, i], report);
  },
);

type Path = readonly (string | number)[];

function checkMetric(section: MeasuredKind, one: MeasuredMetric, path: Path, report: Report): void {
  if (one.name === '') report('missing required metric name configuration', path);
  checkAttributes(one.include_resource_attributes, [...path, 'include_resource_attributes'], report);
  checkAttributes(one.attributes, [...path, 'attributes'], report);
  if (section === 'profiles' && one.attributes.length > 0)
    report('attributes of profiles stand in the dictionary of their request and cannot be used here', [
      ...path,
      'attributes',
    ]);
  const { histogram, exponential_histogram: exponential, sum, gauge } = one;
  const kinds = Object.entries({ histogram, exponential_histogram: exponential, sum, gauge });
  const found = kinds.filter(([, kind]) => kind !== undefined).length;
  if (found !== 1) report(`exactly one of the metrics must be defined, ${found} found`, path);
  for (const [kind, options] of kinds) {
    if (options === undefined) continue;
    if (options.value === '') report('value OTTL statement is required', [...path, kind, 'value']);
    else compiling(() => metricValue(section, options.value, noServices), [...path, kind, 'value'], report);
    if ('count' in options && options.count !== '')
      compiling(() => metricValue(section, options.count, noServices), [...path, kind, 'count'], report);
  }
  for (const [i, condition] of one.conditions.entries())
    compiling(() => metricCondition(section, condition, noServices), [...path, 'conditions', i], report);
}

function compiling(compile: () => unknown, path: Path, report: Report): void {
  try {
    compile();
  } catch (error) {
    if (!(error instanceof StatementError)) throw error;
    report(error.message, path, error.offset === undefined ? undefined : { offset: error.offset });
  }
}

function checkAttributes(given: readonly SelectedAttribute[], path: Path, report: Report): void {
  const seen = new Set<string>();
  for (const [i, { key, prefix, optional, default_value: fallback }] of given.entries()) {
    const fault = (message: string): void => report(message, [...path, i]);
    if ((key === '') === (prefix === '')) fault('exactly one of key or prefix must be set for an attribute');
    else if (prefix !== '' && fallback !== undefined && fallback !== null)
      fault(`prefix attribute "${prefix}" cannot have a default_value`);
    else if (prefix !== '' && optional)
      fault(`prefix attribute "${prefix}" cannot set optional (prefix entries are implicitly optional)`);
    else if (optional && fallback !== undefined && fallback !== null)
      fault('only one of default_value or optional should be set');
    const name = `${prefix === '' ? 'key' : 'prefix'} ${key}${prefix}`;
    if (seen.has(name)) fault(`duplicate ${name.replace(' ', ' found in attributes config: ')}`);
    seen.add(name);
  }
}
