import { duration, flag, group, list, map, section, text, type Schema } from '../../component/schema/schema.js';
import { inUse } from '../../component/schema/in-use.js';
import { checkHttpServer, httpServerShape, type HttpServerConfig } from '../../net/options/http-server.js';
import { strategies, type TranslationStrategy } from '../../prometheus/strategy.js';

export interface ResourceLabelsConfig {
  /** Wildcards of the names of resource attributes. */
  readonly included: readonly string[];
  readonly excluded: readonly string[];
}

/** Options of the exporter (docs/spec/agent.md#prometheus-exporter). Times in milliseconds. */
export interface Config extends HttpServerConfig {
  readonly namespace: string;
  readonly const_labels: Readonly<Record<string, string>>;
  readonly send_timestamps: boolean;
  readonly metric_expiration: number;
  readonly resource_constant_labels: ResourceLabelsConfig | undefined;
  readonly resource_to_telemetry_conversion: {
    readonly enabled: boolean;
    readonly exclude_service_attributes: boolean;
  };
  readonly enable_open_metrics: boolean;
  readonly without_scope_info: boolean;
  readonly add_metric_suffixes: boolean;
  readonly translation_strategy: TranslationStrategy;
}

const options: Schema<Config> = group<Config>(
  {
    ...httpServerShape(''),
    read_header_timeout: duration('1m', { about: 'For the headers of a scrape; 0 means `read_timeout`.' }),
    write_timeout: duration('30s', { about: 'For the page, to its last byte; 0 none.' }),
    idle_timeout: duration('1m', { about: 'How long an idle connection is kept; 0 means `read_timeout`.' }),
    namespace: text('', { about: 'Stands before the name of every metric, with an underscore.' }),
    const_labels: map(text(), { about: 'Labels of every series.' }),
    send_timestamps: flag(false, {
      about: 'Write the times of the points; otherwise a scraper takes the time of its scrape.',
    }),
    metric_expiration: duration('5m', { about: 'How long a series stays without a newer point.' }),
    resource_constant_labels: section<ResourceLabelsConfig>(
      group<ResourceLabelsConfig>({
        included: list(text(), ['*'], { about: 'Resource attributes that become labels; `*` and `?` are wildcards.' }),
        excluded: list(text(), [], { about: 'Of these, the ones that do not.' }),
      }),
      { absent: 'off' },
      { about: 'Copies attributes of the resource to the labels of its series.' },
    ),
    resource_to_telemetry_conversion: group({
      enabled: flag(false, {
        about: 'Copy all attributes of the resource to labels; `resource_constant_labels` takes its place.',
      }),
      exclude_service_attributes: flag(false, { about: 'Leave out those that make `job` and `instance`.' }),
    }),
    enable_open_metrics: flag(false, { about: 'Offer OpenMetrics, with exemplars, to scrapers that ask for it.' }),
    without_scope_info: flag(false, { about: 'Leave out the labels `otel_scope_*`.' }),
    add_metric_suffixes: flag(true, {
      about: 'Has no effect, as in the Collector: use `translation_strategy` (a warning says so).',
    }),
    translation_strategy: text(
      'UnderscoreEscapingWithSuffixes',
      { about: `How names are made: ${strategies.map((name) => `\`${name}\``).join(', ')}.` },
      (value) =>
        (strategies as readonly string[]).includes(value)
          ? undefined
          : { message: `invalid translation_strategy: ${value}`, hint: `One of ${strategies.join(', ')}.` },
    ) as Schema<TranslationStrategy>,
  },
  checkHttpServer,
);

export const config: Schema<Config> = inUse(options, ({ endpoint }, { report }) => {
  if (endpoint === '')
    report(
      'expecting a non-blank address to run the Prometheus metrics handler',
      ['endpoint'],
      undefined,
      'Give the address that Prometheus scrapes, such as 0.0.0.0:8889.',
    );
});
