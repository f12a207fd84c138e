import type { CancelSignal } from '../../component/cancellation.js';
import type { Lifecycle } from '../../component/lifecycle.js';
import type { Batch } from '../../otlp/batch.js';

/** One scrape: how long it may take. */
export interface Scrape {
  /** Aborts when the scrape's timeout is over, or when the receiver has to end. */
  readonly signal: CancelSignal;
  /** In `Clock.now()` milliseconds; undefined without a timeout. */
  readonly deadline: number | undefined;
}

/** The result of a scrape: what was collected, beside what was not. */
export interface Scraped {
  /** Undefined: there was nothing to collect. The receiver owns it from now on. */
  readonly batch: Batch | undefined;
  /** Set when a part is missing. */
  readonly missing?: { readonly error: Error; readonly count: number } | undefined;
}

/** One source of a receiver that scrapes. */
export interface Scraper extends Lifecycle {
  /** As metrics, logs and spans name it: `cpu`. */
  readonly name: string;
  /** Rejects when nothing could be collected. A scrape never begins before the one before it has settled. */
  scrape(scrape: Scrape): Promise<Scraped>;
}
