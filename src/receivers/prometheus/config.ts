import { any, duration, flag, group, type Report, type Schema } from '../../component/schema/schema.js';
import { refuseOption } from './options/common.js';
import { prometheusConfig, type PrometheusConfig } from './options/prometheus.js';

/** docs/spec/agent.md#prometheus-receiver. Times in milliseconds. */
export interface Config {
  readonly config: PrometheusConfig;
  readonly trim_metric_suffixes: boolean;
  readonly report_extra_scrape_metrics: boolean;
  readonly scrape_on_shutdown: boolean;
  readonly discovery_reload_on_startup: boolean;
  readonly initial_scrape_offset: number;
  readonly target_allocator: unknown;
  readonly api_server: unknown;
  readonly use_start_time_metric: boolean;
  readonly start_time_metric_regex: unknown;
}

export const config: Schema<Config> = group<Config>(
  {
    config: prometheusConfig,
    trim_metric_suffixes: flag(false, { about: 'Names lose the suffixes of their type and unit.' }),
    report_extra_scrape_metrics: flag(false, {
      about: 'Older form of `config::global::extra_scrape_metrics`.',
    }),
    scrape_on_shutdown: flag(false, { about: 'Scrape all targets once more at the end.' }),
    discovery_reload_on_startup: flag(false, { about: 'Accepted: targets are scraped as soon as they are known.' }),
    initial_scrape_offset: duration(
      '0s',
      { about: 'Time before the first scrape of every target; 0: targets are spread over their interval.' },
      (ms) => (ms < 0 ? 'must not be negative' : undefined),
    ),
    target_allocator: any({ about: 'Not supported yet.' }),
    api_server: any({ about: 'Not supported yet.' }),
    use_start_time_metric: flag(false, { about: 'Not supported: the Collector has removed it.' }),
    start_time_metric_regex: any({ about: 'Not supported: the Collector has removed it.' }),
  },
  checkReceiver,
);

function checkReceiver(value: Config, report: Report): void {
  const { scrape_configs: jobs, scrape_config_files: files } = value.config;
  if (value.target_allocator !== undefined && value.target_allocator !== null)
    refuseOption(
      report,
      ['target_allocator'],
      'it does not exist here yet',
      'Use http_sd_configs with the allocator’s URL.',
    );
  else if (jobs.length === 0 && files.length === 0)
    report(
      'no Prometheus scrape_configs or target_allocator set',
      ['config'],
      undefined,
      'Add config::scrape_configs.',
    );
  if (isOn(value.api_server)) refuseOption(report, ['api_server'], 'it does not exist here yet', 'Remove it.');
  if (value.use_start_time_metric || (value.start_time_metric_regex ?? '') !== '')
    refuseOption(
      report,
      [value.use_start_time_metric ? 'use_start_time_metric' : 'start_time_metric_regex'],
      'the Collector has removed it',
      'Use the processor metric_start_time.',
    );
}

function isOn(section: unknown): boolean {
  return typeof section === 'object' && section !== null && 'enabled' in section && section.enabled === true;
}
