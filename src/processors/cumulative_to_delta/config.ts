import { choice, duration, group, int, list, text, type Report, type Schema } from '../../component/schema/schema.js';

/** Which metrics are meant: all of these have to apply. */
export interface MetricFilterConfig {
  readonly match_type: '' | 'strict' | 'regexp';
  readonly metrics: readonly string[];
  readonly metric_types: readonly string[];
}

/** docs/spec/agent.md#metric-processors. Times in milliseconds. */
export interface Config {
  readonly include: MetricFilterConfig;
  readonly exclude: MetricFilterConfig;
  readonly max_staleness: number;
  readonly initial_value: 'auto' | 'keep' | 'drop';
  readonly max_streams: number;
  readonly max_bytes: number;
}

const notNegative = (value: number): string | undefined =>
  value < 0 ? `must not be below 0, not ${value}` : undefined;

/** As the Collector spells them, in any case, and with the underscore of the newer names of components. */
const metricTypes: readonly string[] = ['sum', 'histogram', 'exponentialhistogram', 'exponential_histogram'];

const typeFault = (given: string): string | undefined =>
  metricTypes.includes(given.toLowerCase())
    ? undefined
    : `unsupported metric type "${given}", one of sum, histogram, exponentialhistogram expected`;

const filter = (which: string): Schema<MetricFilterConfig> =>
  group<MetricFilterConfig>(
    {
      match_type: choice(['', 'strict', 'regexp'], '', {
        about: '`strict`: names are compared whole. `regexp`: they are RE2 patterns, matched anywhere in the name.',
      }),
      metrics: list(text(), [], { about: `Names, or patterns of names, of the metrics that are ${which}.` }),
      metric_types: list(text('', undefined, typeFault), [], {
        about: `Kinds of the metrics that are ${which}: \`sum\`, \`histogram\`, \`exponentialhistogram\`.`,
      }),
    },
    ({ match_type: matchType, metrics }: MetricFilterConfig, report: Report) => {
      if (metrics.length > 0 && matchType === '') report('match_type must be set if metrics are supplied');
      if (metrics.length === 0 && matchType !== '')
        report('metrics must be supplied if match_type is set', ['match_type']);
    },
  );

export const config: Schema<Config> = group<Config>({
  include: filter('converted'),
  exclude: filter('not converted, even where `include` names them'),
  max_staleness: duration('1h', { about: 'After so long without a point a stream is forgotten; 0: never.' }, (ms) =>
    ms < 0 ? 'must not be below 0' : undefined,
  ),
  initial_value: choice(
    ['auto', 'keep', 'drop'],
    'auto',
    {
      about:
        'The first point of a stream: `keep` sends it, `drop` does not, and `auto` sends it only if its start time ' +
        'is set, not before the start of this processor, and not its own time.',
    },
    (value) => `unknown initial_value: ${value}`,
  ),
  max_streams: int(
    0,
    { about: 'Streams that are known at once; 0: as many as `max_bytes` has room for. Kanmon only.' },
    notNegative,
  ),
  max_bytes: int(
    0,
    { about: 'Memory of all streams. 0: a sixteenth of the memory limit. Kanmon only.', unit: 'bytes' },
    notNegative,
  ),
});
