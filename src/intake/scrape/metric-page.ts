import { resultInTurns } from '../../component/turn.js';
import { MetricBuilder } from '../../otlp/build/metrics.js';
import type { Scraped } from './scraper.js';

/** Writes the metrics of one resource; resource and scope are there once there is a metric. */
export class MetricPage {
  readonly builder: MetricBuilder = new MetricBuilder();
  /** Times of the points, milliseconds since the epoch. */
  now = 0;
  start = 0;
  readonly #openResource: (builder: MetricBuilder) => void;
  #isOpen = false;

  /** `openResource` writes the resource and the scope. */
  constructor(openResource: (builder: MetricBuilder) => void) {
    this.#openResource = openResource;
  }

  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#openResource(this.builder);
  }

  /** The next metric belongs to another resource. */
  next(): void {
    this.#isOpen = false;
  }

  /** The metrics so far; undefined when there are none. */
  async finish(): Promise<Scraped['batch']> {
    this.#isOpen = false;
    return this.builder.itemCount === 0 ? undefined : resultInTurns(this.builder.finishing());
  }
}
