import type { Clock, Random } from '../component/clock.js';
import type { Schema } from '../component/schema/schema.js';
import type { Logger, Meter } from '../component/telemetry.js';
import type { LogEntry } from './entry.js';
import type { LineProgram } from './line-program.js';
import type { CommonOperatorOptions } from './operator-options.js';

/** Things that operators are made with; a receiver has them in its context. */
export interface OperatorServices {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly meter: Meter;
  /** Feature gates that are on. */
  readonly gates: ReadonlySet<string>;
}

/** Why an operator could not do its work on an entry, in the Collector's words; `on_error` decides about the entry. */
export class EntryFailure {
  readonly message: string;
  /** Whether the entry is dropped, whatever `on_error` says. */
  readonly drops: boolean;

  constructor(message: string, drops = false) {
    this.message = message;
    this.drops = drops;
  }

  static dropping(message: string): EntryFailure {
    return new EntryFailure(message, true);
  }
}

/**
 * The way of an entry: it goes on (undefined), to other operators than usual, nowhere (`dropped`), or it stays with
 * the operator (`held`), which hands it on later. A failure is a value: throwing costs microseconds, and in some files
 * every line fails.
 */
export type OperatorVerdict = undefined | EntryFailure | Outputs | 'dropped' | 'held';

/** Where entries go: numbers of operators in their chain, or its end. */
export class Outputs {
  readonly steps: readonly number[];

  constructor(steps: readonly number[]) {
    this.steps = steps;
  }
}

/** Works on one entry after the other. An entry is only lent: what is held is copied (`LogEntry.startCopy`). */
export interface Operator {
  process(entry: LogEntry): OperatorVerdict;
  /** Its work on the usual lines, where that can be given as data. */
  readonly program?: LineProgram | undefined;
  /** Set on an operator that holds entries. */
  readonly holding?: HeldEntries;
}

/** The entries that an operator holds. Times are those of `Clock.now`. */
export interface HeldEntries {
  /** When the next of them is due; Infinity when none is held. */
  dueAt(): number;
  /** Emits what is due at `now`; Infinity: everything. */
  flush(now: number): void;
  /** The lowest `position` of the lines held of a source; undefined when there is none. */
  oldest(source: object | undefined): number | undefined;
}

/** The place of an operator in its chain. */
export interface OperatorPlace extends OperatorServices {
  readonly id: string;
  /** The outputs with these IDs; the configuration was checked for them. */
  outputs(ids: readonly string[]): Outputs;
  /** Hands an entry that was held on to the operator's outputs; it is used up when the call returns. */
  emit(entry: LogEntry): void;
  /** Counts and logs a failure that no entry of the moment has. */
  fail(failure: EntryFailure): void;
}

/** A type of operator: `src/entries/operators/<type>/index.ts`. */
export interface OperatorDefinition<C extends CommonOperatorOptions = CommonOperatorOptions> {
  readonly type: string;
  /** By `operatorOptions`. */
  readonly config: Schema<C>;
  /** Set on an operator that says itself where each entry goes: the operators that its options name. */
  references?(config: C): readonly OutputReference[];
  create(config: C, place: OperatorPlace): Operator;
}

/** An operator that an option names. */
export interface OutputReference {
  readonly id: string;
  /** Of the option, below the operator's. */
  readonly path: readonly (string | number)[];
}

/** Keeps the type of the options between the schema of an operator and its `create`. */
export function defineOperator<C extends CommonOperatorOptions>(
  definition: OperatorDefinition<C>,
): OperatorDefinition<C> {
  return definition;
}
