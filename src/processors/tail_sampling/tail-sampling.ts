import { every } from '../../component/clock.js';
import type { CancelSignal } from '../../component/cancellation.js';
import { emptyContext, type Consumer, type RequestContext } from '../../component/consumer.js';
import type { PipelineContext, Processor } from '../../component/define.js';
import { handOn } from '../../component/hand-on.js';
import type { ComponentLedger } from '../../component/ledger.js';
import { PieceTime, resultInTurns, turnFor } from '../../component/turn.js';
import { Drain } from '../../delivery/drain.js';
import { Outbox } from '../../delivery/outbox.js';
import { Storing, type Taken } from '../../delivery/storing.js';
import type { Batch } from '../../otlp/batch.js';
import { pieceBytes, type InPieces } from '../../otlp/work.js';
import { memoryLimit } from '../../runtime/memory/budget.js';
import { countHeld } from '../../runtime/memory/held.js';
import { Arrivals, late, type ArrivalParts } from '../../sampling/arrivals.js';
import { Decisions } from '../../sampling/decisions.js';
import { handOver, type Heir } from '../../sampling/hand-over.js';
import { PendingTraces } from '../../sampling/pending-traces.js';
import { Releases } from '../../sampling/releases.js';
import { field, mark } from '../../sampling/rows.js';
import { idBytes } from '../../sampling/trace-ids.js';
import { Annotations } from './annotate.js';
import { ByPiece } from './by-piece.js';
import type { Config } from './config.js';
import { Decider, pendingPlace } from './decider.js';
import type { Occasion } from './decision-counts.js';
import { createRules } from './rules/create-rules.js';
import { sizesOf } from './sizes.js';
import { ottlSurroundings } from './ottl-surroundings.js';
import { TailMetrics } from './tail-metrics.js';
import { warningsOf } from './warnings.js';

/** Length of a tick, milliseconds: traces are decided at ticks, as in the Collector. */
const tickMs = 1000;
/** Spans that are stored in one piece of work: some milliseconds. */
const spansAtOnce = 2048;
/** Traces that are decided early before it is looked whether there is room again. */
const hurriedAtOnce = 64;
/** How long a sender waits until kept traces have left, unless `block_on_overflow` lets it wait as long as it will. */
const longestWait = 5000;
/** Walks over batches that are kept for the next ones. */
const mostIdle = 16;
/** The outcome of a decision of the configuration before: of no policy that there is. */
const inherited = -1;

export class TailSampling implements Processor, Heir<CancelSignal> {
  readonly #config: Config;
  readonly #context: PipelineContext;
  readonly #next: Consumer;
  readonly #books: ComponentLedger;
  readonly #pending: PendingTraces;
  readonly #kept: Decisions;
  readonly #notKept: Decisions;
  readonly #releases: Releases;
  readonly #mostTicks: number;
  readonly #decider: Decider;
  readonly #outbox: Outbox;
  readonly #drain: Drain = new Drain();
  readonly #metrics: TailMetrics;
  readonly #arrivalParts: ArrivalParts;
  /** Not in use. */
  readonly #idle: Arrivals[] = [];
  readonly #storing: Storing;
  #uncount: (() => void) | undefined;
  #tick = 0;
  /** All that was due up to this tick is decided. */
  #decidedTick = 0;
  #deciding: Promise<void> | undefined;
  #stopTicks: (() => void) | undefined;
  #ending: Promise<void> | undefined;
  #pendingSpans = 0;

