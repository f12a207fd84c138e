import type { InPieces } from '../otlp/work.js';
import { OttlError } from './ottl-error.js';
import type { Scene } from './scene.js';
import type { Condition, Statement } from './statement.js';

/**
 * How failures of statements and conditions on an item are handled: `ignore` reports it and goes on with the next one,
 * `silent` goes on without a report, `propagate` throws.
 */
export type ErrorMode = 'ignore' | 'silent' | 'propagate';

/** Time of one piece of work on a costly item. */
const pieceMs = 1;

/** Takes what failed and why, for a line in the log. */
export type ReportFailure = (error: OttlError, failed: Statement | Condition) => void;

/** Statements that run on an item one after the other; each sees what those before it have changed. */
export class StatementSequence {
  readonly #statements: readonly Statement[];
  readonly #errorMode: ErrorMode;
  readonly #report: ReportFailure;

  constructor(statements: readonly Statement[], errorMode: ErrorMode, report: ReportFailure) {
    this.#statements = statements;
    this.#errorMode = errorMode;
    this.#report = report;
  }

  /** Throws an `OttlError` when a statement fails and failures propagate. */
  run(scene: Scene): void {
    for (const statement of this.#statements) this.#run(statement, scene);
  }

  /** The same for an item on which one statement alone may take long: yields once some have taken `pieceMs`. */
  *running(scene: Scene): InPieces<void> {
    let began = performance.now();
    for (const statement of this.#statements) {
      if (performance.now() - began > pieceMs) {
        yield;
        began = performance.now();
      }
      this.#run(statement, scene);
    }
  }

  #run(statement: Statement, scene: Scene): void {
    try {
      statement.run(scene);
    } catch (error) {
      if (!(error instanceof OttlError)) throw error;
      if (this.#errorMode === 'propagate')
        throw new OttlError(`failed to execute statement: ${statement.text}, ${error.message}`);
      if (this.#errorMode === 'ignore') this.#report(error, statement);
    }
  }
}

/** Conditions of which one is enough. */
export class ConditionSequence {
  readonly #conditions: readonly Condition[];
  readonly #errorMode: ErrorMode;
  readonly #report: ReportFailure;

  constructor(conditions: readonly Condition[], errorMode: ErrorMode, report: ReportFailure) {
    this.#conditions = conditions;
    this.#errorMode = errorMode;
    this.#report = report;
  }

  /**
   * Whether one of the conditions holds; one that fails does not. Throws an `OttlError` when one fails and failures
   * propagate.
   */
  matches(scene: Scene): boolean {
    for (const condition of this.#conditions) {
      try {
        if (condition.matches(scene)) return true;
      } catch (error) {
        if (!(error instanceof OttlError)) throw error;
        if (this.#errorMode === 'propagate')
          throw new OttlError(`failed to eval condition: ${condition.text}, ${error.message}`);
        if (this.#errorMode === 'ignore') this.#report(error, condition);
      }
    }
    return false;
  }
}
