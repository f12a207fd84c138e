import { changing } from '../../component/changing.js';
import { every } from '../../component/clock.js';
import { ConfigValueError } from '../../component/config-value-error.js';
import type { Consumer, RequestContext } from '../../component/consumer.js';
import type { PipelineContext, Processor } from '../../component/define.js';
import { DeliveryError } from '../../component/delivery-error.js';
import { handOnMade } from '../../component/hand-on.js';
import type { ComponentLedger } from '../../component/ledger.js';
import type { Host } from '../../component/lifecycle.js';
import { cutText } from '../../component/peer-text.js';
import type { Counter } from '../../component/telemetry.js';
import { resultInTurns } from '../../component/turn.js';
import type { Batch } from '../../otlp/batch.js';
import { isLarge } from '../../otlp/large.js';
import { key } from '../../otlp/view/key.js';
import { pieceBytes, type InPieces } from '../../otlp/work.js';
import { memoryLimit } from '../../runtime/memory/budget.js';
import { countHeld } from '../../runtime/memory/held.js';
import { Checking, type Checked, type CheckingParts } from './checking.js';
import type { Config } from './config.js';
import { forgiving } from './forgiving.js';
import { sourceOf } from './identity.js';
import { writersPage } from './page.js';
import { Reports } from './reports.js';
import { State } from './state.js';
import { metrics } from './telemetry.js';

/** A larger batch is judged in several turns. */
const largeBytes = 4 * pieceBytes;
/** The share of the memory limit for streams when `max_bytes` is not set. */
const memoryShare = 1 / 16;
/** Streams that are forgotten in one piece of work. */
const streamsAtOnce = 2048;
/** It is looked for streams to forget so often while one may stay, within these bounds in milliseconds. */
const looksPerStay = 8;
const leastLookMs = 1000;
const mostLookMs = 60_000;

type Counted = 'takeovers' | 'tagged' | 'late' | 'repeated' | 'untracked';

export function createSingleWriter(config: Config, context: PipelineContext, next: Consumer): SingleWriter {
  const memory = memoryLimit().bytes;
  if (config.max_bytes > memory)
    throw new ConfigValueError(`is ${config.max_bytes}, and the memory limit is ${memory} bytes`, ['max_bytes']);
  return new SingleWriter(config, context, next, config.max_bytes || memory * memoryShare);
}

/**
 * Sees to it that each metric stream has one writer. At a reload both configurations have the same streams until the
 * old one is gone. It reserves no room: a point is judged once.
 */
export class SingleWriter implements Processor {
  readonly #config: Config;
  readonly #context: PipelineContext;
  readonly #maxBytes: number;
  readonly #books: ComponentLedger;
  readonly #changing: Consumer;
  readonly #parts: CheckingParts;
  readonly #counters: Readonly<Record<Counted, Counter>>;
  #state: State;
  #reports: Reports;
  /** For all batches that are no large ones. */
  #usual: Checking;
  #expiring: Promise<void> | undefined;
  #stops: readonly (() => void)[] = [];

