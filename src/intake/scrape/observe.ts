import type { SignalContext } from '../../component/define.js';
import { inTurns } from '../../component/turn.js';
import type { Batch } from '../../otlp/batch.js';
import { scraperSpecs, type ScrapeSignal } from './metrics.js';
import type { Scrape, Scraped, Scraper } from './scraper.js';

const spanNames: Readonly<Record<ScrapeSignal, string>> = { metrics: 'ScrapeMetrics', logs: 'ScrapeLogs' };

/** Scrapes once and resolves with the collected batch. Missing items are counted and logged. Never rejects. */
export type ObservedScrape = (scrape: Scrape) => Promise<Batch | undefined>;

/** Adds metrics, log lines and spans to a scraper. */
export function observed(scraper: Scraper, signal: ScrapeSignal, context: SignalContext): ObservedScrape {
  const { id, meter, logger, tracer } = context;
  const { name } = scraper;
  const specs = scraperSpecs[signal];
  const scrapedCount = meter.counter(specs.scraped, { receiver: id, scraper: name });
  const erroredCount = meter.counter(specs.errored, { receiver: id, scraper: name });
  let missingBefore: string | undefined;
  return async (scrape) => {
    const span = tracer?.start(`scraper/${name}/${spanNames[signal]}`, {});
    const { batch, missing } = await settled(scraper, scrape);
    const indexing = batch?.indexing();
    if (indexing) await inTurns(indexing);
    // A metric counts once, however many points it has.
    const collected = batch?.index.itemCount ?? 0;
    const errored = missing?.count ?? 0;
    scrapedCount.add(collected);
    erroredCount.add(errored);
    span?.set({ format: signal, [plain(specs.scraped.name)]: collected, [plain(specs.errored.name)]: errored });
    const isKnown = missing?.kind !== undefined && missing.kind === missingBefore;
    missingBefore = missing?.kind;
    if (missing) {
      logger[isKnown ? 'debug' : 'error'](`Error scraping ${signal}`, { scraper: name, error: missing.error });
      span?.fail(missing.error.message);
    }
    span?.end();
    return batch;
  };
}

/** The result of one scrape. After a rejection nothing is collected, and the number of missing items is unknown. */
async function settled(scraper: Scraper, scrape: Scrape): Promise<Scraped> {
  try {
    return await scraper.scrape(scrape);
  } catch (error) {
    return {
      batch: undefined,
      missing: { error: error instanceof Error ? error : new Error(String(error)), count: 0 },
    };
  }
}

function plain(metric: string): string {
  return metric.replace('otelcol_scraper_', '');
}
