import type { CancelSignal } from '../../component/cancellation.js';
import type { Lifecycle } from '../../component/lifecycle.js';
import type { Batch } from '../../otlp/batch.js';

/** The time limits of one scrape. */
export interface Scrape {
  /** Aborts at the timeout of the scrape, and at the end of the receiver's shutdown. */
  readonly signal: CancelSignal;
  /** In `Clock.now()` milliseconds; undefined without a timeout. */
  readonly deadline: number | undefined;
}

/** The result of a scrape: the collected batch, and the missing items beside it. */
export interface Scraped {
  /** Undefined when there was nothing to collect. The caller owns it. */
  readonly batch: Batch | undefined;
  /** Set when a part could not be collected. */
  readonly missing?: MissingPart | undefined;
}

/** A part that a scrape could not collect. */
export interface MissingPart {
  readonly error: Error;
  /** Metrics or log records. */
  readonly count: number;
  /**
   * Set by a scraper whose failures may last: while it stays the same only the first scrape logs an error, and the
   * others a line at level debug.
   */
  readonly kind?: string | undefined;
}

/** One source of a receiver that scrapes. */
export interface Scraper extends Lifecycle {
  /** Its name in metrics, logs and spans: `cpu`. */
  readonly name: string;
  /** Rejects when nothing could be collected. Scrapes of one scraper never overlap. */
  scrape(scrape: Scrape): Promise<Scraped>;
}
