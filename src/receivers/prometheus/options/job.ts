import {
  flag,
  float,
  group,
  int,
  list,
  map,
  scalar,
  text,
  type Report,
  type Schema,
} from '../../../component/schema/schema.js';
import type { RelabelOptions } from '../relabel/rule.js';
import { byteSizeOption, promDurationOption, refuseOption } from './common.js';
import { checkDiscoveries, discoveryShape, type DiscoveryConfigs } from './discovery.js';
import { checkPromHttp, promHttpShape, type PromHttp } from './http.js';
import { relabelConfigs } from './relabel.js';

/** The formats of expositions, by their names in a configuration. */
export const scrapeProtocols = {
  PrometheusProto: 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited',
  'PrometheusText0.0.4': 'text/plain;version=0.0.4',
  'PrometheusText1.0.0': 'text/plain;version=1.0.0',
  'OpenMetricsText0.0.1': 'application/openmetrics-text;version=0.0.1',
  'OpenMetricsText1.0.0': 'application/openmetrics-text;version=1.0.0',
} as const;
export type ScrapeProtocol = keyof typeof scrapeProtocols;

/** The options that `global` and each job have; null in a job: as in `global`. */
export interface CommonOptions {
  readonly scrape_interval: string;
  readonly scrape_timeout: string;
  readonly scrape_protocols: readonly string[];
  readonly body_size_limit: string;
  readonly sample_limit: number;
  readonly target_limit: number;
  readonly label_limit: number;
  readonly label_name_length_limit: number;
  readonly label_value_length_limit: number;
  readonly keep_dropped_targets: number;
  readonly metric_name_validation_scheme: string;
  readonly metric_name_escaping_scheme: string;
  readonly scrape_failure_log_file: string;
}

/** Switches of a job that `global` has as well: 'on', 'off', or '' as in `global`. */
export interface Switches {
  readonly scrape_native_histograms: string;
  readonly always_scrape_classic_histograms: string;
  readonly convert_classic_histograms_to_nhcb: string;
  readonly extra_scrape_metrics: string;
}

export interface JobConfig extends CommonOptions, Switches, PromHttp, DiscoveryConfigs {
  readonly job_name: string;
  readonly fallback_scrape_protocol: string;
  readonly scrape_classic_histograms: string;
  readonly metrics_path: string;
  readonly scheme: string;
  readonly params: Readonly<Record<string, readonly string[]>>;
  readonly honor_labels: boolean;
  readonly honor_timestamps: boolean;
  readonly track_timestamps_staleness: boolean;
  readonly enable_compression: boolean;
  readonly native_histogram_bucket_limit: number;
  readonly native_histogram_min_bucket_factor: number;
  readonly relabel_configs: readonly RelabelOptions[];
  readonly metric_relabel_configs: readonly RelabelOptions[];
}

const limit = (about: string): Schema<number> =>
  int(0, { about }, (value) => (value < 0 ? `must not be negative, not ${value}` : undefined));

const protocolFault = (name: string): string | undefined =>
  name in scrapeProtocols
    ? undefined
    : `unknown scrape protocol ${name}, supported: [${Object.keys(scrapeProtocols).sort().join(' ')}]`;

export function commonShape(interval: string): { readonly [K in keyof CommonOptions]-?: Schema<CommonOptions[K]> } {
  return {
    scrape_interval: promDurationOption(interval, { about: 'Time between two scrapes of a target.' }),
    scrape_timeout: promDurationOption('', {
      about: 'How long one may take; 10s, or the interval when that is shorter.',
    }),
    scrape_protocols: list(scalar('', undefined, protocolFault), [], {
      about: 'Formats to ask for, the preferred first. OpenMetrics before text when empty.',
    }),
    body_size_limit: byteSizeOption({
      about: 'The largest plain body, such as `10MB`; empty or 0 no bound of its own.',
    }),
    sample_limit: limit('Samples of a scrape, after relabelling; 0 no bound.'),
    target_limit: limit('Targets of a job; 0 no bound.'),
    label_limit: limit('Labels of a sample; 0 no bound.'),
    label_name_length_limit: limit('Bytes of the name of a label; 0 no bound.'),
    label_value_length_limit: limit('Bytes of the value of a label; 0 no bound.'),
    keep_dropped_targets: limit('Accepted: dropped targets are not kept, and there is no page that lists them.'),
    metric_name_validation_scheme: text('', { about: 'Only `utf8`, the default: names may have any characters.' }),
    metric_name_escaping_scheme: text('', {
      about: 'How names of any characters are asked for: `allow-utf-8` (default), `underscores`, `dots`, `values`.',
    }),
    scrape_failure_log_file: text('', { about: 'Not supported: failures are in the log of the service.' }),
  };
}

