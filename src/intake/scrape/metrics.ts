import type { MetricSpec } from '../../component/telemetry.js';

/** Signals that can be scraped. */
export type ScrapeSignal = 'metrics' | 'logs';

/** The Collector's names for the items of a scrape. Despite the name it counts metrics, not data points. */
const counted: Readonly<Record<ScrapeSignal, string>> = { metrics: 'metric_points', logs: 'log_records' };

const counter = (signal: ScrapeSignal, word: string, what: string): MetricSpec => ({
  name: `otelcol_scraper_${word}_${counted[signal]}`,
  description: `Number of ${counted[signal].replace('_', ' ')} ${what}. [Alpha]`,
  unit: '{datapoints}',
  kind: 'counter',
  level: 'basic',
});

export interface ScraperSpecs {
  readonly scraped: MetricSpec;
  readonly errored: MetricSpec;
}

const specs = (signal: ScrapeSignal): ScraperSpecs => ({
  scraped: counter(signal, 'scraped', 'successfully scraped'),
  errored: counter(signal, 'errored', 'that were unable to be scraped'),
});

/** Per receiver and scraper (docs/spec/core.md#own-metrics). */
export const scraperSpecs: Readonly<Record<ScrapeSignal, ScraperSpecs>> = {
  metrics: specs('metrics'),
  logs: specs('logs'),
};

/** For the `telemetry.ts` of every receiver that scrapes, beside `receiverMetrics`. */
export const scraperMetrics: readonly MetricSpec[] = Object.values(scraperSpecs).flatMap((pair) => Object.values(pair));
