import { every } from '../../component/clock.js';
import { ConfigValueError } from '../../component/config-value-error.js';
import type { Consumer, RequestContext } from '../../component/consumer.js';
import type { PipelineContext, Processor } from '../../component/define.js';
import { DeliveryError } from '../../component/delivery-error.js';
import { handOnMade } from '../../component/hand-on.js';
import type { ComponentLedger } from '../../component/ledger.js';
import type { Counter } from '../../component/telemetry.js';
import { resultInTurns } from '../../component/turn.js';
import { Drain } from '../../delivery/drain.js';
import { Outbox } from '../../delivery/outbox.js';
import type { Batch } from '../../otlp/batch.js';
import { isLarge } from '../../otlp/large.js';
import { resultAtOnce } from '../../otlp/work.js';
import { memoryLimit } from '../../runtime/memory/budget.js';
import { countHeld } from '../../runtime/memory/held.js';
import type { Config } from './config.js';
import { HeldPoints } from './held-points.js';
import { Taking, type TakenCounts } from './taking.js';
import { metrics } from './telemetry.js';

/** The share of the memory limit for points that are kept when `max_bytes` is not set. */
const memoryShare = 1 / 16;
/** Where the books hold points that are being read, and those that wait for the end of the interval or were flushed. */
const reading = 'reading';
const waiting = 'interval';

/** Points of an interval that are being handed on. */
interface Leaving {
  /** Undefined when batches were made of all of them. */
  points: HeldPoints | undefined;
  readonly batches: Generator<Batch, undefined>;
}

/** Keeps the last point of each stream, and hands these on at intervals (docs/spec/agent.md#metric-processors). */
export class IntervalProcessor implements Processor {
  readonly #config: Config;
  readonly #context: PipelineContext;
  readonly #next: Consumer;
  readonly #books: ComponentLedger;
  readonly #maxBytes: number;
  readonly #usual: Taking;
  readonly #outbox: Outbox;
  readonly #drain: Drain = new Drain();
  readonly #overflow: Counter;
  readonly #skipped: Counter;
  /** The points of this interval. At a reload both configurations have the same. */
  #kept: { held: HeldPoints };
  #leaving: Leaving | undefined;
  /** Large batches that are being read. */
  readonly #reading: Set<Promise<unknown>> = new Set();
  #stops: readonly (() => void)[] = [];
  #ending: Promise<void> | undefined;

  constructor(config: Config, context: PipelineContext, next: Consumer) {
    this.#config = config;
    this.#context = context;
    this.#next = next;
    const { id, ledger, signal, meter } = context;
    const memory = memoryLimit().bytes;
    if (config.max_bytes > memory)
      throw new ConfigValueError(`is ${config.max_bytes}, and the memory limit is ${memory} bytes`, ['max_bytes']);
    this.#maxBytes = config.max_bytes || memory * memoryShare;
    const books = (this.#books = ledger.component(id, signal));
    this.#kept = { held: new HeldPoints(this.#maxBytes) };
    this.#overflow = meter.counter(metrics.overflow, { processor: id });
    this.#skipped = meter.counter(metrics.skipped, { processor: id });
    this.#skipped.add(0);
    this.#usual = this.#newTaking();
    this.#outbox = new Outbox({
      ...{ context, next, books, drain: this.#drain, place: waiting },
      make: () => this.#nextBatch(),
    });
  }

