import type { PipelineContext } from '../../component/define.js';
import type { ComponentLedger } from '../../component/ledger.js';
import type { PendingTraces } from '../../sampling/pending-traces.js';
import type { Releases } from '../../sampling/releases.js';
import type { Decisions } from '../../sampling/decisions.js';
import { field } from '../../sampling/rows.js';
import { idBytes } from '../../sampling/trace-ids.js';
import { DecisionCounts, type Occasion } from './decision-counts.js';
import type { Verdict, Rules, TraceFacts } from './rules/rules.js';

/** Where the books hold spans that wait. */
export const pendingPlace = 'pending';
/** The outcome that no policy wanted a trace is the first. */
const noPolicy = 0;

type Fate = Verdict['decision'];

/** The facts of a pending trace. */
class PendingFacts implements TraceFacts {
  readonly #pending: PendingTraces;
  readonly ids: Uint8Array;
  readonly found: Int32Array;
  #trace = -1;
  foundAt = 0;
  idAt = 0;

  constructor(pending: PendingTraces) {
    this.#pending = pending;
    this.ids = pending.ids.bytes;
    this.found = pending.rows.data;
  }

  move(trace: number): this {
    this.#trace = trace;
    this.idAt = trace * idBytes;
    this.foundAt = this.#pending.rows.foundAt(trace);
    return this;
  }

  get spans(): number {
    return this.#pending.rows.get(this.#trace, field.spans);
  }

  get bytes(): number {
    return this.#pending.rows.get(this.#trace, field.bytes);
  }

  get durationMs(): number {
    const { rows } = this.#pending;
    const high = (rows.get(this.#trace, field.endHigh) >>> 0) - (rows.get(this.#trace, field.startHigh) >>> 0);
    const low = (rows.get(this.#trace, field.endLow) >>> 0) - (rows.get(this.#trace, field.startLow) >>> 0);
    return Math.max(0, Math.floor((high * 0x1_0000_0000 + low) / 1e6));
  }
}

export interface DeciderParts {
  readonly context: PipelineContext;
  readonly rules: Rules;
  readonly pending: PendingTraces;
  readonly releases: Releases;
  readonly books: ComponentLedger;
  /** Decisions on traces that are kept, and on others. */
  readonly kept: Decisions;
  readonly notKept: Decisions;
  /** `dry_run`: what is not sampled is kept all the same. */
  readonly dryRun: boolean;
  /** `span-ingest`: a trace that no span decided may still be decided by a later one. */
  readonly byPiece: boolean;
}

/** Decides pending traces by the rules, and books and counts what was decided. */
export class Decider {
  readonly #parts: DeciderParts;
  readonly #facts: PendingFacts;
  readonly #counts: DecisionCounts;
  /** By number of the outcome. */
  readonly #fates: readonly Fate[];

  constructor(parts: DeciderParts) {
    this.#parts = parts;
    this.#facts = new PendingFacts(parts.pending);
    this.#counts = new DecisionCounts(parts.context, parts.rules);
    this.#fates = parts.rules.outcomes.map(({ decision }) => decision);
  }

  /** The decision of an outcome. */
  fateOf(outcome: number): Fate {
    return this.#fates[outcome] ?? 'not_sampled';
  }

  /** Asks the rules for the outcome of an open trace, and counts what each policy said. */
  ask(trace: number): number {
    const outcome = this.#parts.rules.decide(this.#facts.move(trace));
    this.#counts.countVotes();
    return outcome;
  }

  /** Decides an open trace as it is. Returns the spans that were dropped. */
  decide(trace: number, occasion: Occasion, tick: number): number {
    const { byPiece, pending } = this.#parts;
    const wanted = pending.rows.get(trace, field.outcome);
    const outcome = wanted > 0 ? wanted - 1 : byPiece ? noPolicy : this.ask(trace);
    return this.settle(trace, outcome, occasion, tick);
  }

  /** Closes a trace with an outcome. Its spans leave, or are dropped: returns how many were. */
  settle(trace: number, outcome: number, occasion: Occasion, tick: number): number {
    const { pending, releases, books, dryRun, kept, notKept, byPiece } = this.#parts;
    const spans = pending.rows.get(trace, field.spans);
    const what = this.fateOf(outcome);
    this.#counts.countDecision(outcome, occasion);
    const keeps = what === 'sampled' || dryRun;
    if (!byPiece || what !== 'not_sampled') this.#remember(keeps ? kept : notKept, trace, outcome, tick);
    pending.close(trace);
    if (keeps) {
      pending.rows.set(trace, field.outcome, outcome + 1);
      releases.push(trace);
      return 0;
    }
    books.held(-spans, pendingPlace);
    books.dropped(spans, what === 'dropped' ? 'dropped_by_policy' : 'not_sampled');
    pending.giveBack(trace);
    return spans;
  }

  /** Drops a trace without asking any policy. Returns its spans. */
  drop(trace: number, reason: string, tick: number): number {
    const { pending, books, notKept } = this.#parts;
    const spans = pending.rows.get(trace, field.spans);
    this.#remember(notKept, trace, noPolicy, tick);
    pending.close(trace);
    books.held(-spans, pendingPlace);
    books.dropped(spans, reason);
    pending.giveBack(trace);
    return spans;
  }

  /** Closes a trace as another one of its ID was decided before. Returns the spans that were dropped. */
  follow(trace: number, isKept: boolean): number {
    const { pending, releases, books } = this.#parts;
    const spans = pending.rows.get(trace, field.spans);
    pending.close(trace);
    if (isKept) {
      releases.push(trace);
      return 0;
    }
    books.held(-spans, pendingPlace);
    books.dropped(spans, 'late_not_sampled');
    pending.giveBack(trace);
    return spans;
  }

  #remember(decisions: Decisions, trace: number, outcome: number, tick: number): void {
    const { ids } = this.#parts.pending;
    decisions.add(ids.bytes, trace * idBytes, ids.hashOfNumber(trace), outcome, tick);
  }
}
