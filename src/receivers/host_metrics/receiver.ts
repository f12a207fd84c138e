import type { Consumer } from '../../component/consumer.js';
import type { Receiver, SignalContext } from '../../component/define.js';
import { scraping } from '../../intake/scrape/scraping.js';
import type { Config } from './config.js';
import { HostEvents } from './host-events.js';
import { HostPaths } from './host/host-paths.js';
import { ObservedHost } from './host/observed-host.js';
import { conventionsOf } from './metrics/conventions.js';
import { hostScrapers } from './scrapers/all.js';
import type { ScraperParts } from './scrapers/host-scraper.js';

/** Metrics of the host at each interval; in a pipeline of logs, that the host is there. */
export function createHostMetrics(config: Config, context: SignalContext, next: Consumer): Receiver {
  if (context.signal === 'logs') return new HostEvents(config.metadata_collection_interval, context, next);
  const { clock, logger, gates, buildInfo } = context;
  const parts: ScraperParts = {
    host: new ObservedHost(new HostPaths(config.root_path), clock),
    clock,
    conventions: conventionsOf(gates) ?? 'older',
    gates,
    version: buildInfo.version,
    warn: (message, fields) => logger.warn(message, fields),
  };
  const scrapers = hostScrapers.flatMap((scraper) => {
    const options = config.scrapers[scraper.name];
    return options === undefined ? [] : [scraper.open(options, parts)];
  });
  return scraping({ ...context, signal: 'metrics' }, config, scrapers, next);
}
