import { Cancellation } from '../../../component/cancellation.js';
import { emptyContext, type RequestContext } from '../../../component/consumer.js';
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
import { within } from './within.js';
import { firstScrapeMs, type ScrapedTarget } from './target.js';

/** The things that all loops of a receiver have in common. */
export interface LoopContext {
  readonly context: SignalContext;
  readonly entry: ReceiverEntry;
  readonly trimSuffixes: boolean;
  /** Before the first scrape of each target, milliseconds; 0: each has its own moment. */
  readonly offsetMs: number;
  /** Cancelled when the receiver has no more time to end. */
  readonly over: Cancellation;
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
    await within(deadline, this.#ticker.stop(), () => this.#running?.abort('drain'));
  }

  /** One last scrape, cancelled at `deadline`. To be called when the loop has stopped. */
  async last(deadline: AbortSignal): Promise<void> {
    await within(deadline, this.scrape(), () => this.#running?.abort('drain'));
  }

  /** It belongs to another receiver now, which came in place of its own. To be called when the loop has stopped. */
  moveTo(shared: LoopContext): void {
    this.#shared = shared;
  }

  /** The remembered series. To be called when the loop has stopped. */
  handOver(): ScrapeStore {
    return this.#series.handOver();
  }

  /** Tells the end of all series. To be called when the loop has stopped. */
  end(at: number): Promise<void> {
    return this.#series.end(at, (batch) => this.#handOn(batch, { signal: this.#shared.over }));
  }

  /** Whether no scrape is under way, so that nobody writes to its series. */
  get isIdle(): boolean {
    return this.#running === undefined;
  }

  /** One scrape. Never rejects. */
  async scrape(): Promise<void> {
    const { clock, budget, logger } = this.#shared.context;
    const cancellation = (this.#running = new Cancellation());
    const at = Math.floor(clock.unixMs());
    const began = clock.now();
    const memory = new Reservation(budget);
    const answer = await this.#answer(memory, cancellation);
    try {
      if (answer) await this.#take(answer, memory, at, began, cancellation);
    } catch (error) {
      logger.error('Scraping failed', { error, target: this.target.url });
    } finally {
      if (answer && !(answer instanceof Error)) answer.body.release();
      memory.end();
      this.#running = undefined;
    }
  }

  /** Undefined when the scrape was given up. */
  async #answer(memory: Reservation, running: Cancellation): Promise<Exposition | Error | undefined> {
    const fetching = (this.#fetching = new Cancellation());
    // A cancellation of its own: what came of a scrape that took too long is handed on as well.
    running.addEventListener('abort', () => fetching.abort('drain'));
    const answer = await this.#fetch(memory, fetching);
    this.#fetching = undefined;
    if (fetching.cancelledBy !== 'drain') return answer;
    if (!(answer instanceof Error)) answer.body.release();
    return undefined;
  }

  async #take(
    answer: Exposition | Error,
    memory: Reservation,
    at: number,
    began: number,
    running: Cancellation,
  ): Promise<void> {
    const { clock } = this.#shared.context;
    const limits = { deadline: began + this.target.intervalMs, signal: running };
    const { failure, unusable } = await this.#series.take(
      answer,
      memory,
      at,
      () => (clock.now() - began) / 1000,
      (batch) => this.#handOn(batch, limits),
    );
    if (failure) this.#warn(failure, at);
    if (unusable > 0) this.#books.refused(unusable, noForm(), '');
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

  async #handOn(batch: Batch, limits: Pick<RequestContext, 'deadline' | 'signal'>): Promise<void> {
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
