import type { Batch } from '../otlp/batch.js';
import type { PendingTraces } from './pending-traces.js';
import { Releases } from './releases.js';

/** A processor that takes over the traces that wait in the one whose place it has after a reload. */
export interface Heir<Signal> {
  /**
   * Stores spans whose traces leave after `waitMs` at most. Resolves with those that it does not take, because it is
   * replaced or stopped itself, or because `signal` says that there is no time to wait for room.
   */
  inherit(batch: Batch, waitMs: number, signal: Signal): Promise<Batch | undefined>;
}

export interface HandOverParts<Signal> {
  readonly pending: PendingTraces;
  readonly tickMs: number;
  /** The tick of now, and the first and the last one at which a trace may be due. */
  readonly now: number;
  readonly first: number;
  readonly last: number;
  /** The processor that stands in this one's place now. */
  heir(): Heir<Signal> | undefined;
  /** Cancelled when there is no more time. */
  readonly signal: Signal;
  /** Lets others go on before the next batch; undefined when they need not. */
  turn(): Promise<void> | undefined;
  /** Spans have left `pending`. */
  left(spans: number): void;
  /** Takes back what no heir took, and owns it. */
  untaken(batch: Batch): void;
}

/** Hands the traces that wait to the heir, those of one tick together, so that each of them keeps its time. */
export async function handOver<Signal>(parts: HandOverParts<Signal>): Promise<void> {
  const { pending, tickMs, now, first, last } = parts;
  const leaving = new Releases(pending);
  for (let tick = first; tick <= last; tick++) {
    for (let trace = pending.dueAt(tick); trace >= 0; trace = pending.dueAt(tick)) {
      pending.close(trace);
      leaving.push(trace);
    }
    for (let batch = leaving.next(); batch; batch = leaving.next()) {
      parts.left(batch.itemCount);
      await parts.turn();
      const rest = await taken(batch, Math.max(0, tick - now - 1) * tickMs, parts);
      if (rest) parts.untaken(rest);
      if (rest !== batch) batch.release();
    }
  }
}

/** Resolves with what no heir took. */
async function taken<Signal>(
  batch: Batch,
  waitMs: number,
  { heir, signal }: HandOverParts<Signal>,
): Promise<Batch | undefined> {
  let rest = batch;
  let before: Heir<Signal> | undefined;
  // One that was replaced meanwhile has an heir of its own; when it is the last one, everything stops.
  for (let next = heir(); next && next !== before; next = heir()) {
    const left = await next.inherit(rest, waitMs, signal);
    if (!left) return undefined;
    rest = left;
    before = next;
  }
  return rest;
}
