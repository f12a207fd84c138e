import { Cancellation } from '../../../component/cancellation.js';
import { emptyContext } from '../../../component/consumer.js';
import type { SignalContext } from '../../../component/define.js';
import { DeliveryError } from '../../../component/delivery-error.js';
import { Reservation } from '../../../intake/admission.js';
import { ReceiverBooks } from '../../../intake/books.js';
import type { ReceiverEntry } from '../../../intake/receiver-entry.js';
import { Ticker } from '../../../intake/scrape/ticker.js';
import type { Batch } from '../../../otlp/batch.js';
import type { JobSettings } from '../options/settings.js';
import type { ScrapeStore } from '../series/store.js';
import type { CredentialedClient } from './client.js';
import { fetchExposition, scrapeHeaders, type Exposition } from './fetch.js';
import { TargetSeries } from './scrape.js';
import { firstScrapeMs, type ScrapedTarget } from './target.js';

/** The things that all loops of a receiver have in common. */
export interface LoopContext {
  readonly context: SignalContext;
  readonly entry: ReceiverEntry;
  readonly trimSuffixes: boolean;
  /** Before the first scrape of each target, milliseconds; 0: each has its own moment. */
  readonly offsetMs: number;
}

/** Scrapes one target, again and again. */
export class TargetLoop {
  readonly target: ScrapedTarget;
  readonly #settings: JobSettings;
  readonly #client: CredentialedClient;
  #shared: LoopContext;
  readonly #series: TargetSeries;
  readonly #books: ReceiverBooks;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #ticker: Ticker;
  #running: Cancellation | undefined;
  /** Set while the target has not answered. */
  #fetching: Cancellation | undefined;
  /** Set: no scrape is made, and all count as failed by this. */
  fault: Error | undefined;

  constructor(
    target: ScrapedTarget,
    settings: JobSettings,
    client: CredentialedClient,
    shared: LoopContext,
    store: ScrapeStore | undefined,
  ) {
    const { context } = shared;
    this.target = target;
    this.#settings = settings;
    this.#client = client;
    this.#shared = shared;
    this.#books = new ReceiverBooks(context);
    const { config } = settings;
    const rules = {
      target: target.labels,
      externalLabels: settings.externalLabels,
      honorLabels: config.honor_labels,
      honorTimestamps: config.honor_timestamps,
      trackTimestamps: config.track_timestamps_staleness,
      relabel: settings.relabelSamples,
      limits: settings.limits,
    };
    const options = {
      version: context.buildInfo.version,
      scheme: target.scheme,
      trimSuffixes: shared.trimSuffixes,
      trackTimestamps: config.track_timestamps_staleness,
    };
    this.#series = new TargetSeries(rules, settings, options, target.timeoutMs, context.budget, store);
    this.#headers = scrapeHeaders(settings.accept, config.enable_compression, target.timeoutMs);
    const delay =
      shared.offsetMs > 0 ? shared.offsetMs : firstScrapeMs(target.identity, target.intervalMs, context.clock.unixMs());
    this.#ticker = new Ticker(context.clock, target.intervalMs, delay, () => this.scrape());
  }

  start(): void {
    this.#ticker.start();
  }

  /**
   * Scrapes no more. A target that has not answered is not waited for; what has come is handed on until `deadline`.
   * Its series are as they are.
   */
  async stop(deadline: AbortSignal): Promise<void> {
    this.#fetching?.abort('drain');
    const cancel = (): void => this.#running?.abort('drain');
    if (deadline.aborted) cancel();
    else deadline.addEventListener('abort', cancel, { once: true });
    await this.#ticker.stop();
    deadline.removeEventListener('abort', cancel);
  }

  /** One last scrape, cancelled at `deadline`. To be called when the loop has stopped. */
  async last(deadline: AbortSignal): Promise<void> {
    const cancel = (): void => this.#running?.abort('drain');
    const scraped = this.scrape();
    deadline.addEventListener('abort', cancel, { once: true });
    await scraped;
    deadline.removeEventListener('abort', cancel);
  }

  /** It belongs to another receiver now, which came in place of its own. To be called when the loop has stopped. */
  moveTo(shared: LoopContext): void {
    this.#shared = shared;
  }

  /** What is remembered of the series. To be called when the loop has stopped. */
  handOver(): ScrapeStore {
    return this.#series.handOver();
  }

  /** Tells the end of all series. To be called when the loop has stopped. */
  end(at: number): Promise<void> {
    return this.#series.end(at, (batch) => this.#handOn(batch, undefined));
  }

  /** One scrape. Never rejects. */
  async scrape(): Promise<void> {
    const { clock, budget, logger } = this.#shared.context;
    const cancellation = (this.#running = new Cancellation());
    const at = Math.floor(clock.unixMs());
    const began = clock.now();
    const memory = new Reservation(budget);
    const fetching = (this.#fetching = new Cancellation());
    // A cancellation of its own: what came of a scrape that took too long is handed on as well.
    cancellation.addEventListener('abort', () => fetching.abort('drain'));
    const answer = await this.#fetch(memory, fetching);
    this.#fetching = undefined;
    if (fetching.cancelledBy === 'drain') {
      if (!(answer instanceof Error)) answer.body.release();
      memory.end();
      return;
    }
    const deadline = began + this.target.intervalMs;
    try {
      const outcome = await this.#series.take(
        answer,
        memory,
        at,
        () => (clock.now() - began) / 1000,
        (batch) => this.#handOn(batch, { deadline, signal: cancellation }),
      );
      if (outcome.failure) this.#warn(outcome.failure, at);
      if (outcome.unusable > 0) this.#books.refused(outcome.unusable, noForm(), '');
    } catch (error) {
      logger.error('Scraping failed', { error, target: this.target.url });
    } finally {
      if (!(answer instanceof Error)) answer.body.release();
      memory.end();
    }
  }

  async #fetch(memory: Reservation, cancellation: Cancellation): Promise<Exposition | Error> {
    if (this.fault) return this.fault;
    const { clock } = this.#shared.context;
    const timer = clock.after(this.target.timeoutMs, () => cancellation.abort('deadline'));
    const { bodyLimit, fallback } = this.#settings;
    try {
      const options = { headers: this.#headers, bodyLimit, fallback };
      return await fetchExposition(this.#client, this.target.url, options, memory, cancellation);
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    } finally {
      timer();
    }
  }

  async #handOn(
    batch: Batch,
    limits: { readonly deadline: number; readonly signal: Cancellation } | undefined,
  ): Promise<void> {
    await this.#shared.entry.submit(batch, { ...emptyContext, ...limits });
  }

  #warn(error: Error, at: number): void {
    const labels = [...this.target.labels].map(([name, value]) => `${name}=${JSON.stringify(value)}`);
    this.#shared.context.logger.warn('Failed to scrape Prometheus endpoint', {
      error,
      scrape_timestamp: at,
      target_labels: `{${labels.join(', ')}}`,
    });
  }
}

function noForm(): DeliveryError {
  return new DeliveryError('no metric of OTLP can hold the point', { class: 'permanent', reason: 'no_otlp_form' });
}
