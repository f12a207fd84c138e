import { resultInTurns } from '../../../component/turn.js';
import { Reservation } from '../../../intake/admission.js';
import type { ByteBudget } from '../../../component/budget.js';
import type { Batch } from '../../../otlp/batch.js';
import type { InPieces } from '../../../otlp/work.js';
import { ProtoParser } from '../parse/proto.js';
import { TextParser } from '../parse/text.js';
import type { JobSettings } from '../options/settings.js';
import { Appender } from '../series/appender.js';
import { ScrapeBatches, type BatchOptions } from '../series/batches.js';
import type { SampleRules } from '../series/resolver.js';
import { ScrapeStore } from '../series/store.js';
import { MemoryExhausted, type Exposition } from './fetch.js';

const nothing: Buffer = Buffer.alloc(0);

/** The outcome of one scrape. */
export interface ScrapeOutcome {
  /** Undefined when it succeeded. */
  readonly failure: Error | undefined;
  /** Points that OTLP cannot hold. */
  readonly unusable: number;
}

/** Turns the expositions of a target into batches, and remembers its series from one to the next. */
export class TargetSeries {
  readonly rules: SampleRules;
  readonly #settings: JobSettings;
  readonly #options: BatchOptions;
  readonly #timeoutMs: number;
  readonly #budget: ByteBudget;
  /** The memory of the store. */
  readonly #kept: Reservation;
  #store: ScrapeStore;

  constructor(
    rules: SampleRules,
    settings: JobSettings,
    options: BatchOptions,
    timeoutMs: number,
    budget: ByteBudget,
    store: ScrapeStore = new ScrapeStore(),
  ) {
    this.rules = rules;
    this.#settings = settings;
    this.#options = options;
    this.#timeoutMs = timeoutMs;
    this.#budget = budget;
    this.#kept = new Reservation(budget);
    this.#store = store;
    // The rules may be others than those that it was made with.
    store.resolveAnew();
    this.#kept.resize(store.memory);
  }

  /** The remembered series, for another object; this one is not used any more. */
  handOver(): ScrapeStore {
    this.#kept.end();
    return this.#store;
  }

  /**
   * Takes an exposition, or why there is none, and hands its points on. `at`: when the scrape began, milliseconds since
   * the epoch; `seconds`: how long it has taken so far, asked when it is read. Never rejects.
   */
  async take(
    answer: Exposition | Error,
    memory: Reservation,
    at: number,
    seconds: () => number,
    handOn: (batch: Batch) => Promise<void>,
  ): Promise<ScrapeOutcome> {
    const body = answer instanceof Error ? nothing : bufferOf(answer.body.bytes);
    const appender = new Appender(this.#store, this.rules, at, body);
    let failure = answer instanceof Error ? answer : await this.#read(answer, body, appender);
    if (!failure && appender.exceedsLimit) failure = new Error('sample limit exceeded');
    if (failure) appender.fail();
    else appender.succeed();
    const { scraped, kept, added } = appender;
    appender.report('up', failure ? 0 : 1);
    appender.report('scrape_duration_seconds', seconds());
    appender.report('scrape_samples_scraped', scraped);
    appender.report('scrape_samples_post_metric_relabeling', kept);
    appender.report('scrape_series_added', added);
    if (this.#settings.extraMetrics) {
      appender.report('scrape_timeout_seconds', this.#timeoutMs / 1000);
      appender.report('scrape_sample_limit', this.rules.limits.samples);
      appender.report('scrape_body_size_bytes', failure ? -1 : body.length);
    }
    const unusable = await this.#write(appender, body, memory, handOn);
    await this.#tidy(failure instanceof MemoryExhausted);
    return { failure, unusable: unusable + (failure ? 0 : appender.unusable) };
  }

  /** The target is gone: tells the end of all its series. */
  async end(at: number, handOn: (batch: Batch) => Promise<void>): Promise<void> {
    const memory = new Reservation(this.#budget);
    const appender = new Appender(this.#store, this.rules, at, nothing);
    await this.#write(appender, nothing, memory, handOn);
    memory.end();
    this.#kept.end();
  }

  /** Forgets all without telling anybody. */
  drop(): void {
    this.#kept.end();
  }

  async #read(answer: Exposition, body: Buffer, appender: Appender): Promise<Error | undefined> {
    const { nativeHistograms: native, classicHistograms: classic } = this.#settings;
    const parser =
      answer.protocol === 'PrometheusProto'
        ? new ProtoParser(body, { native, classic }, appender)
        : new TextParser(body, answer.protocol.startsWith('Open') ? 'openmetrics' : 'text', appender);
    try {
      await resultInTurns(admitted(parser.parse(), () => this.#kept.resize(this.#store.memory)));
      return undefined;
    } catch (error) {
      return error as Error;
    }
  }

  async #write(
    appender: Appender,
    body: Buffer,
    memory: Reservation,
    handOn: (batch: Batch) => Promise<void>,
  ): Promise<number> {
    const store = this.#store;
    await resultInTurns(appender.ends());
    const batches = new ScrapeBatches(store, this.#options, appender.exemplars, body);
    for (;;) {
      const batch = await resultInTurns(batches.next());
      // A batch is small: it is made whether there is room or not, and counts so that others have less.
      memory.resize(body.length + batches.memory);
      if (!batch) break;
      await handOn(batch);
    }
    return batches.unusable;
  }

  /** Forgets what the latest good scrape did not have, when it is much, or memory is short. */
  async #tidy(short: boolean): Promise<void> {
    if (short || this.#store.isSparse) this.#store = await resultInTurns(this.#store.rebuilt());
    this.#kept.resize(this.#store.memory);
  }
}

/** Ends with an error as soon as the memory that the work takes is not admitted. */
function* admitted(work: InPieces<void>, admit: () => boolean): InPieces<void> {
  while (work.next().done !== true) {
    if (!admit()) throw new MemoryExhausted();
    yield;
  }
  if (!admit()) throw new MemoryExhausted();
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
