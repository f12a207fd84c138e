import type { LogEntry } from './entry.js';
import type { LineProgram } from './line-program.js';

/** Takes an entry that has gone through all operators. It is lent: its memory serves for the next one. */
export type EntrySink = (entry: LogEntry) => void;

/**
 * The operators of a receiver. Not to be entered again from the sink.
 *
 * @example
 * const chain = compileOperators(config.operators, services);
 * for (const line of lines) {
 *   entry.startLine(bytes, line.from, line.to);
 *   chain.process(entry, sink);
 * }
 * timer = clock.after(chain.dueAt() - clock.now(), () => chain.flush(clock.now(), sink));
 */
export interface OperatorChain {
  /** No operator: the receiver may write bytes of lines into its batch without an entry. */
  readonly isEmpty: boolean;
  /** The operators' work on the usual lines, as data; undefined when it is not known without running them. */
  readonly program: LineProgram | undefined;
  /** Synchronous. The sink is called any number of times, also with entries that were held before. */
  process(entry: LogEntry, sink: EntrySink): void;
  /** When held entries are due next, in terms of `Clock.now`; Infinity when none is held. */
  dueAt(): number;
  /** Hands on what is due at `now`; at Infinity everything, as at shutdown. */
  flush(now: number, sink: EntrySink): void;
  /**
   * The lowest `position` of the entries of a source that are held: whatever lies before it has been handed to the sink
   * or dropped. Undefined when none is held. An offset may be stored up to here once the sink's entries are delivered.
   */
  oldestHeld(source: object | undefined): number | undefined;
}
