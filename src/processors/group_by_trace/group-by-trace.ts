import { every } from '../../component/clock.js';
import type { CancelSignal } from '../../component/cancellation.js';
import { ConfigValueError } from '../../component/config-value-error.js';
import { emptyContext, type Consumer, type RequestContext } from '../../component/consumer.js';
import type { PipelineContext, Processor } from '../../component/define.js';
import type { ComponentLedger } from '../../component/ledger.js';
import type { Counter } from '../../component/telemetry.js';
import { resultInTurns, turnFor } from '../../component/turn.js';
import { Drain } from '../../delivery/drain.js';
import { Outbox } from '../../delivery/outbox.js';
import { Storing, type Taken } from '../../delivery/storing.js';
import type { Batch } from '../../otlp/batch.js';
import { pieceBytes, type InPieces } from '../../otlp/work.js';
import { memoryLimit } from '../../runtime/memory/budget.js';
import { countHeld } from '../../runtime/memory/held.js';
import { Arrivals, type ArrivalParts } from '../../sampling/arrivals.js';
import { handOver, type Heir } from '../../sampling/hand-over.js';
import { PendingTraces } from '../../sampling/pending-traces.js';
import { Releases } from '../../sampling/releases.js';
import { field } from '../../sampling/rows.js';
import type { Config } from './config.js';
import { metrics } from './telemetry.js';

/** The length of a tick, milliseconds: traces leave at ticks, so that one timer serves all of them. */
const leastTickMs = 10;
const mostTickMs = 1000;
/** Ticks of a wait, at least, as far as the least length allows: traces leave late by at most an eighth of it. */
const ticksPerWait = 8;
/** Spans that are stored, and traces that leave, in one piece of work: some milliseconds. */
const spansAtOnce = 2048;
const tracesAtOnce = 512;
/** Traces that leave early before it is looked whether there is room again: this many, or this share of all. */
const hurriedAtOnce = 64;
const hurriedShare = 1 / 64;
/** Walks over batches that are kept for the next ones. */
const mostIdle = 16;
/** The share of the memory limit that waiting spans may take when `max_pending_bytes` is not set. */
const pendingShare = 1 / 4;
/**
 * Bytes of a trace up to which it leaves in one batch. With what may stand before it in the batch, that is below the
 * 4 MiB that a gRPC server takes by default.
 */
const wholeBytes = 3 << 20;
/** Where the books hold spans that wait. */
const pendingPlace = 'pending';

/** Holds the spans of a trace until a time after the first of them, and hands them on together. */
export class GroupByTrace implements Processor, Heir<CancelSignal> {
  readonly #context: PipelineContext;
  readonly #books: ComponentLedger;
  readonly #tickMs: number;
  readonly #pending: PendingTraces;
  readonly #releases: Releases;
  readonly #arrivalParts: ArrivalParts;
  /** Not in use. */
  readonly #idle: Arrivals[] = [];
  readonly #drain: Drain = new Drain();
  readonly #outbox: Outbox;
  readonly #storing: Storing;
  readonly #early: Counter;
  readonly #releasedTraces: Counter;
  readonly #releasedSpans: Counter;
  readonly #unobserve: readonly (() => void)[];
  #pendingSpans = 0;
  #tick = 0;
  /** All that was due up to this tick has left. */
  #doneTick = 0;
  #leaving: Promise<void> | undefined;
  #stopTicks: (() => void) | undefined;
  #uncount: (() => void) | undefined;
  #ending: Promise<void> | undefined;

