import type { Counter, Logger } from '../component/telemetry.js';
import { EntryCondition } from './condition.js';
import type { LogEntry } from './entry.js';
import type { LineProgram } from './line-program.js';
import type { CommonOperatorOptions, OnError } from './operator-options.js';
import { EntryFailure, Outputs, type Operator, type OperatorServices } from './operator.js';
import { operatorMetrics } from './operator-telemetry.js';

/** Says and counts what an operator fails on, and what becomes of it. */
export class OperatorFailures {
  readonly #onError: OnError;
  readonly #logger: Logger;
  readonly #failed: Counter;
  readonly #dropped: Counter;
  readonly #isQuiet: boolean;

  constructor(id: string, { type, on_error }: CommonOperatorOptions, { meter, logger }: OperatorServices) {
    this.#onError = on_error;
    this.#isQuiet = on_error.endsWith('_quiet');
    this.#logger = logger.child({ operator_id: id, operator_type: type });
    this.#failed = meter.counter(operatorMetrics.failed, { operator: id });
    this.#dropped = meter.counter(operatorMetrics.dropped, { operator: id });
  }

  /** Whether the entry goes on. */
  report({ message, drops }: EntryFailure): boolean {
    this.#failed.add(1);
    const fields = { error: message, action: drops ? 'drop' : this.#onError };
    if (this.#isQuiet) this.#logger.debug('Failed to process entry', fields);
    else this.#logger.error('Failed to process entry', fields);
    return !drops && (this.#onError === 'send' || this.#onError === 'send_quiet');
  }

  dropped(): void {
    this.#dropped.add(1);
  }
}

/** An operator with what stands around it: its condition, its outputs, and what becomes of its failures. */
export class OperatorStep {
  readonly operator: Operator;
  readonly outputs: Outputs;
  readonly #condition: EntryCondition | undefined;
  readonly #failures: OperatorFailures;

  constructor(operator: Operator, options: CommonOperatorOptions, outputs: Outputs, failures: OperatorFailures) {
    this.operator = operator;
    this.outputs = outputs;
    this.#condition = options.if === '' ? undefined : new EntryCondition(options.if);
    this.#failures = failures;
  }

  /** The work of the step on the usual lines, of which it hands each to the next step. */
  get program(): LineProgram | undefined {
    const { steps } = this.outputs;
    return this.#condition === undefined && steps.length === 1 && steps[0] === 1 ? this.operator.program : undefined;
  }

  /** Where the entry goes; undefined when it stays here, or ends. */
  run(entry: LogEntry): Outputs | undefined {
    if (this.#condition !== undefined) {
      const holds = this.#condition.test(entry);
      if (holds === false) return this.outputs;
      if (holds !== true) return this.#failed(new EntryFailure(`running if expr: ${holds.message}`));
    }
    const verdict = this.operator.process(entry);
    if (verdict === undefined) return this.outputs;
    if (verdict === 'held') return undefined;
    if (verdict instanceof Outputs) return verdict;
    if (verdict instanceof EntryFailure) return this.#failed(verdict);
    this.#failures.dropped();
    return undefined;
  }

  #failed(failure: EntryFailure): Outputs | undefined {
    if (this.#failures.report(failure)) return this.outputs;
    this.#failures.dropped();
    return undefined;
  }
}
