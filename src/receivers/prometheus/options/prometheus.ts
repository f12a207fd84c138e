import { any, group, list, map, scalar, text, type Report, type Schema } from '../../../component/schema/schema.js';
import { promDurationOption, refuseOption } from './common.js';
import {
  checkCommon,
  commonShape,
  jobConfig,
  switchShape,
  type CommonOptions,
  type JobConfig,
  type Switches,
} from './job.js';
import { promDuration } from './units.js';

export interface GlobalConfig extends CommonOptions, Switches {
  readonly evaluation_interval: string;
  readonly rule_query_offset: string;
  readonly external_labels: Readonly<Record<string, string>>;
  readonly query_log_file: string;
}

/** A configuration file of Prometheus, as far as it is about scraping. */
export interface PrometheusConfig {
  readonly global: GlobalConfig;
  readonly scrape_configs: readonly JobConfig[];
  readonly scrape_config_files: readonly string[];
  readonly remote_write: unknown;
  readonly remote_read: unknown;
  readonly rule_files: unknown;
  readonly alerting: unknown;
  readonly storage: unknown;
  readonly tracing: unknown;
  readonly runtime: unknown;
  readonly otlp: unknown;
}

const noRules = 'Accepted: there are no rules.';

export const prometheusConfig: Schema<PrometheusConfig> = group<PrometheusConfig>(
  {
    global: group<GlobalConfig>(
      {
        ...commonShape('1m'),
        ...switchShape(),
        evaluation_interval: promDurationOption('1m', { about: noRules }),
        rule_query_offset: promDurationOption('0s', { about: noRules }),
        external_labels: map(scalar(), { about: 'Labels of every sample.' }),
        query_log_file: text('', { about: 'Not supported: there are no queries.' }),
      },
      checkGlobal,
    ),
    scrape_configs: list(jobConfig, [], { about: 'The jobs: groups of targets that are scraped alike.' }),
    scrape_config_files: list(text(), [], {
      about: 'Files with further `scrape_configs`; `*` in the last part of a path.',
    }),
    remote_write: any({ about: 'Not supported, as in the Collector.' }),
    remote_read: any({ about: 'Not supported, as in the Collector.' }),
    rule_files: any({ about: 'Not supported, as in the Collector.' }),
    alerting: any({ about: 'Not supported, as in the Collector.' }),
    storage: any({ about: 'Not supported: nothing is stored.' }),
    tracing: any({ about: 'Not supported: see `service::telemetry`.' }),
    runtime: any({ about: 'Not supported: options of Go.' }),
    otlp: any({ about: 'Not supported: options of a server of Prometheus.' }),
  },
  checkPrometheus,
);

const unsupported = [
  ['remote_write', 'samples leave through exporters', 'Use the exporter prometheus_remote_write.'],
  ['remote_read', 'nothing is read back', 'Remove it.'],
  ['rule_files', 'there are no rules', 'Keep rules in Prometheus.'],
  ['alerting', 'there are no alerts', 'Keep alerts in Prometheus.'],
  ['storage', 'nothing is stored', 'Remove it.'],
  ['tracing', 'the service has its own', 'Use service::telemetry::traces.'],
  ['runtime', 'these are options of Go', 'Remove it.'],
  ['otlp', 'these are options of a server of Prometheus', 'Use the receiver otlp.'],
] as const;

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0);
}

function checkGlobal(config: GlobalConfig, report: Report): void {
  checkCommon(config, report);
  if (config.query_log_file !== '') refuseOption(report, ['query_log_file'], 'there are no queries', 'Remove it.');
  const interval = promDuration(config.scrape_interval) ?? 0;
  const timeout = promDuration(config.scrape_timeout) ?? 0;
  if (timeout > (interval === 0 ? 60_000 : interval))
    report('global scrape timeout greater than scrape interval', ['scrape_timeout']);
}

function checkPrometheus(config: PrometheusConfig, report: Report): void {
  for (const [name, why, hint] of unsupported) if (!isEmpty(config[name])) refuseOption(report, [name], why, hint);
  const global = promDuration(config.global.scrape_interval) || 60_000;
  const names = new Set<string>();
  for (const [i, job] of config.scrape_configs.entries()) {
    if (names.has(job.job_name))
      report(`found multiple scrape configs with job name ${JSON.stringify(job.job_name)}`, [
        'scrape_configs',
        i,
        'job_name',
      ]);
    names.add(job.job_name);
    const interval = promDuration(job.scrape_interval) || global;
    if ((promDuration(job.scrape_timeout) ?? 0) > interval)
      report(
        `scrape timeout greater than scrape interval for scrape config with job name ${JSON.stringify(job.job_name)}`,
        ['scrape_configs', i, 'scrape_timeout'],
      );
  }
}
