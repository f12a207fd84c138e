import { duration, type Schema } from '../../component/schema/schema.js';

/** Options of every receiver that scrapes (docs/spec/agent.md#host-metrics-config), beside its own. Milliseconds. */
export interface ScrapeConfig {
  readonly collection_interval: number;
  /** 0 or less: the first scrape begins at once. */
  readonly initial_delay: number;
  /** 0: no limit. */
  readonly timeout: number;
}

/** `interval` is the default of `collection_interval`, which some receivers set to less than the Collector's minute. */
export function scrapeShape(interval = '1m'): { readonly [K in keyof ScrapeConfig]-?: Schema<ScrapeConfig[K]> } {
  return {
    collection_interval: duration(interval, { about: 'Time between the beginnings of two scrapes.' }, (ms) =>
      ms > 0 ? undefined : '"collection_interval": requires positive value',
    ),
    initial_delay: duration('1s', { about: 'Time before the first scrape; 0 and below: none.' }),
    timeout: duration('0s', { about: 'How long one scrape may take, handing on included; 0 sets no limit.' }, (ms) =>
      ms < 0 ? '"timeout": must be non-negative' : undefined,
    ),
  };
}