  constructor(config: Config, context: PipelineContext, next: Consumer) {
    this.#config = config;
    this.#context = context;
    this.#next = next;
    const { clock } = context;
    const { sampling_strategy: strategy, sample_on_first_match: firstMatch } = config;
    const rules = createRules(config.policies, { clock, strategy, firstMatch, ottl: ottlSurroundings(context) });
    const byPiece = strategy === 'span-ingest';
    const books = (this.#books = context.ledger.component(context.id, context.signal));
    const waitTicks = Math.max(1, Math.floor(config.decision_wait / tickMs));
    const rootWait = config.decision_wait_after_root_received;
    this.#mostTicks = waitTicks + 1;
    const sizes = sizesOf(config, memoryLimit().bytes);
    const pending = (this.#pending = new PendingTraces({
      traces: sizes.traces,
      maxBytes: sizes.pendingBytes,
      words: rules.words,
      mostTicks: this.#mostTicks,
    }));
    const releases = (this.#releases = new Releases(pending));
    const kept = (this.#kept = new Decisions(sizes.keptDecisions));
    const notKept = (this.#notKept = new Decisions(sizes.otherDecisions));
    this.#decider = new Decider({
      ...{ context, rules, pending, releases, books, kept, notKept, byPiece },
      dryRun: config.dry_run,
    });
    const pieces = new ByPiece({
      ...{ pending, decider: this.#decider, words: rules.words },
      hasDrops: config.policies.some(({ type }) => type === 'drop'),
      settle: (trace, outcome) => {
        this.#departed(trace);
        this.#pendingSpans -= this.#decider.settle(trace, outcome, 'span', this.#tick);
      },
    });
    const annotations = config.dry_run || config.record_decision ? new Annotations(rules.outcomes) : undefined;
    this.#outbox = new Outbox({
      ...{ context, next, books, drain: this.#drain, place: pendingPlace },
      make: () => {
        const batch = releases.next();
        if (!batch) return undefined;
        this.#pendingSpans -= batch.itemCount;
        this.#storing.roomMade();
        return annotations ? annotations.annotated(batch, releases) : batch;
      },
    });
    this.#storing = new Storing({
      ...{ clock, drain: this.#drain, component: 'tail_sampling', itemsAtOnce: spansAtOnce },
      longestWait: config.block_on_overflow ? Infinity : longestWait,
      makeRoom: () => !config.block_on_overflow && this.#hurry(),
      ...(byPiece ? { stored: () => pieces.judge() } : {}),
    });
    this.#metrics = new TailMetrics(context, {
      pendingTraces: () => pending.ids.count,
      pendingSpans: () => this.#pendingSpans,
      pendingBytes: () => pending.usedBytes,
      remembered: () => kept.count + notKept.count,
    });
    this.#arrivalParts = {
      ...{ reader: rules, pending, waitTicks },
      rootTicks: rootWait > 0 ? Math.max(1, Math.floor(rootWait / tickMs)) : 0,
      tick: () => this.#tick,
      decided: (bytes, idAt, hash) => this.#fateOf(bytes, idAt, hash),
      opened: () => this.#metrics.newTraces.add(1),
      ...(byPiece ? { found: (trace: number) => pieces.begin(trace) } : {}),
      stored: (trace, spans) => this.#stored(trace, spans),
    };
  }

  start(): void {
    for (const warning of warningsOf(this.#config)) this.#context.logger.warn(warning);
    this.#context.succession.enter(this.#place, this);
    const held = [this.#pending, this.#kept, this.#notKept];
    this.#uncount = countHeld(() => held.reduce((sum, { reservedBytes }) => sum + reservedBytes, 0));
    this.#stopTicks = every(this.#context.clock, tickMs, () => this.#onTick());
  }

  async consume(batch: Batch, context: RequestContext): Promise<void> {
    const items = batch.itemCount;
    if (items === 0) return;
    this.#books.in(items);
    this.#books.held(items, pendingPlace);
    const { rest, failure } = await this.#take(batch, context, this.#arrivalParts.waitTicks);
    if (!rest) return;
    this.#books.held(-rest.itemCount, pendingPlace);
    if (failure) {
      this.#books.returned(rest.itemCount, failure.reason);
      throw failure;
    }
    // Spans of traces that were kept go on at once, and their sender learns of the outcome.
    this.#metrics.countLate(rest.itemCount, 0);
    if (this.#config.decision_cache.sampled_cache_size > 0) this.#metrics.countCached(true, rest.itemCount);
    await handOn(rest, context, this.#next, this.#books);
    if (rest !== batch) rest.release();
  }

  shutdown(deadline: AbortSignal): Promise<void> {
    return (this.#ending ??= this.#end(deadline));
  }

  /** Stores the spans of a batch, which the books hold, or drops them with their traces. */
  async #take(batch: Batch, context: RequestContext, waitTicks: number, longest?: number): Promise<Taken> {
    const arrivals = (this.#idle.pop() ?? new Arrivals(this.#arrivalParts)).open(batch, waitTicks);
    const taken = await this.#storing.store(batch, arrivals, context, longest);
    this.#done(arrivals);
    this.#outbox.pump();
    return taken;
  }

  /** Books the spans that were dropped as they arrived, also those of a request that was refused behind them. */
  #done(arrivals: Arrivals): void {
    const { droppedLate, tooLarge } = arrivals;
    if (tooLarge > 0) {
      this.#books.held(-tooLarge, pendingPlace);
      this.#books.dropped(tooLarge, 'span_too_large');
    }
    if (droppedLate > 0) {
      this.#books.held(-droppedLate, pendingPlace);
      this.#books.dropped(droppedLate, 'late_not_sampled');
      this.#metrics.countLate(0, droppedLate);
      if (this.#config.decision_cache.non_sampled_cache_size > 0) this.#metrics.countCached(false, droppedLate);
    }
    arrivals.close();
    if (this.#idle.length < mostIdle) this.#idle.push(arrivals);
  }

  /**
   * Decides some traces before their time, those of the service that holds the most first. False when there is none, or
   * when enough of them are about to leave: a slow backend must not tear traces.
   */
  #hurry(): boolean {
    let left = hurriedAtOnce;
    while (left > 0 && !this.#pending.isLeaving) {
      const trace = this.#pending.nextToHurry;
      if (trace < 0) break;
      this.#settle(trace, 'early');
      left--;
    }
    this.#outbox.pump();
    return left < hurriedAtOnce;
  }

  #settle(trace: number, occasion: Occasion): void {
    this.#departed(trace);
    this.#pendingSpans -= this.#decider.decide(trace, occasion, this.#tick);
  }

  #departed(trace: number): void {
    this.#metrics.removalAge.record(this.#tick - this.#pending.rows.get(trace, field.arrival));
  }

  /** The fate of spans of a trace that is not pending. */
  #fateOf(bytes: Uint8Array, idAt: number, hash: number): 0 | typeof late.kept | typeof late.dropped {
    const kept = this.#kept.find(bytes, idAt, hash);
    const number = kept >= 0 ? kept : this.#notKept.find(bytes, idAt, hash);
    if (number < 0) return 0;
    const decisions = kept >= 0 ? this.#kept : this.#notKept;
    this.#metrics.lateAge.record(this.#tick - decisions.tick(number));
    return kept >= 0 ? late.kept : late.dropped;
  }

  /** Spans were stored in a trace, which may be too large now. */
  #stored(trace: number, spans: number): void {
    this.#pendingSpans += spans;
    const most = this.#config.maximum_trace_size_bytes;
    if (most === 0 || this.#config.dry_run || this.#pending.rows.get(trace, field.bytes) <= most) return;
    this.#departed(trace);
    this.#metrics.tooLarge.add(1);
    this.#pendingSpans -= this.#decider.drop(trace, 'trace_too_large', this.#tick);
  }

  #onTick(): void {
    this.#tick++;
    this.#deciding ??= this.#decideDue().finally(() => (this.#deciding = undefined));
  }

  async #decideDue(): Promise<void> {
    const began = this.#context.clock.now();
    await resultInTurns(this.#dueInPieces());
    this.#metrics.tickTime.record(this.#context.clock.now() - began);
    this.#storing.roomMade();
    this.#storing.resourcesForgotten();
  }

  *#dueInPieces(): InPieces<void> {
    const piece = new PieceTime();
    piece.begin();
    for (; this.#decidedTick <= this.#tick; this.#decidedTick++)
      for (let trace = this.#pending.dueAt(this.#decidedTick); trace >= 0;) {
        this.#settle(trace, this.#occasionOf(trace));
        if (piece.isOver()) {
          this.#outbox.pump();
          yield;
          piece.begin();
        }
        trace = this.#pending.dueAt(this.#decidedTick);
      }
    this.#decidedTick = this.#tick;
    this.#outbox.pump();
    while (this.#pending.dropFrames(this.#tick)) yield;
  }

  /** Why a trace is due. */
  #occasionOf(trace: number): Occasion {
    return (this.#pending.rows.get(trace, field.marks) & mark.root) > 0 ? 'root' : 'due';
  }

  async #end(deadline: AbortSignal): Promise<void> {
    this.#stopTicks?.();
    this.#drain.begin(deadline);
    await this.#deciding;
    await this.#bequeath();
    this.#context.succession.leave(this.#place, this);
    await resultInTurns(this.#restInPieces());
    await this.#outbox.idle();
    this.#metrics.close();
    this.#uncount?.();
  }

  /** Where it stands in a configuration, as the ledger sees it. */
  get #place(): string {
    return `tail_sampling ${this.#context.pipeline} ${this.#context.id}`;
  }

  get #successor(): TailSampling | undefined {
    return this.#context.succession.successorOf<TailSampling>(this.#place, this);
  }

  /**
   * Hands what is pending, and the decisions, to the processor that stands in this one's place after a reload. The
   * spans stay held in the books of both, which are one row.
   */
  async #bequeath(): Promise<void> {
    const heir = this.#successor;
    if (!heir) return;
    const { count } = this.#pending.ids;
    this.#context.logger.info('Pending traces go over to the new configuration', { traces: count });
    await resultInTurns(heir.#inheritDecisions(this.#kept, true, this.#tick));
    await resultInTurns(heir.#inheritDecisions(this.#notKept, false, this.#tick));
    await handOver({
      ...{ pending: this.#pending, tickMs, now: this.#tick, first: this.#decidedTick },
      last: this.#tick + this.#mostTicks + 1,
      heir: () => this.#successor,
      signal: this.#drain.over,
      turn: () => turnFor(pieceBytes),
      left: (spans) => void (this.#pendingSpans -= spans),
      untaken: (batch) => {
        this.#books.held(-batch.itemCount, pendingPlace);
        this.#books.dropped(batch.itemCount, 'shutdown');
        batch.release();
      },
    });
  }

  /** The spans are held in the books already, which are one row for both. */
  async inherit(batch: Batch, waitMs: number, signal: CancelSignal): Promise<Batch | undefined> {
    // The wait of this configuration may be shorter.
    const waitTicks = Math.min(Math.ceil(waitMs / tickMs), this.#arrivalParts.waitTicks);
    const { rest, failure } = await this.#take(batch, { ...emptyContext, signal }, waitTicks, Infinity);
    if (!rest || failure) return rest;
    this.#pendingSpans += rest.itemCount;
    this.#releases.add(rest === batch ? rest.own() : rest);
    this.#outbox.pump();
    return undefined;
  }

  /** Remembers decisions of the processor before; what came meanwhile of their traces follows them. */
  *#inheritDecisions(decisions: Decisions, areKept: boolean, tick: number): InPieces<void> {
    const own = areKept ? this.#kept : this.#notKept;
    const { ids } = this.#pending;
    const piece = new PieceTime();
    piece.begin();
    for (let number = decisions.oldest; number >= 0; number = decisions.newerThan(number)) {
      const at = number * idBytes;
      const hash = own.hashOf(decisions.ids, at);
      own.add(decisions.ids, at, hash, inherited, this.#tick - (tick - decisions.tick(number)));
      const trace = ids.find(decisions.ids, at, ids.hashOf(decisions.ids, at));
      if (trace >= 0) this.#pendingSpans -= this.#decider.follow(trace, areKept);
      if (!piece.isOver()) continue;
      yield;
      piece.begin();
    }
    this.#outbox.pump();
  }

  /** Decides, or drops, all that is pending. */
  *#restInPieces(): InPieces<void> {
    const piece = new PieceTime();
    piece.begin();
    for (let trace = this.#pending.nextToHurry; trace >= 0; trace = this.#pending.nextToHurry) {
      if (this.#config.drop_pending_traces_on_shutdown && !this.#config.dry_run) {
        this.#departed(trace);
        this.#pendingSpans -= this.#decider.drop(trace, 'pending_at_shutdown', this.#tick);
      } else this.#settle(trace, 'shutdown');
      if (piece.isOver()) {
        this.#outbox.pump();
        yield;
        piece.begin();
      }
    }
  }
}
