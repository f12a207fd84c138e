import type { Escaping } from './escaping.js';
import type { ExposedFamily, ExposedSeries } from './exposed.js';

export interface PageOptions {
  readonly escaping: Escaping;
  /** Write the times of the points; otherwise a scraper takes the time of its scrape. */
  readonly timestamps: boolean;
}

/** Writes a page: each family, then its series, and the end. */
export interface PageWriter {
  family(family: ExposedFamily): void;
  series(series: ExposedSeries): void;
  /** Between two series: hands out what was written once it has this many bytes, where the writer keeps it back. */
  pauseAt?(bytes: number): void;
  end(): void;
}
