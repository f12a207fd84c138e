import type { Consumer } from '../../component/consumer.js';
import type { Receiver, SignalContext } from '../../component/define.js';
import { scraping } from '../../intake/scrape/scraping.js';
import type { Config } from './config.js';
import { StatsScraper, type KubeletWorld } from './stats-scraper.js';

/** Metrics of a kubelet at each interval. */
export function createKubeletStats(
  config: Config,
  context: SignalContext,
  next: Consumer,
  world: KubeletWorld = { env: process.env },
): Receiver {
  return scraping({ ...context, signal: 'metrics' }, config, [new StatsScraper(config, context, world)], next);
}
