import type { PendingTraces } from '../../sampling/pending-traces.js';
import { field, mark } from '../../sampling/rows.js';
import type { Decider } from './decider.js';

export interface ByPieceParts {
  readonly pending: PendingTraces;
  readonly decider: Decider;
  /** Words of found conditions of a trace. */
  readonly words: number;
  /** Whether there is a policy that drops: a piece that is still to come may be one to drop. */
  readonly hasDrops: boolean;
  /** Closes a trace with an outcome. */
  settle(trace: number, outcome: number): void;
}

/** `span-ingest`: each piece of a trace is judged alone, as soon as it is stored (docs/spec/gateway.md#span-ingest). */
export class ByPiece {
  readonly #parts: ByPieceParts;
  /** Traces with spans in the piece of a batch that is being stored. */
  #listed: number[] = [];

  constructor(parts: ByPieceParts) {
    this.#parts = parts;
  }

  /** Spans of a trace follow: what was found in earlier pieces of it does not count. */
  begin(trace: number): void {
    const { words } = this.#parts;
    const { rows } = this.#parts.pending;
    const marks = rows.get(trace, field.marks);
    if ((marks & mark.listed) > 0) return;
    rows.set(trace, field.marks, marks | mark.listed);
    const found = rows.foundAt(trace);
    rows.data.fill(0, found, found + words);
    rows.set(trace, field.startHigh, -1);
    rows.set(trace, field.startLow, -1);
    rows.set(trace, field.endHigh, 0);
    rows.set(trace, field.endLow, 0);
    this.#listed.push(trace);
  }

  /** Judges the pieces that were stored. */
  judge(): void {
    if (this.#listed.length === 0) return;
    const { pending, decider, hasDrops, settle } = this.#parts;
    const { rows } = pending;
    for (const trace of this.#listed.splice(0)) {
      const marks = rows.get(trace, field.marks);
      // It may have been closed meanwhile.
      if ((marks & mark.listed) === 0) continue;
      rows.set(trace, field.marks, marks & ~mark.listed);
      const outcome = decider.ask(trace);
      const fate = decider.fateOf(outcome);
      if (fate === 'not_sampled') continue;
      if (fate === 'sampled' && hasDrops) {
        if (rows.get(trace, field.outcome) === 0) rows.set(trace, field.outcome, outcome + 1);
      } else settle(trace, outcome);
    }
  }
}
