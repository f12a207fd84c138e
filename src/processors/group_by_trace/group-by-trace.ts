import { every } from '../../component/clock.js';
import { ConfigValueError } from '../../component/config-value-error.js';
import { emptyContext, type Consumer, type RequestContext } from '../../component/consumer.js';
import type { PipelineContext, Processor } from '../../component/define.js';
import { DeliveryError } from '../../component/delivery-error.js';
import type { ComponentLedger } from '../../component/ledger.js';
import type { Counter } from '../../component/telemetry.js';
import { resultInTurns, turnFor } from '../../component/turn.js';
import { Drain } from '../../delivery/drain.js';
import { HandOn } from '../../delivery/hand-on.js';
import { cancelled } from '../../delivery/send.js';
import { waitFor } from '../../delivery/wait.js';
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
const spansAtOnce = 8192;
const tracesAtOnce = 512;
/** Traces that leave early before it is looked whether there is room again: this many, or this share of all. */
const hurriedAtOnce = 64;
const hurriedShare = 1 / 64;
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
export class GroupByTrace implements Processor, Heir {
  readonly #context: PipelineContext;
  readonly #books: ComponentLedger;
  readonly #tickMs: number;
  readonly #pending: PendingTraces;
  readonly #releases: Releases;
  readonly #arrivalParts: ArrivalParts;
  /** Not in use. */
  readonly #idle: Arrivals[] = [];
  readonly #drain: Drain = new Drain();
  readonly #handOn: HandOn;
  /** Senders that wait for room. */
  readonly #waiting: Set<() => void> = new Set();
  readonly #early: Counter;
  readonly #releasedTraces: Counter;
  readonly #releasedSpans: Counter;
  readonly #unobserve: readonly (() => void)[];
  #pendingSpans = 0;
  #tick = 0;
  /** All that was due up to this tick has left. */
  #doneTick = 0;
  /** The tick from which frames that no trace has are dropped again. */
  #dropTick = 0;
  #leaving: Promise<void> | undefined;
  #stopTicks: (() => void) | undefined;
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
    this.#handOn = new HandOn({
      ...{ context, next, books, drain: this.#drain, place: pendingPlace },
      make: () => {
        const batch = releases.next();
        if (!batch) return undefined;
        this.#pendingSpans -= batch.itemCount;
        this.#roomMade();
        return batch;
      },
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
      countHeld(() => pending.reservedBytes),
    ];
  }

  start(): void {
    this.#context.succession.enter(this.#place, this);
    this.#stopTicks = every(this.#context.clock, this.#tickMs, () => this.#onTick());
  }

  async consume(batch: Batch, context: RequestContext): Promise<void> {
    const items = batch.itemCount;
    if (items === 0) return;
    this.#books.in(items);
    this.#books.held(items, pendingPlace);
    const arrivals = this.#arrivals().open(batch);
    try {
      await this.#store(arrivals, context);
    } catch (failure) {
      throw this.#refused(arrivals, DeliveryError.from(failure));
    } finally {
      this.#done(arrivals);
    }
  }

  shutdown(deadline: AbortSignal): Promise<void> {
    return (this.#ending ??= this.#end(deadline));
  }

  /** The books of both are one row, which holds these spans already. */
  async inherit(batch: Batch, waitMs: number): Promise<Batch | undefined> {
    const ticks = Math.ceil(waitMs / this.#tickMs);
    // The wait of this configuration may be shorter.
    const arrivals = this.#arrivals().open(batch, Math.min(ticks, this.#arrivalParts.waitTicks));
    try {
      await this.#store(arrivals, emptyContext);
      return undefined;
    } catch {
      return arrivals.remaining();
    } finally {
      this.#done(arrivals);
    }
  }

  #arrivals(): Arrivals {
    return this.#idle.pop() ?? new Arrivals(this.#arrivalParts);
  }

  #done(arrivals: Arrivals): void {
    const { tooLarge } = arrivals;
    if (tooLarge > 0) {
      this.#books.held(-tooLarge, pendingPlace);
      this.#books.dropped(tooLarge, 'span_too_large');
    }
    arrivals.close();
    this.#idle.push(arrivals);
  }

  /** Stores the spans of a batch, as room is found for them, a piece in a turn. */
  async #store(arrivals: Arrivals, context: RequestContext): Promise<void> {
    for (;;) {
      if (this.#drain.begun) throw stopped();
      const progress = arrivals.next(spansAtOnce);
      if (progress === 'done') return;
      if (progress === 'full') await this.#makeRoom(context);
      else await turnFor(pieceBytes);
    }
  }

  /** The same refusal, of the spans that are not stored. */
  #refused(arrivals: Arrivals, { message, class: kind, reason, status, local }: DeliveryError): DeliveryError {
    const remaining = arrivals.remaining();
    const spans = remaining?.itemCount ?? 0;
    this.#books.held(-spans, pendingPlace);
    this.#books.returned(spans, reason);
    return new DeliveryError(message, { class: kind, reason, status, local, remaining });
  }

  /** Lets traces leave early, or waits until some that have left are handed on. */
  async #makeRoom({ deadline, signal }: RequestContext): Promise<void> {
    if (this.#releases.isEmpty && this.#hurry()) return;
    const { clock } = this.#context;
    const end = await waitFor<void>({ clock, deadline, signal, drain: this.#drain }, (woken) => {
      this.#waiting.add(woken);
      return () => this.#waiting.delete(woken);
    });
    if (end.by !== 'event') throw cancelled(end.by);
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
    this.#handOn.pump();
    return left < most;
  }

  /** Lets a trace leave, with the spans that are there. */
  #release(trace: number): void {
    this.#releasedTraces.add(1);
    this.#releasedSpans.add(this.#pending.rows.get(trace, field.spans));
    this.#pending.close(trace);
    this.#releases.push(trace);
  }

  /** Senders that wait may look again. */
  #roomMade(): void {
    for (const woken of [...this.#waiting]) woken();
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
          this.#handOn.pump();
          yield;
        }
        trace = this.#pending.dueAt(this.#doneTick);
      }
    this.#doneTick = this.#tick;
    this.#handOn.pump();
    if (this.#tick < this.#dropTick) return;
    this.#pending.dropFrames(this.#tick);
    // It looks at all of them, so that it is done once a second.
    this.#dropTick = this.#tick + Math.ceil(mostTickMs / this.#tickMs);
  }

  async #end(deadline: AbortSignal): Promise<void> {
    this.#stopTicks?.();
    this.#drain.begin(deadline);
    await this.#leaving;
    await this.#bequeath();
    this.#context.succession.leave(this.#place, this);
    await resultInTurns(this.#restInPieces());
    await this.#handOn.idle();
    for (const stop of this.#unobserve) stop();
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
      this.#handOn.pump();
      yield;
    }
  }
}

function stopped(): DeliveryError {
  return new DeliveryError('group_by_trace is stopped', { class: 'retryable', reason: 'shutdown', local: true });
}