  start(): void {
    const { succession, clock, meter, id } = this.#context;
    const before = succession.standingAt<IntervalProcessor>(this.#place);
    succession.enter(this.#place, this);
    if (before) {
      this.#kept = before.#kept;
      this.#kept.held.bound.limit = this.#maxBytes;
    }
    const labels = { processor: id };
    this.#stops = [
      countHeld(
        () => (this.#isOwner ? this.#kept.held.reservedBytes : 0) + (this.#leaving?.points?.reservedBytes ?? 0),
      ),
      meter.observe(metrics.streams, labels, () => this.#kept.held.count),
      meter.observe(metrics.bytes, labels, () => this.#kept.held.bound.used + (this.#leaving?.points?.bound.used ?? 0)),
      every(clock, this.#config.interval, () => this.#onInterval()),
    ];
  }

  /** Points that are kept have their outcome here; the others have that of the next component. */
  async consume(batch: Batch, context: RequestContext): Promise<void> {
    const items = batch.itemCount;
    if (items === 0) return;
    this.#books.in(items);
    this.#books.held(items, reading);
    const large = isLarge(batch);
    // Between the pieces of a large batch others are read.
    const taking = large ? this.#newTaking() : this.#usual;
    let left: Batch | undefined;
    try {
      left = large ? await this.#takeInTurns(batch, taking) : resultAtOnce(taking.taking(batch));
    } catch (error) {
      throw this.#failed(items - taking.taken, error);
    }
    if (!left) return;
    this.#books.held(-left.itemCount, reading);
    const parts = { next: this.#next, books: this.#books };
    await handOnMade(left, context, this.#next, parts, items - left.itemCount);
    // It is memory of its own, which nothing reads any more.
    if (left !== batch) left.release();
  }

  shutdown(deadline: AbortSignal): Promise<void> {
    return (this.#ending ??= this.#end(deadline));
  }

  async #takeInTurns(batch: Batch, taking: Taking): Promise<Batch | undefined> {
    const left = resultInTurns(taking.taking(batch));
    this.#reading.add(left);
    try {
      return await left;
    } finally {
      this.#reading.delete(left);
    }
  }

  #newTaking(): Taking {
    return new Taking({
      passThrough: this.#config.pass_through,
      held: () => this.#kept.held,
      book: (counts) => this.#book(counts),
    });
  }

  #book({ held, aggregated, lost, overflow }: TakenCounts): void {
    if (held + aggregated > 0) this.#books.held(-held - aggregated, reading);
    if (held !== lost) this.#books.held(held - lost, waiting);
    if (aggregated + lost > 0) this.#books.dropped(aggregated + lost, 'aggregated');
    if (overflow > 0) this.#overflow.add(overflow);
  }

  /** A defect, when `items` had no outcome yet. */
  #failed(items: number, thrown: unknown): DeliveryError {
    const error = DeliveryError.from(thrown);
    this.#books.held(-items, reading);
    this.#books.returned(items, error.reason);
    return error;
  }

  #onInterval(): void {
    if (!this.#isOwner) return;
    if (this.#leaving) this.#skipped.add(1);
    else this.#flush();
  }

  /** Lets the points of this interval leave, and begins the next one. */
  #flush(): void {
    const points = this.#kept.held;
    if (points.count === 0) return;
    const leaving: Leaving = (this.#leaving = { points, batches: points.batches() });
    this.#kept.held = new HeldPoints(Math.max(0, this.#maxBytes - points.bound.used));
    // Points of the next interval must not overtake those of this one.
    void this.#outbox.idle().then(() => {
      if (this.#leaving === leaving) this.#leaving = undefined;
    });
  }

  #nextBatch(): Batch | undefined {
    const leaving = this.#leaving;
    const next = leaving?.batches.next();
    if (next?.done === false) return next.value;
    if (leaving?.points) {
      leaving.points = undefined;
      this.#kept.held.bound.limit = this.#maxBytes;
    }
    return undefined;
  }

  /** The processor that stands last in its place lets points leave. */
  get #isOwner(): boolean {
    return this.#context.succession.successorOf(this.#place, this) === undefined;
  }

  /** Where it stands in a configuration, as the ledger sees it. */
  get #place(): string {
    return `interval ${this.#context.pipeline} ${this.#context.id}`;
  }

  async #end(deadline: AbortSignal): Promise<void> {
    const { succession } = this.#context;
    this.#drain.begin(deadline);
    await Promise.allSettled(this.#reading);
    await this.#outbox.idle();
    const isShared = !this.#isOwner;
    succession.leave(this.#place, this);
    // A new configuration that did not start leaves the points to the one before.
    const before = succession.standingAt<IntervalProcessor>(this.#place);
    const isBack = before !== undefined && before.#kept === this.#kept;
    if (!isShared && !isBack) this.#flush();
    await this.#outbox.idle();
    for (const stop of this.#stops) stop();
  }
}