  constructor(config: Config, context: PipelineContext, next: Consumer) {
    this.#context = context;
    const { id, meter } = context;
    const memory = memoryLimit().bytes;
    const { max_pending_bytes: maxBytes, num_traces: traces } = config;
    if (maxBytes > memory)
      throw new ConfigValueError(`is ${maxBytes}, and the memory limit is ${memory} bytes`, ['max_pending_bytes']);
    const books = (this.#books = context.ledger.component(context.id, context.signal));
    const wait = Math.max(0, config.wait_duration);
    const tickMs = (this.#tickMs = Math.ceil(Math.min(Math.max(wait / ticksPerWait, leastTickMs), mostTickMs)));
    const waitTicks = Math.ceil(wait / tickMs);
    const pending = (this.#pending = new PendingTraces({
      traces,
      maxBytes: maxBytes || memory * pendingShare,
      words: 0,
      mostTicks: waitTicks + 1,
    }));
    const releases = (this.#releases = new Releases(pending, wholeBytes));
    this.#arrivalParts = {
      ...{ pending, waitTicks, rootTicks: 0 },
      tick: () => this.#tick,
      stored: (_trace, spans) => void (this.#pendingSpans += spans),
    };
    this.#outbox = new Outbox({
      ...{ context, next, books, drain: this.#drain, place: pendingPlace },
      make: () => {
        const batch = releases.next();
        if (!batch) return undefined;
        this.#pendingSpans -= batch.itemCount;
        this.#storing.roomMade();
        return batch;
      },
    });
    this.#storing = new Storing({
      ...{ clock: context.clock, drain: this.#drain, component: 'group_by_trace', itemsAtOnce: spansAtOnce },
      longestWait: Infinity,
      makeRoom: () => releases.isEmpty && this.#hurry(),
    });
    this.#early = meter.counter(metrics.early, {});
    this.#early.add(0);
    this.#releasedTraces = meter.counter(metrics.releasedTraces, {});
    this.#releasedSpans = meter.counter(metrics.releasedSpans, {});
    this.#unobserve = [
      meter.observe(metrics.mostTraces, {}, () => traces),
      meter.observe(metrics.pendingTraces, {}, () => pending.ids.count),
      meter.observe(metrics.pendingSpans, { processor: id }, () => this.#pendingSpans),
      meter.observe(metrics.pendingBytes, { processor: id }, () => pending.usedBytes),
    ];
  }

  start(): void {
    this.#context.succession.enter(this.#place, this);
    this.#uncount = countHeld(() => this.#pending.reservedBytes);
    this.#stopTicks = every(this.#context.clock, this.#tickMs, () => this.#onTick());
  }

  async consume(batch: Batch, context: RequestContext): Promise<void> {
    const items = batch.itemCount;
    if (items === 0) return;
    this.#books.in(items);
    this.#books.held(items, pendingPlace);
    const { rest, failure } = await this.#take(batch, context, this.#arrivalParts.waitTicks);
    if (!rest || !failure) return;
    this.#books.held(-rest.itemCount, pendingPlace);
    this.#books.returned(rest.itemCount, failure.reason);
    throw failure;
  }

  shutdown(deadline: AbortSignal): Promise<void> {
    return (this.#ending ??= this.#end(deadline));
  }

  /** The books of both are one row, which holds these spans already. */
  async inherit(batch: Batch, waitMs: number, signal: CancelSignal): Promise<Batch | undefined> {
    // The wait of this configuration may be shorter.
    const waitTicks = Math.min(Math.ceil(waitMs / this.#tickMs), this.#arrivalParts.waitTicks);
    const { rest } = await this.#take(batch, { ...emptyContext, signal }, waitTicks);
    return rest;
  }

  /** Stores the spans of a batch, which the books hold. */
  async #take(batch: Batch, context: RequestContext, waitTicks: number): Promise<Taken> {
    const arrivals = (this.#idle.pop() ?? new Arrivals(this.#arrivalParts)).open(batch, waitTicks);
    const taken = await this.#storing.store(batch, arrivals, context);
    const { tooLarge } = arrivals;
    if (tooLarge > 0) {
      this.#books.held(-tooLarge, pendingPlace);
      this.#books.dropped(tooLarge, 'span_too_large');
    }
    arrivals.close();
    if (this.#idle.length < mostIdle) this.#idle.push(arrivals);
    return taken;
  }

  /** Lets the oldest traces of the service that holds the most leave early; false when there is none. */
  #hurry(): boolean {
    const most = Math.min(hurriedAtOnce, Math.ceil(this.#pending.ids.count * hurriedShare));
    let left = most;
    for (let trace = this.#pending.nextToHurry; trace >= 0 && left > 0; left--) {
      this.#early.add(1);
      this.#release(trace);
      trace = this.#pending.nextToHurry;
    }
    this.#outbox.pump();
    return left < most;
  }

  /** Lets a trace leave, with the spans that are there. */
  #release(trace: number): void {
    this.#releasedTraces.add(1);
    this.#releasedSpans.add(this.#pending.rows.get(trace, field.spans));
    this.#pending.close(trace);
    this.#releases.push(trace);
  }

  #onTick(): void {
    this.#tick++;
    this.#leaving ??= resultInTurns(this.#dueInPieces()).finally(() => (this.#leaving = undefined));
  }

  *#dueInPieces(): InPieces<void> {
    let released = 0;
    for (; this.#doneTick <= this.#tick; this.#doneTick++)
      for (let trace = this.#pending.dueAt(this.#doneTick); trace >= 0;) {
        this.#release(trace);
        if (++released % tracesAtOnce === 0) {
          this.#outbox.pump();
          yield;
        }
        trace = this.#pending.dueAt(this.#doneTick);
      }
    this.#doneTick = this.#tick;
    this.#outbox.pump();
    while (this.#pending.dropFrames(this.#tick)) yield;
    this.#storing.resourcesForgotten();
  }

  async #end(deadline: AbortSignal): Promise<void> {
    this.#stopTicks?.();
    this.#drain.begin(deadline);
    await this.#leaving;
    await this.#bequeath();
    this.#context.succession.leave(this.#place, this);
    await resultInTurns(this.#restInPieces());
    await this.#outbox.idle();
    for (const stop of this.#unobserve) stop();
    this.#uncount?.();
  }

  /** Where it stands in a configuration, as the ledger sees it. */
  get #place(): string {
    return `group_by_trace ${this.#context.pipeline} ${this.#context.id}`;
  }

  get #heir(): GroupByTrace | undefined {
    return this.#context.succession.successorOf<GroupByTrace>(this.#place, this);
  }

  /** Hands what waits to the processor that stands in this one's place after a reload. */
  async #bequeath(): Promise<void> {
    if (!this.#heir) return;
    const pending = this.#pending;
    this.#context.logger.info('Waiting traces go over to the new configuration', { traces: pending.ids.count });
    await handOver({
      ...{ pending, tickMs: this.#tickMs, now: this.#tick, first: this.#doneTick },
      last: this.#tick + this.#arrivalParts.waitTicks + 1,
      heir: () => this.#heir,
      signal: this.#drain.over,
      turn: () => turnFor(pieceBytes),
      left: (spans) => void (this.#pendingSpans -= spans),
      untaken: (batch) => {
        this.#pendingSpans += batch.itemCount;
        this.#releases.add(batch);
      },
    });
  }

  *#restInPieces(): InPieces<void> {
    let released = 0;
    for (let trace = this.#pending.nextToHurry; trace >= 0; trace = this.#pending.nextToHurry) {
      this.#release(trace);
      if (++released % tracesAtOnce > 0) continue;
      this.#outbox.pump();
      yield;
    }
  }
}
