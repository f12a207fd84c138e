import { Cancellation } from '../../component/cancellation.js';
import { emptyContext, type Consumer } from '../../component/consumer.js';
import type { Receiver, SignalContext } from '../../component/define.js';
import type { Host } from '../../component/lifecycle.js';
import { resultInTurns } from '../../component/turn.js';
import type { Batch } from '../../otlp/batch.js';
import { merging } from '../../otlp/parts/merge.js';
import { ReceiverEntry } from '../receiver-entry.js';
import type { ScrapeConfig } from './config.js';
import type { ScrapeSignal } from './metrics.js';
import { observed, type ObservedScrape } from './observe.js';
import type { Scrape, Scraper } from './scraper.js';
import { Ticker } from './ticker.js';

/**
 * A receiver that scrapes, as the Collector's scraper controller does: each tick runs all scrapers in turn and sends
 * their batches as one to the pipelines. A failed scraper loses its own data only. A refused batch is not sent again,
 * because the next scrape has newer data.
 */
export function scraping(
  context: SignalContext & { readonly signal: ScrapeSignal },
  config: ScrapeConfig,
  scrapers: readonly Scraper[],
  next: Consumer,
): Receiver {
  const { clock, logger } = context;
  const entry = new ReceiverEntry(context, next);
  const all = scrapers.map((scraper) => observed(scraper, context.signal, context));
  let running: Cancellation | undefined;
  const tick = async (): Promise<void> => {
    const cancellation = (running = new Cancellation());
    const deadline = config.timeout > 0 ? clock.now() + config.timeout : undefined;
    const stopTimer =
      deadline === undefined ? undefined : clock.after(config.timeout, () => cancellation.abort('deadline'));
    const scrape: Scrape = { signal: cancellation, deadline };
    try {
      const batch = await collect(all, scrape);
      if (batch && cancellation.cancelledBy !== 'drain') await entry.submit(batch, { ...emptyContext, ...scrape });
    } catch (error) {
      logger.error('Scraping failed', { error });
    } finally {
      stopTimer?.();
    }
  };
  const ticker = new Ticker(clock, config.collection_interval, config.initial_delay, tick);
  const started: Scraper[] = [];
  let ending: Promise<void> | undefined;
  const end = async (deadline: AbortSignal): Promise<void> => {
    await stopWithin(deadline, ticker, () => running?.abort('drain'));
    for (const scraper of started) await scraper.shutdown?.(deadline);
  };
  return {
    async start(host: Host) {
      for (const scraper of scrapers) {
        await scraper.start?.(host);
        started.push(scraper);
      }
      ticker.start();
    },
    shutdown: (deadline) => (ending ??= end(deadline)),
  };
}

/** The batches of all scrapers as one; undefined when there are none. */
async function collect(scrapers: readonly ObservedScrape[], scrape: Scrape): Promise<Batch | undefined> {
  const batches: Batch[] = [];
  for (const run of scrapers) {
    const batch = await run(scrape);
    if (batch) batches.push(batch);
  }
  if (batches.length === 0) return undefined;
  const merged = await resultInTurns(merging(batches));
  for (const batch of batches) if (batch !== merged) batch.release();
  return merged;
}

/** Waits for the running scrape; at the deadline cancels it and returns. */
function stopWithin(deadline: AbortSignal, ticker: Ticker, cancel: () => void): Promise<void> {
  return new Promise((resolve) => {
    const leave = (): void => {
      cancel();
      resolve();
    };
    if (deadline.aborted) leave();
    else deadline.addEventListener('abort', leave, { once: true });
    void ticker.stop().then(() => {
      deadline.removeEventListener('abort', leave);
      resolve();
    });
  });
}