/** `yes` or `no`, as YAML has them; '' where nothing is written. */
function toggle(about: string): Schema<string> {
  return scalar('', { about }, (value) =>
    value === '' || value === 'true' || value === 'false' ? undefined : `must be true or false, not ${value}`,
  );
}

export function switchShape(): { readonly [K in keyof Switches]-?: Schema<Switches[K]> } {
  return {
    scrape_native_histograms: toggle('Ask for protobuf, and take native histograms.'),
    always_scrape_classic_histograms: toggle('Take the classic buckets beside a native histogram.'),
    convert_classic_histograms_to_nhcb: toggle('Accepted: in OTLP both are histograms with explicit bounds.'),
    extra_scrape_metrics: toggle('Add the metrics of the timeout, the sample limit and the size of the body.'),
  };
}

export const jobConfig: Schema<JobConfig> = group<JobConfig>(
  {
    job_name: scalar('', { about: 'Name of the job; becomes `service.name`.' }),
    ...commonShape(''),
    ...switchShape(),
    scrape_classic_histograms: toggle('Older name of `always_scrape_classic_histograms`.'),
    fallback_scrape_protocol: scalar(
      'PrometheusText0.0.4',
      { about: 'Format of bodies whose `Content-Type` names none.' },
      (name) => (name === '' ? undefined : protocolFault(name)),
    ),
    metrics_path: text('/metrics', { about: 'Path of the exposition.' }),
    scheme: text('http', { about: '`http` or `https`.' }, (scheme) =>
      scheme === 'http' || scheme === 'https' ? undefined : `unknown scheme ${JSON.stringify(scheme)}`,
    ),
    params: map(list(scalar()), { about: 'Parameters of the URL.' }),
    honor_labels: flag(false, { about: 'Labels of a sample win against those of the target.' }),
    honor_timestamps: flag(true, { about: 'Take the times that the exposition gives.' }),
    track_timestamps_staleness: flag(false, { about: 'Tell the end of series that have times of their own.' }),
    enable_compression: flag(true, { about: 'Ask for gzip.' }),
    native_histogram_bucket_limit: int(0, { about: 'Not supported: only 0.' }),
    native_histogram_min_bucket_factor: float(0, { about: 'Not supported: only 0.' }),
    ...promHttpShape(),
    ...discoveryShape(),
    relabel_configs: relabelConfigs('Change or drop targets before they are scraped.'),
    metric_relabel_configs: relabelConfigs('Change or drop samples.'),
  },
  checkJob,
);

function checkJob(config: JobConfig, report: Report): void {
  if (config.job_name === '') report('job_name is empty', ['job_name']);
  checkPromHttp(config, report);
  checkDiscoveries(config, report);
  checkCommon(config, report);
  if (config.metrics_path === '') report('metrics_path is empty', ['metrics_path']);
  if (config.native_histogram_bucket_limit !== 0)
    refuseOption(report, ['native_histogram_bucket_limit'], 'buckets are passed on as they are', 'Remove it.');
  if (config.native_histogram_min_bucket_factor !== 0)
    refuseOption(report, ['native_histogram_min_bucket_factor'], 'buckets are passed on as they are', 'Remove it.');
}

const escapings: ReadonlySet<string> = new Set(['', 'allow-utf-8', 'underscores', 'dots', 'values']);

export function checkCommon(config: CommonOptions, report: Report): void {
  const { scrape_protocols: protocols } = config;
  for (const [i, name] of protocols.entries())
    if (protocols.indexOf(name) < i)
      report(`duplicated protocol in scrape_protocols: ${name}`, ['scrape_protocols', i]);
  if (config.scrape_failure_log_file !== '')
    refuseOption(report, ['scrape_failure_log_file'], 'failures are in the log of the service', 'Remove it.');
  if (config.metric_name_validation_scheme !== '' && config.metric_name_validation_scheme !== 'utf8')
    refuseOption(
      report,
      ['metric_name_validation_scheme'],
      `${JSON.stringify(config.metric_name_validation_scheme)} would refuse names that OTLP can hold`,
      'Remove it, or set utf8.',
    );
  if (!escapings.has(config.metric_name_escaping_scheme))
    report(`unknown escaping scheme ${JSON.stringify(config.metric_name_escaping_scheme)}`, [
      'metric_name_escaping_scheme',
    ]);
}