  constructor(config: Config, context: PipelineContext, next: Consumer, maxBytes: number) {
    this.#config = config;
    this.#context = context;
    this.#maxBytes = maxBytes;
    const { id, meter, ledger, signal, clock } = context;
    const labels = { processor: id };
    const counter = (name: Counted): Counter => meter.counter(metrics[name], labels);
    this.#counters = {
      ...{ takeovers: counter('takeovers'), tagged: counter('tagged'), late: counter('late') },
      ...{ repeated: counter('repeated'), untracked: counter('untracked') },
    };
    for (const each of Object.values(this.#counters)) each.add(0);
    this.#state = new State(maxBytes);
    this.#reports = new Reports(context.logger, config.report_interval);
    const { resource_attributes: attributes } = config;
    this.#parts = {
      config,
      sources: config.identify_by.flatMap((text) => sourceOf(text) ?? []),
      resourceKeys: attributes.length === 0 ? undefined : attributes.map(key),
      state: () => this.#state,
      reports: () => this.#reports,
      counter: (violation, cause) => meter.counter(metrics.violations, { ...labels, violation, cause }),
    };
    this.#usual = new Checking(this.#parts);
    this.#books = ledger.component(id, signal);
    const books = this.#books;
    const check = (batch: Batch, large: boolean, request: RequestContext): InPieces<Checked> =>
      // Between the pieces of a large batch others are judged.
      (large ? new Checking(this.#parts) : this.#usual).checking(batch, request, {
        now: clock.now(),
        unixMs: clock.unixMs(),
      });
    const book = this.#book.bind(this);
    this.#changing = changing({
      next,
      books,
      // Points cost by their bytes, however few they are.
      isLarge: (batch) => batch.bytes.length > largeBytes || isLarge(batch),
      *change(batch, large, request) {
        const checked = yield* check(batch, large, request);
        return { batch: checked.batch, book: () => book(checked, batch.itemCount, request) };
      },
      handOn: (made, batch, request, to) => this.#handOn(made, request, to, next, batch.itemCount - made.itemCount),
    });
  }

  start(host: Host): void {
    const { succession, clock, meter, id, logger } = this.#context;
    const before = succession.standingAt<SingleWriter>(this.#place);
    succession.enter(this.#place, this);
    if (before) {
      this.#state = before.#state;
      this.#state.limit = this.#maxBytes;
      this.#reports = new Reports(logger, this.#config.report_interval, before.#reports);
    }
    const labels = { processor: id };
    const { max_stale: maxStaleMs } = this.#config;
    const lookMs = Math.min(Math.max(maxStaleMs / looksPerStay, leastLookMs), mostLookMs);
    this.#stops = [
      countHeld(() => this.#state.reservedBytes),
      meter.observe(metrics.streams, labels, () => this.#state.streams.count),
      meter.observe(metrics.writers, labels, () => this.#state.writers.count),
      meter.observe(metrics.bytes, labels, () => this.#state.streams.bound.used),
      every(clock, lookMs, () => this.#expire()),
      host.addPage(writersPage(this.#context, this.#config, () => ({ state: this.#state, reports: this.#reports }))),
    ];
  }

  consume(batch: Batch, context: RequestContext): Promise<void> {
    return this.#changing.consume(batch, context);
  }

  async shutdown(): Promise<void> {
    for (const stop of this.#stops) stop();
    this.#stops = [];
    this.#context.succession.leave(this.#place, this);
    await this.#expiring;
  }

  #book({ counts, refusal }: Checked, items: number, { partial }: RequestContext): void {
    const books = this.#books;
    books.in(items);
    let dropped = 0;
    for (const [reason, points] of Object.entries(counts.dropped)) {
      if (points > 0) books.dropped(points, reason);
      dropped += points;
    }
    for (const [name, counter] of Object.entries(this.#counters) as [Counted, Counter][])
      if (counts[name] > 0) counter.add(counts[name]);
    if (dropped === 0 || refusal === undefined || this.#config.action !== 'reject') return;
    const metric = cutText(refusal.metric);
    const message = `a metric stream has one writer: ${JSON.stringify(metric)} is written by ${refusal.owner}`;
    partial?.rejected(dropped, message);
  }

  async #handOn(
    made: Batch,
    context: RequestContext,
    to: Pick<Consumer, 'consume'>,
    next: Consumer,
    gone: number,
  ): Promise<void> {
    try {
      await handOnMade(made, context, to, { next, books: this.#books }, gone);
    } catch (thrown) {
      const { action, resource_attributes: attributes } = this.#config;
      const rest = (thrown instanceof DeliveryError ? thrown.remaining : undefined) ?? made;
      // Points that were not delivered will be sent again, and are no repetition then.
      if (action === 'first' || action === 'reject')
        await resultInTurns(forgiving(rest, this.#state.streams, attributes));
      throw thrown;
    }
  }

  /** Where it stands in a configuration, as the ledger sees it. */
  get #place(): string {
    const { pipeline, id } = this.#context;
    return `single_writer ${pipeline} ${id}`;
  }

  #expire(): void {
    // The one that stands last in this place decides how long streams stay.
    if (this.#context.succession.successorOf(this.#place, this) !== undefined) return;
    this.#expiring ??= resultInTurns(this.#expireInPieces()).finally(() => (this.#expiring = undefined));
  }

  *#expireInPieces(): InPieces<void> {
    while (this.#state.expire(this.#context.clock.now() - this.#config.max_stale, streamsAtOnce)) yield;
  }
}
