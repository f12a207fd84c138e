import type { LabelMap } from '../parse/metric.js';
import { relabelRule, type RelabelRule } from '../relabel/rule.js';
import type { SampleLimits } from '../series/sample-labels.js';
import { scrapeProtocols, type JobConfig, type ScrapeProtocol } from './job.js';
import type { GlobalConfig } from './prometheus.js';
import { byteSize, promDuration } from './units.js';

/** A job with what `global` gives it, its values as numbers. Times in milliseconds, sizes in bytes; 0 is no bound. */
export interface JobSettings {
  readonly config: JobConfig;
  readonly name: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** The header `Accept`. */
  readonly accept: string;
  readonly fallback: ScrapeProtocol;
  readonly bodyLimit: number;
  readonly targetLimit: number;
  readonly limits: SampleLimits;
  readonly nativeHistograms: boolean;
  readonly classicHistograms: boolean;
  readonly extraMetrics: boolean;
  readonly externalLabels: LabelMap;
  readonly relabelTargets: readonly RelabelRule[];
  readonly relabelSamples: readonly RelabelRule[];
}

const defaultIntervalMs = 60_000;
const defaultTimeoutMs = 10_000;

const textProtocols: readonly ScrapeProtocol[] = [
  'OpenMetricsText1.0.0',
  'OpenMetricsText0.0.1',
  'PrometheusText1.0.0',
  'PrometheusText0.0.4',
];

export function jobSettings(job: JobConfig, global: GlobalConfig, extraMetrics: boolean): JobSettings {
  const globalInterval = promDuration(global.scrape_interval) || defaultIntervalMs;
  const globalTimeout = promDuration(global.scrape_timeout) || Math.min(defaultTimeoutMs, globalInterval);
  const intervalMs = promDuration(job.scrape_interval) || globalInterval;
  const native = isOn(job.scrape_native_histograms, global.scrape_native_histograms);
  const classic = job.always_scrape_classic_histograms || job.scrape_classic_histograms;
  const number = (own: number, common: number): number => (own === 0 ? common : own);
  return {
    config: job,
    name: job.job_name,
    intervalMs,
    timeoutMs: promDuration(job.scrape_timeout) || Math.min(globalTimeout, intervalMs),
    accept: acceptOf(
      protocolsOf(job, global, native),
      job.metric_name_escaping_scheme || global.metric_name_escaping_scheme || 'allow-utf-8',
    ),
    fallback: (job.fallback_scrape_protocol || 'PrometheusText0.0.4') as ScrapeProtocol,
    bodyLimit: byteSize(job.body_size_limit) || byteSize(global.body_size_limit) || 0,
    targetLimit: number(job.target_limit, global.target_limit),
    limits: {
      samples: number(job.sample_limit, global.sample_limit),
      labels: number(job.label_limit, global.label_limit),
      labelName: number(job.label_name_length_limit, global.label_name_length_limit),
      labelValue: number(job.label_value_length_limit, global.label_value_length_limit),
    },
    nativeHistograms: native,
    classicHistograms: isOn(classic, global.always_scrape_classic_histograms),
    extraMetrics: extraMetrics || isOn(job.extra_scrape_metrics, global.extra_scrape_metrics),
    externalLabels: new Map(Object.entries(global.external_labels)),
    relabelTargets: job.relabel_configs.map(relabelRule),
    relabelSamples: job.metric_relabel_configs.map(relabelRule),
  };
}

function isOn(own: string, common: string): boolean {
  return (own === '' ? common : own) === 'true';
}

function protocolsOf(job: JobConfig, global: GlobalConfig, native: boolean): readonly ScrapeProtocol[] {
  const given = job.scrape_protocols.length > 0 ? job.scrape_protocols : global.scrape_protocols;
  if (given.length > 0) return given as readonly ScrapeProtocol[];
  return native ? ['PrometheusProto', ...textProtocols] : textProtocols;
}

function acceptOf(protocols: readonly ScrapeProtocol[], escaping: string): string {
  let weight = protocols.length + 1;
  const parts = protocols.map((name) => {
    const escaped = name === 'OpenMetricsText1.0.0' || name === 'PrometheusText1.0.0' ? `;escaping=${escaping}` : '';
    return `${scrapeProtocols[name]}${escaped};q=0.${weight--}`;
  });
  return [...parts, `*/*;q=0.${weight}`].join(',');
}
